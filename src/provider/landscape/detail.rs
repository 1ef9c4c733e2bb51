//! An account's record, put together from what the API gives: no call gives it whole. What fails is null, and says why;
//! the rest is there.

use futures::future::join_all;
use serde_json::Value;

use super::Landscape;
use super::entrance::{Entered, Need, legacy, too_old};
use super::login::{Login, nobody};
use super::rows::{CREATED, Known, LOGIN, TITLE};
use super::wire::{self, Assembly, Object};
use crate::domain::{Account, AccountId, Failure, FailureKind, Untrusted};
use crate::provider::http::{Answer, Client, Operation};

/// How a part's answer is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    /// An object as it came.
    Object,
    /// A list, bare or as `results`. With more than that in it (a next page) it is kept as it came.
    List,
    /// How many there are: the rows themselves are not asked for.
    Count,
}

/// One part of the record.
struct Part {
    key: &'static str,
    shape: Shape,
    operation: Operation,
    /// Whether it is a legacy call: the vendor's own web pages have no other for these (their source).
    is_legacy: bool,
}

const PREFERENCES: &str = "preferences";

fn parts() -> [Part; 7] {
    let rest = |key, shape, operation| Part { key, shape, operation, is_legacy: false };
    let old = |key, action| Part { key, shape: Shape::List, operation: legacy(action), is_legacy: true };
    [
        rest(PREFERENCES, Shape::Object, Operation::read(&["v2", "preferences"])),
        old("administrators", "GetAdministrators"),
        old("roles", "GetRoles"),
        rest("computers", Shape::Count, count()),
        rest("licenses", Shape::List, Operation::read(&["v2", "legacy-licenses"])),
        rest("contracts", Shape::List, Operation::read(&["v2", "contracts"])),
        rest("invitations", Shape::List, Operation::read(&["v2", "invitations"])),
    ]
}

/// The cheap way to a number of computers (Landscape documentation: a page has 1,000 by default). Those inside others are
/// not among them by default.
pub(super) fn count() -> Operation {
    Operation::read(&["v2", "computers"]).with("limit", "1")
}

impl Landscape {
    /// An account in full.
    pub(super) async fn detail(&self, id: &AccountId) -> Result<Account, Failure> {
        match self.entrance.enter(Need::Any).await? {
            Entered::Login(login) => self.logged_in(id, login.as_ref()).await,
            Entered::Signed(signed) => {
                if signed.key.raw() != id.as_str() {
                    return Err(unknown(id));
                }
                let mut assembly = Assembly::default();
                assembly.say("access_key", &Value::from(signed.key.raw()));
                let known = Known {
                    id: id.clone(),
                    title: signed.key.clone(),
                    kind: Some(Untrusted::new("access key")),
                    created: None,
                };
                self.with_parts(&signed.client, known, assembly, true).await
            }
            Entered::Nobody => Err(nobody(self.entrance.has_account().await?)),
        }
    }

    async fn logged_in(&self, id: &AccountId, login: &Login) -> Result<Account, Failure> {
        let item = if let Some(item) = login.item(id) {
            item.to_owned()
        } else {
            // It may have been made since.
            let login = self.entrance.login(Need::After(login.generation)).await?;
            login.item(id).map(str::to_owned).ok_or_else(|| unknown(id))?
        };
        let created = self.created(id);
        let row = self.rows().account(&item, created.as_deref()).ok_or_else(|| unknown(id))?;
        let client = self.client(id);
        // One token for all parts; without one there is no part.
        client.credentials().await?;
        let mut assembly = Assembly::default();
        assembly.put(LOGIN, &item);
        if let Some(title) = Object::read(&item).and_then(|item| item.raw("title")) {
            assembly.put(TITLE, title);
        }
        if let Some(created) = &created {
            assembly.put(CREATED, created);
        }
        let known = Known { id: id.clone(), title: row.name, kind: row.kind, created: created.as_deref() };
        self.with_parts(&client, known, assembly, false).await
    }

