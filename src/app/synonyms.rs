//! Other words for what keys do: people look for "exit" where this program says "quit". The help and the palette find by
//! them; on screen is only the program's own word.

/// Words of the rows, each with what else people call it.
const ALIKE: &[(&str, &[&str])] = &[
    ("delete", &["destroy", "erase", "terminate", "kill"]),
    ("edit", &["rename", "change", "update", "modify", "write"]),
    ("rename", &["edit", "title"]),
    ("filter", &["search", "find", "grep", "query"]),
    ("search", &["find", "filter", "grep", "query"]),
    ("quit", &["exit", "leave", "stop"]),
    ("refresh", &["reload", "update", "sync"]),
    ("sync", &["reload", "refresh", "list", "update"]),
    ("fetch", &["reload", "load", "get"]),
    ("organization", &["org", "ou", "unit", "folder"]),
    ("ou", &["org", "unit", "folder"]),
    ("tree", &["hierarchy", "organizations", "org", "ou"]),
    ("copy", &["yank", "clipboard"]),
    ("history", &["changes", "audit", "log"]),
    ("raw", &["json"]),
    ("journal", &["history", "changes", "audit", "log", "undo"]),
    ("activity", &["requests", "errors", "log", "logs", "network", "api", "curl"]),
    ("new", &["create", "add", "make"]),
    ("move", &["transfer", "reparent"]),
    ("mark", &["select", "pick", "tick"]),
    ("unmark", &["deselect", "clear"]),
    ("labels", &["tags", "note", "comment"]),
    ("view", &["bookmark", "favourite", "favorite", "preset"]),
    ("pin", &["favourite", "favorite", "bookmark", "star"]),
    ("connections", &["contexts", "ctx", "profiles", "credentials", "switch"]),
    ("commands", &["palette", "actions"]),
    ("columns", &["fields"]),
    ("sort", &["order"]),
    ("secret", &["password", "token", "reveal"]),
    ("dashboard", &["web", "browser", "console", "url", "link"]),
    ("help", &["keys", "shortcuts"]),
    ("theme", &["colour", "color", "dark", "light", "scheme"]),
    ("keys", &["bindings", "shortcuts", "remap"]),
    ("send", &["apply", "submit", "save", "confirm"]),
    ("undo", &["revert", "back"]),
    ("ages", &["times", "dates", "relative", "absolute"]),
];

/// What else people call what these words say, one after the other; empty where nobody calls it anything else.
#[must_use]
pub fn others(words: &str) -> String {
    let words = words.to_lowercase();
    let has = |word: &str| words.split(|char: char| !char.is_alphanumeric()).any(|one| one == word);
    let others = ALIKE.iter().filter(|(word, _)| has(word)).flat_map(|(_, others)| others.iter().copied());
    others.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::all;

    #[test]
    fn each_word_stands_in_a_row_or_in_the_help_so_that_none_leads_nowhere() {
        let rows = all();
        let texts: Vec<String> =
            rows.iter().flat_map(|scope| scope.rows).map(|row| format!("{} {}", row.text, row.name())).collect();
        let texts = format!("{} theme keys", texts.join(" ")).to_lowercase();
        for (word, others) in ALIKE {
            let is_there = texts.split(|char: char| !char.is_alphanumeric()).any(|one| one == *word);
            assert!(is_there && !others.contains(word), "{word}");
        }
    }

    #[test]
    fn only_whole_words_have_others() {
        assert_eq!(others("quit"), "exit leave stop");
        assert_eq!(others("quite"), "");
    }
}
