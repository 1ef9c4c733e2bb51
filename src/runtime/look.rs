//! What the browser looks like in this terminal: out of the environment, the config and the user's own theme.

use crate::config::{Environment, Ui};
use crate::domain::{Ambiguous, Background, Depth, OwnTheme, ThemeChoice};
use crate::view::Themes;

/// What is known of it before the first frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Look {
    /// The theme for each background.
    pub(super) themes: Themes,
    /// What the environment says of the background.
    pub(super) background: Background,
    /// Whether frames and signs are drawn in ASCII.
    pub(super) ascii: bool,
    /// How wide characters of ambiguous width are.
    pub(super) ambiguous: Ambiguous,
    /// Whether the terminal is asked for it, too.
    pub(super) asks: bool,
    /// What is wrong with what was asked for, in a sentence.
    pub(super) notice: Option<String>,
}

impl Look {
    /// Puts it together.
    pub(super) fn of(environment: &Environment, ui: Ui, own: &OwnTheme) -> Self {
        let asked = environment.get("ACCTUI_THEME");
        let named = asked.and_then(ThemeChoice::of);
        let notice = asked.filter(|_| named.is_none()).map(|_| {
            let words = ThemeChoice::ALL.map(ThemeChoice::word).join(", ");
            format!("ACCTUI_THEME names no theme: there are {words}")
        });
        let choice = named.or(ui.theme).unwrap_or_default();
        let background = environment.get("COLORFGBG").map(Background::hinted).unwrap_or_default();
        let themes = Themes::new(choice, depth(environment), own);
        // The Linux console may show the question.
        let asks = themes.depend() && environment.get("TERM") != Some("linux");
        let ambiguous = ui.ambiguous;
        // Frames and most signs are of ambiguous width themselves.
        let has_wide_signs = ambiguous == Ambiguous::Wide;
        let ascii =
            ui.ascii || has_wide_signs || environment.get("TERM") == Some("linux") || has_other_charset(environment);
        Self { themes, background, ascii, ambiguous, asks, notice }
    }
}

/// Whether the locale names a charset, and not UTF-8. One that names none (unset, `C`, `de_DE`) says nothing of the
/// terminal.
fn has_other_charset(environment: &Environment) -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(|name| environment.get(name));
    let charset = locale.and_then(|locale| locale.split_once('.')).map(|(_, charset)| charset);
    charset.is_some_and(|charset| {
        let charset = charset.split('@').next().unwrap_or_default().replace(['-', '_'], "");
        !charset.is_empty() && !charset.eq_ignore_ascii_case("utf8")
    })
}

/// How many colours the terminal shows, as the environment has it.
fn depth(environment: &Environment) -> Depth {
    let term = environment.get("TERM").unwrap_or_default();
    // GNU screen hands on what the terminal around it said, and garbles what it does not know itself.
    let is_told = environment.get("STY").is_none();
    let is_true = matches!(environment.get("COLORTERM"), Some("truecolor" | "24bit")) || term.ends_with("-direct");
    if is_told && is_true {
        Depth::True
    } else if term.contains("256color") || is_true {
        Depth::Indexed
    } else {
        Depth::Sixteen
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(pairs: &[(&str, &str)]) -> Environment {
        pairs.iter().copied().collect()
    }

    #[test]
    fn the_number_of_colours_is_what_the_environment_says() {
        for (pairs, expected) in [
            (&[("TERM", "xterm")][..], Depth::Sixteen),
            (&[("TERM", "xterm-256color")], Depth::Indexed),
            (&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")], Depth::True),
            (&[("TERM", "xterm"), ("COLORTERM", "24bit")], Depth::True),
            (&[("TERM", "xterm-256color"), ("COLORTERM", "yes")], Depth::Indexed),
            (&[("TERM", "screen.xterm-256color"), ("COLORTERM", "truecolor"), ("STY", "1.pts")], Depth::Indexed),
            (&[("TERM", "xterm-direct")], Depth::True),
            (&[("TERM", "linux")], Depth::Sixteen),
            (&[], Depth::Sixteen),
        ] {
            assert_eq!(depth(&environment(pairs)), expected, "{pairs:?}");
        }
    }

    #[test]
    fn a_locale_of_another_charset_asks_for_ascii() {
        for (pairs, expected) in [
            (&[("LANG", "de_DE.ISO-8859-1")][..], true),
            (&[("LANG", "de_DE.ISO-8859-15@euro")], true),
            (&[("LANG", "de_DE.UTF-8")], false),
            (&[("LANG", "de_DE.utf8@euro")], false),
            (&[("LC_ALL", "C.UTF-8"), ("LANG", "de_DE.ISO-8859-1")], false),
            (&[("LC_CTYPE", "ja_JP.eucJP"), ("LANG", "ja_JP.UTF-8")], true),
            (&[("LC_ALL", "en_US.ISO-8859-1"), ("LC_CTYPE", "en_US.UTF-8")], true),
            (&[("LC_CTYPE", "UTF-8")], false),
            (&[("LANG", "C")], false),
            (&[("LC_ALL", "POSIX")], false),
            (&[("LANG", "de_DE")], false),
            (&[("LANG", "de_DE.")], false),
            (&[], false),
        ] {
            let look = Look::of(&environment(pairs), Ui::default(), &OwnTheme::default());
            assert_eq!(look.ascii, expected, "{pairs:?}");
        }
    }

    #[test]
    fn the_environment_wins_over_the_config_and_a_slip_is_told() {
        let ui = Ui { theme: Some(ThemeChoice::Light), ..Ui::default() };
        let own = OwnTheme::default();
        let themes = |choice| Themes::new(choice, Depth::Sixteen, &own);
        let look = Look::of(&environment(&[("COLORFGBG", "15;0")]), ui, &own);
        assert_eq!((look.themes, look.background, look.notice), (themes(ThemeChoice::Light), Background::Dark, None));
        assert!(!look.asks, "the answer would change nothing");
        assert!(Look::of(&environment(&[("TERM", "xterm")]), Ui::default(), &own).asks);
        let console = Look::of(&environment(&[("TERM", "linux")]), Ui::default(), &own);
        assert!(!console.asks && console.ascii);
        let asked = Look::of(&environment(&[]), Ui { ascii: true, ..Ui::default() }, &own);
        assert!(asked.ascii && !look.ascii);
        let look = Look::of(&environment(&[("ACCTUI_THEME", "dark")]), ui, &own);
        assert_eq!((look.themes, look.background), (themes(ThemeChoice::Dark), Background::Unknown));
        let look = Look::of(&environment(&[("ACCTUI_THEME", "drak")]), ui, &own);
        assert_eq!(look.themes, themes(ThemeChoice::Light));
        assert!(look.notice.unwrap().contains("auto, dark, light, contrast"));
    }
}
