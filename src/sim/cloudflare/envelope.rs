//! The envelope that every JSON answer comes in, and the refusals.

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::sim::request::Answer;

/// Where the documentation of every operation stands.
const DOCUMENTATION: &str = "https://developers.cloudflare.com/api/";

/// Which of Cloudflare's two schemas an operation's refusals follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    /// The older account operations: a refusal's `result` is null (Cloudflare schema).
    Account,
    /// The organization operations, and the account operations that came with them (move, profile, organizations): a
    /// refusal's `result` is an object (Cloudflare schema).
    Organization,
}

/// One entry of `errors`.
#[derive(Debug, Clone)]
pub(super) struct Item {
    code: Option<u32>,
    message: String,
    pointer: Option<String>,
    /// `error_chain`, which comes with header errors (reported live; not in the schema).
    chain: Vec<(u32, &'static str)>,
}

impl Item {
    /// An error about the request as a whole.
    pub(super) fn new(code: impl Into<Option<u32>>, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into(), pointer: None, chain: Vec::new() }
    }

    /// An error about one field: it says which one, and where the documentation stands (Cloudflare schema:
    /// `source.pointer`, `documentation_url`).
    pub(super) fn about(code: u32, field: &str, message: impl Into<String>) -> Self {
        Self { pointer: Some(format!("/{field}")), ..Self::new(code, message) }
    }

    fn json(&self) -> Value {
        let mut item = Map::new();
        if let Some(code) = self.code {
            item.insert("code".into(), code.into());
        }
        item.insert("message".into(), self.message.clone().into());
        if let Some(pointer) = &self.pointer {
            item.insert("documentation_url".into(), DOCUMENTATION.into());
            item.insert("source".into(), json!({"pointer": pointer}));
        }
        if !self.chain.is_empty() {
            let link = |(code, message): &(u32, &str)| json!({"code": code, "message": message});
            let chain: Vec<Value> = self.chain.iter().map(link).collect();
            item.insert("error_chain".into(), chain.into());
        }
        Value::Object(item)
    }
}

/// A refusal.
#[derive(Debug, Clone)]
pub(super) struct Problem {
    pub(super) status: u16,
    pub(super) items: Vec<Item>,
}

impl Problem {
    /// A refusal of one reason.
    pub(super) fn new(status: u16, code: impl Into<Option<u32>>, message: impl Into<String>) -> Self {
        Self { status, items: vec![Item::new(code, message)] }
    }

    /// A refusal because of one field, with status 400.
    pub(super) fn field(code: u32, field: &str, message: impl Into<String>) -> Self {
        Self { status: 400, items: vec![Item::about(code, field, message)] }
    }

    /// A header of the wrong form: 400 with code 6003 and a chain that names the header (reported live).
    pub(super) fn header(code: u32, message: &'static str) -> Self {
        let mut item = Item::new(6003, "Invalid request headers");
        item.chain.push((code, message));
        Self { status: 400, items: vec![item] }
    }

    /// The refusal that a value such as `401-10000` stands for.
    pub(super) fn of(choice: &str, message: &str) -> Self {
        let (status, code) = choice.split_once('-').unwrap_or((choice, ""));
        Self::new(status.parse().unwrap_or(400), code.parse::<u32>().ok(), message)
    }

    /// The refusal as an answer.
    pub(super) fn answer(&self, family: Family) -> Answer {
        let errors: Vec<Value> = self.items.iter().map(Item::json).collect();
        let result = match family {
            Family::Account => Value::Null,
            Family::Organization => json!({}),
        };
        let body = json!({"result": result, "success": false, "errors": errors, "messages": []});
        Answer::json(self.status, body)
    }
}

/// The envelope around a result.
fn around(result: Value, messages: Vec<Value>) -> Map<String, Value> {
    let mut body = Map::new();
    body.insert("result".into(), result);
    body.insert("success".into(), true.into());
    body.insert("errors".into(), Vec::<Value>::new().into());
    body.insert("messages".into(), messages.into());
    body
}

/// A success.
pub(super) fn success(result: Value) -> Answer {
    Answer::json(200, around(result, Vec::new()).into())
}

/// A success with `messages`, which are no errors whatever their code (reported live of tokens/verify).
pub(super) fn success_with_message(result: Value, code: u32, message: &str) -> Answer {
    let message = json!({"code": code, "message": message});
    Answer::json(200, around(result, vec![message]).into())
}

/// A page of a list, in the envelope of [`around`].
#[derive(Serialize)]
struct Page<'a, T> {
    result: &'a [T],
    success: bool,
    errors: [u8; 0],
    messages: [u8; 0],
    #[serde(skip_serializing_if = "Option::is_none")]
    result_info: Option<Value>,
}

/// A page of a list.
pub(super) fn page<T: Serialize>(result: &[T], info: Option<Value>) -> Answer {
    Answer::written(200, &Page { result, success: true, errors: [], messages: [], result_info: info })
}
