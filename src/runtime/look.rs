//! What the browser looks like in this terminal: out of the environment, the config and the user's own theme.

use crate::config::{Environment, Ui};
use crate::domain::{Background, Depth, OwnTheme, ThemeChoice};
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
        let ascii = ui.ascii || environment.get("TERM") == Some("linux");
        Self { themes, background, ascii, asks, notice }
    }
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