    /// Asks for all parts at once.
    async fn with_parts(
        &self,
        client: &Client,
        known: Known<'_>,
        mut assembly: Assembly,
        is_old: bool,
    ) -> Result<Account, Failure> {
        let asked = parts().map(|part| async move {
            let result = if is_old && !part.is_legacy { Err(too_old()) } else { ask(client, &part).await };
            (part, result)
        });
        let came = join_all(asked).await;
        let mut failures: Vec<&Failure> = came.iter().filter_map(|(_, result)| result.as_ref().err()).collect();
        if failures.len() == came.len() {
            // A refusal of the account says more than a server that has no such call.
            failures.sort_by_key(|failure| failure.kind == FailureKind::Unsupported);
            return Err(failures[0].clone());
        }
        let mut messages = Vec::new();
        for (part, result) in &came {
            match result {
                Ok(text) => {
                    assembly.put(part.key, text);
                    let title = Object::read(text).filter(|_| part.key == PREFERENCES);
                    if let Some(title) = title.and_then(|preferences| preferences.raw("title")) {
                        assembly.replace(TITLE, title);
                    }
                }
                Err(failure) => {
                    assembly.say(part.key, &Value::Null);
                    messages.push(Value::from(format!("{}: {failure}", part.key)));
                }
            }
        }
        if !messages.is_empty() {
            assembly.say("messages", &Value::from(messages));
        }
        Ok(self.rows().assembled(known, assembly))
    }
}

async fn ask(client: &Client, part: &Part) -> Result<String, Failure> {
    let answer = client.send(&part.operation).await?;
    taken(&answer, part.shape)
}

fn taken(answer: &Answer, shape: Shape) -> Result<String, Failure> {
    let text = answer.json.as_deref().unwrap_or("null");
    let object = Object::read(text);
    let missing = |what: &str| answer.unreadable(format!("the answer holds no {what}"));
    match (shape, object) {
        (Shape::Object, Some(_)) => Ok(text.to_owned()),
        (Shape::Object, None) => Err(missing("object")),
        (Shape::List, None) => wire::list(text).map(|_| text.to_owned()).ok_or_else(|| missing("list")),
        (Shape::List, Some(object)) => {
            object.list("results").ok_or_else(|| missing("list"))?;
            let is_whole = object.filled("next").is_none();
            let results = object.raw("results").filter(|_| is_whole);
            Ok(results.unwrap_or(text).to_owned())
        }
        (Shape::Count, object) => {
            let count = object.and_then(|object| object.number("count")).ok_or_else(|| missing("count"))?;
            Ok(super::rows::computers(Some(count)).to_string())
        }
    }
}

/// How many there are, of an answer to [`count`].
pub(super) fn counted(answer: &Answer) -> Option<u64> {
    answer.json.as_deref().and_then(Object::read).and_then(|object| object.number("count"))
}

fn unknown(id: &AccountId) -> Failure {
    Failure::new(FailureKind::NotFound, format!("account {id}"), "this login reaches no account of this name")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(json: &str) -> Answer {
        Answer {
            status: 200,
            json: (!json.is_empty()).then(|| json.to_owned()),
            content_type: "application/json".into(),
            code: None,
            request_id: None,
            notices: Vec::new(),
            what: "GET /v2/x".into(),
            resent: 0,
        }
    }

    #[test]
    fn lists_come_bare_or_as_results_and_counts_as_number_or_text() {
        for (shape, json, text) in [
            (Shape::List, "[1]", Some("[1]")),
            (Shape::List, r#"{"results":[1]}"#, Some("[1]")),
            (Shape::List, r#"{"results":[1],"next":null}"#, Some("[1]")),
            (Shape::List, r#"{"results":[1],"next":"https://x"}"#, Some(r#"{"results":[1],"next":"https://x"}"#)),
            (Shape::List, r#"{"results":{}}"#, None),
            (Shape::List, "", None),
            (Shape::Count, r#"{"count":7,"results":[{"id":1}]}"#, Some(r#"{"count":7}"#)),
            (Shape::Count, r#"{"count":"7"}"#, Some(r#"{"count":7}"#)),
            (Shape::Count, r#"{"count":null}"#, None),
            (Shape::Object, r#"{"title":"T"}"#, Some(r#"{"title":"T"}"#)),
            (Shape::Object, "[]", None),
        ] {
            assert_eq!(taken(&answer(json), shape).ok().as_deref(), text, "{shape:?} {json}");
        }
    }
}
