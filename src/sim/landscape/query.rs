//! The query language of computers, as far as the demo's computers have what it asks for.

use super::computers::Machine;
use super::problem::Problem;
use super::rows::Account;

/// Selectors that Landscape knows and that nothing here matches.
const UNMATCHED: [&str; 14] = [
    "alert",
    "mac",
    "ip",
    "search",
    "needs",
    "license-id",
    "annotation",
    "profile",
    "release-upgrade",
    "license-type",
    "contract",
    "contract-expires-within-days",
    "license-expires-within-days",
    "has-pro-management",
];

/// What a computer must be like.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Term {
    Word(String),
    Tag(String),
    Hostname(String),
    Title(String),
    /// The names of the groups that count.
    Groups(Vec<String>),
    Id(String),
    Distribution(String),
    Nothing,
}

/// A query: one of the alternatives must hold, each with all its terms (or the opposite of a term).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Query {
    alternatives: Vec<Vec<(bool, Term)>>,
    /// The groups that were named.
    pub(super) named: Vec<String>,
}

impl Query {
    /// Reads a query. With `below`, a group stands for those below it too.
    pub(super) fn parse(text: &str, account: &Account, below: bool) -> Result<Self, Problem> {
        let mut query = Self { alternatives: vec![Vec::new()], named: Vec::new() };
        let mut negated = false;
        for token in tokens(text) {
            match token.as_str() {
                "OR" => query.alternatives.push(Vec::new()),
                "NOT" => negated = !negated,
                _ => {
                    let term = query.term(&token, account, below)?;
                    if let Some(last) = query.alternatives.last_mut() {
                        last.push((!std::mem::take(&mut negated), term));
                    }
                }
            }
        }
        let dangling = query.alternatives.len() > 1 && query.alternatives.iter().any(Vec::is_empty);
        if negated || dangling {
            return Err(Problem::new(400, "InvalidQuery", format!("The query `{text}` is incomplete")));
        }
        Ok(query)
    }

    fn term(&mut self, token: &str, account: &Account, below: bool) -> Result<Term, Problem> {
        let Some((selector, value)) = token.split_once(':') else {
            return Ok(Term::Word(token.to_lowercase()));
        };
        let value = value.to_owned();
        let term = match selector {
            "tag" => Term::Tag(value),
            "hostname" => Term::Hostname(value),
            "title" => Term::Title(value),
            "id" => Term::Id(value),
            "distribution" => Term::Distribution(value),
            "access-group" => {
                let groups = if below { with_descendants(account, &value) } else { vec![value.clone()] };
                self.named.push(value);
                Term::Groups(groups)
            }
            known if UNMATCHED.contains(&known) => Term::Nothing,
            _ => {
                let message = format!("{selector} is not a valid search prefix");
                return Err(Problem::new(400, "InvalidQuery", message));
            }
        };
        Ok(term)
    }

    /// Whether a computer is as asked.
    pub(super) fn matches(&self, machine: &Machine) -> bool {
        let holds = |(wanted, term): &(bool, Term)| term.matches(machine) == *wanted;
        self.alternatives.iter().any(|terms| terms.iter().all(holds))
    }
}

impl Term {
    fn matches(&self, machine: &Machine) -> bool {
        match self {
            Self::Word(word) => {
                [&machine.hostname, &machine.title].iter().any(|text| text.to_lowercase().contains(word))
            }
            Self::Tag(tag) => machine.tags.contains(&tag.as_str()),
            Self::Hostname(name) => machine.hostname == *name,
            Self::Title(title) => machine.title == *title,
            Self::Groups(names) => names.contains(&machine.group),
            Self::Id(id) => machine.id.to_string() == *id,
            Self::Distribution(name) => machine.release.0 == name || machine.release.1 == name,
            Self::Nothing => false,
        }
    }
}

/// A group and all below it, whatever cycles there are.
fn with_descendants(account: &Account, name: &str) -> Vec<String> {
    let mut found = vec![name.to_owned()];
    let mut place = 0;
    while place < found.len() {
        let children = account.groups.iter().filter(|group| group.parent == found[place]);
        let new: Vec<String> = children.map(|group| group.name.clone()).filter(|name| !found.contains(name)).collect();
        found.extend(new);
        place += 1;
    }
    found
}

/// The words of a query: quotes keep blanks together, and a selector may be followed by blanks (vendor's interface:
/// `access-group: NAME`).
fn tokens(text: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let (mut word, mut quoted, mut started) = (String::new(), false, false);
    for c in text.chars().chain(std::iter::once(' ')) {
        if c == '"' {
            quoted = !quoted;
            started = true;
        } else if !c.is_whitespace() || quoted {
            word.push(c);
            started = true;
        } else if started && !(word.ends_with(':') && word.matches(':').count() == 1) {
            tokens.push(std::mem::take(&mut word));
            started = false;
        }
    }
    if !word.is_empty() {
        tokens.push(word);
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_kept_together_by_quotes_and_after_a_selector() {
        assert_eq!(tokens("a  b"), ["a", "b"]);
        assert_eq!(tokens("title:\"App Server\" x"), ["title:App Server", "x"]);
        assert_eq!(tokens("access-group: server OR id:1"), ["access-group:server", "OR", "id:1"]);
        assert_eq!(tokens(""), Vec::<String>::new());
        assert_eq!(tokens("tag:"), ["tag:"]);
    }

    #[test]
    fn descendants_are_found_through_cycles() {
        let demo = super::super::demo::demo(50);
        let cycle = demo.account(demo.number_of("northwind-logistics").unwrap());
        assert_eq!(with_descendants(&cycle, "loop-a"), ["loop-a", "loop-b", "loop-c"]);
        let deep = demo.account(demo.number_of("berlin-edge-platform").unwrap());
        assert_eq!(with_descendants(&deep, "test"), ["test", "sub-test", "sub-sub-test"]);
    }

    #[test]
    fn what_is_no_query_is_refused() {
        let demo = super::super::demo::demo(50);
        let account = demo.account(0);
        for bad in ["colour:red", "a OR", "OR b", "NOT"] {
            assert!(Query::parse(bad, &account, false).is_err(), "{bad}");
        }
        for good in ["", "a OR b", "NOT tag:x", "alert:computer-offline"] {
            assert!(Query::parse(good, &account, false).is_ok(), "{good}");
        }
    }
}
