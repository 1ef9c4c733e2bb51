//! Every text of every theme reads on what it stands on, measured.

use super::*;

/// The backgrounds that the themes are made for: the plain ones, and of the palettes in wide use the lightest dark ones
/// and the darkest light one.
const DARK: [[u8; 3]; 5] = [[0; 3], [0x1e; 3], [0x2e, 0x34, 0x40], [0x28, 0x2a, 0x36], [0, 0x2b, 0x36]];
const LIGHT: [[u8; 3]; 4] = [[255; 3], [0xf5; 3], [0xfd, 0xf6, 0xe3], [0xee, 0xe8, 0xd5]];

#[expect(clippy::wildcard_enum_match_arm, reason = "the terminal's owner chooses what its own 16 look like")]
fn rgb(colour: Color) -> Option<[u8; 3]> {
    match colour {
        Color::Rgb(red, green, blue) => Some([red, green, blue]),
        Color::Indexed(number) if number >= 16 => Some(indexed(number)),
        _ => None,
    }
}

/// The contrast of a style on a terminal's background; `None` if the text has the terminal's own colour on its own
/// background.
fn measured(style: Style, terminal: [u8; 3]) -> Option<f64> {
    if style.fg.is_none() && style.bg.is_none() {
        return None;
    }
    let fg = rgb(style.fg.expect("who says a background says a text")).expect("a known colour");
    let bg = style.bg.map_or(terminal, |bg| rgb(bg).expect("a known colour"));
    Some(contrast(fg, bg))
}

/// Every way in which two roles come together on screen: a role alone, and one on a row under the cursor, in either order.
fn together(theme: Theme) -> Vec<(String, Style)> {
    let mut all = Vec::new();
    for (word, role) in Role::THEMED {
        all.push((word.to_owned(), theme.style(role)));
        for row in [Role::Selected, Role::SelectedDim] {
            all.push((format!("{row:?} over {word}"), theme.style(role).patch(theme.style(row))));
            all.push((format!("{word} over {row:?}"), theme.style(row).patch(theme.style(role))));
        }
    }
    all
}

#[test]
fn every_role_of_every_theme_reads_on_its_background() {
    let backgrounds = [(Background::Dark, &DARK[..]), (Background::Light, &LIGHT[..])];
    let mut faults = Vec::new();
    let mut count = 0;
    for (choice, least) in [(ThemeChoice::Auto, 4.5), (ThemeChoice::Contrast, 7.0)] {
        for (background, terminals) in backgrounds {
            for depth in [Depth::Indexed, Depth::True] {
                for (what, style) in together(Theme::of(choice, background, depth)) {
                    // The last light one is too dark for more than the usual contrast.
                    let last = usize::from(choice == ThemeChoice::Contrast && background == Background::Light);
                    for terminal in &terminals[..terminals.len() - last] {
                        let Some(found) = measured(style, *terminal) else { continue };
                        count += 1;
                        if found < least {
                            faults.push(format!(
                                "{choice:?} {background:?} {depth:?} {what} on {terminal:?}: {found:.2}"
                            ));
                        }
                    }
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(count > 1_000, "{count}");
}

#[test]
fn sixteen_colours_use_those_that_read_on_the_background() {
    use Color::{Blue, Cyan, Green, LightMagenta, LightRed, Magenta, Red, Yellow};
    let allowed = [
        (ThemeChoice::Dark, &[Cyan, LightMagenta, Yellow, Green, LightRed][..]),
        (ThemeChoice::Light, &[Blue, Magenta, Red]),
        (ThemeChoice::Contrast, &[]),
    ];
    for (choice, colours) in allowed {
        let theme = Theme::of(choice, Background::Light, Depth::Sixteen);
        for (word, role) in Role::THEMED {
            let style = theme.style(role);
            assert!(style.fg.is_none_or(|fg| colours.contains(&fg)), "{choice:?} {word}: {style:?}");
            assert_eq!(style.bg, None, "{choice:?} {word}");
        }
    }
}

#[test]
fn no_theme_leaves_meaning_to_colour_alone() {
    let rows = |theme: Theme| {
        [Role::Selected, Role::SelectedDim, Role::Match, Role::Marked, Role::Removed, Role::Input]
            .map(|role| theme.style(role).add_modifier)
    };
    for choice in ThemeChoice::ALL {
        for background in [Background::Unknown, Background::Dark, Background::Light] {
            for depth in [Depth::Sixteen, Depth::Indexed, Depth::True] {
                let theme = Theme::of(choice, background, depth);
                assert!(
                    rows(theme).iter().all(|modifiers| !modifiers.is_empty()),
                    "{choice:?} {background:?} {depth:?}"
                );
            }
        }
    }
    for (word, role) in Role::THEMED {
        let style = Theme::PLAIN.style(role);
        assert_eq!((style.fg, style.bg), (None, None), "{word}");
    }
}

#[test]
fn nothing_in_the_row_under_the_cursor_is_faint() {
    for choice in ThemeChoice::ALL {
        for depth in [Depth::Sixteen, Depth::Indexed, Depth::True] {
            for theme in [Theme::of(choice, Background::Unknown, depth), Theme::PLAIN] {
                for selected in [Role::Selected, Role::SelectedDim] {
                    let style = theme.style(Role::Dim).patch(theme.style(selected));
                    assert!(!style.add_modifier.contains(Modifier::DIM), "{choice:?} {depth:?} {selected:?}");
                }
            }
        }
    }
}

#[test]
fn a_role_stands_where_the_list_of_them_has_it() {
    for (at, (_, role)) in Role::THEMED.into_iter().enumerate() {
        assert_eq!(place(role), Ok(at));
    }
}

#[test]
fn an_own_theme_changes_what_it_names_and_leaves_the_rest() {
    let look = RoleLook {
        fg: Some(Colour::Rgb(1, 2, 3)),
        bg: Some(Colour::Named(3)),
        bold: Some(false),
        underline: Some(true),
        ..RoleLook::default()
    };
    let own = OwnTheme { base: Some(ThemeChoice::Light), roles: vec![(Role::Selected, look)] };
    let theme = Themes::new(ThemeChoice::Dark, Depth::True, &own).on(Background::Unknown);
    let expected = Style::new().fg(Color::Rgb(1, 2, 3)).bg(Color::Yellow).add_modifier(Modifier::UNDERLINED);
    assert_eq!(theme.style(Role::Selected), expected);
    let base = Theme::of(ThemeChoice::Light, Background::Unknown, Depth::True);
    assert_eq!(theme.style(Role::Bad), base.style(Role::Bad));
    let few = Themes::new(ThemeChoice::Dark, Depth::Indexed, &own).on(Background::Dark);
    assert_eq!(few.style(Role::Selected).fg, Some(Color::Indexed(16)));
}

proptest::proptest! {
    #[test]
    fn the_text_on_a_tint_always_reads(red: u8, green: u8, blue: u8) {
        for depth in [Depth::Indexed, Depth::True] {
            let theme = Theme::of(ThemeChoice::Dark, Background::Dark, depth);
            let style = theme.style(Role::Tint(Colour::Rgb(red, green, blue)));
            proptest::prop_assert!(measured(style, [0; 3]).unwrap() >= 4.5, "{style:?}");
        }
    }
}
