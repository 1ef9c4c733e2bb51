//! One logical request as data, before it has an origin or a credential.

use std::fmt;

/// An HTTP method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// `GET`
    Get,
    /// `POST`
    Post,
    /// `PUT`
    Put,
    /// `PATCH`
    Patch,
    /// `DELETE`
    Delete,
}

impl Method {
    /// The word on the wire.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// What a request does at the provider. A property of the operation, not of its method: some providers read with POST.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// It changes nothing, so it may be sent again.
    Read,
    /// It changes something: sent again only if the first one certainly did nothing.
    Write,
}

/// One logical request.
#[derive(Clone, PartialEq, Eq)]
pub struct Operation {
    /// The method.
    pub method: Method,
    /// Whether it changes something.
    pub effect: Effect,
    /// The path below the base URL, one text a step, not yet escaped.
    pub path: Vec<String>,
    /// What is called, where all calls have one path and a header names it: for people, beside the path.
    pub call: Option<&'static str>,
    /// Whether the path ends with a slash, which some servers tell from one without.
    pub is_folder: bool,
    /// Query parameters in their order; empty values are sent as they are.
    pub query: Vec<(String, String)>,
    /// The JSON body; `None` sends none.
    pub body: Option<serde_json::Value>,
    /// Whether the body may be kept and shown: it holds ids and marks of pages, no secret.
    pub is_open: bool,
    /// Headers of this operation's own, by their names in lower case: the same in every attempt. No secrets.
    pub headers: Vec<(&'static str, String)>,
    /// Whether "not signed in" is an answer that was reckoned with: the credential is then not fetched once more.
    pub is_probe: bool,
    /// Whether each answer is another one (a one-time password): then a read, too, is sent again only if the first one
    /// certainly did nothing.
    pub is_once: bool,
}

impl Operation {
    /// A read without query.
    #[must_use]
    pub fn read(path: &[&str]) -> Self {
        Self {
            method: Method::Get,
            effect: Effect::Read,
            path: path.iter().map(|&step| step.to_owned()).collect(),
            call: None,
            is_folder: false,
            query: Vec::new(),
            body: None,
            is_open: false,
            headers: Vec::new(),
            is_probe: false,
            is_once: false,
        }
    }

    /// A write with a JSON body.
    #[must_use]
    pub fn write(method: Method, path: &[&str], body: Option<serde_json::Value>) -> Self {
        Self { method, effect: Effect::Write, body, ..Self::read(path) }
    }

    /// The same with one more query parameter.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.query.push((name.into(), value.into()));
        self
    }

    /// The same with a header of its own; `name` is in lower case.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The same with a body that may be kept and shown: see [`Operation::is_open`].
    #[must_use]
    pub fn open(mut self) -> Self {
        self.is_open = true;
        self
    }

    /// The same as a call of this name: see [`Operation::call`].
    #[must_use]
    pub fn calling(mut self, call: &'static str) -> Self {
        self.call = Some(call);
        self
    }

    /// The same as a probe: see [`Operation::is_probe`].
    #[must_use]
    pub fn probing(mut self) -> Self {
        self.is_probe = true;
        self
    }

    /// The same as one whose answers differ: see [`Operation::is_once`].
    #[must_use]
    pub fn once(mut self) -> Self {
        self.is_once = true;
        self
    }

    /// The same with a slash behind its path: see [`Operation::is_folder`].
    #[must_use]
    pub fn folder(mut self) -> Self {
        self.is_folder = true;
        self
    }

    /// The path with its values left out: a step is one of these words or nothing. The name of a call stands behind it.
    #[must_use]
    pub fn fixed_steps(&self, words: &[&str]) -> Vec<Option<String>> {
        let fixed = |step: &String| words.contains(&step.as_str()).then(|| step.clone());
        let action = self.query.first().filter(|_| self.is_folder).map(|(_, action)| action.clone());
        let call = self.call.map(str::to_owned).or(action);
        self.path.iter().map(fixed).chain(call.map(Some)).collect()
    }

    /// Method and path in words for failures, e.g. `GET /accounts`. Where everything is asked of one folder its first
    /// parameter, or the name of the call, tells requests apart: `GET /?action=GetRoles`, `POST / ListRoots`.
    #[must_use]
    pub fn what(&self) -> String {
        let (method, path) = (self.method.word(), self.path.join("/"));
        if let Some(call) = self.call {
            return format!("{method} /{path} {call}");
        }
        match self.query.first() {
            Some((name, value)) if self.is_folder => format!("{method} /{path}?{name}={value}"),
            Some(_) | None => format!("{method} /{path}"),
        }
    }
}

/// Without the body: it may hold a password.
impl fmt::Debug for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Operation")
            .field("what", &self.what())
            .field("effect", &self.effect)
            .field("query", &self.query)
            .field("has_body", &self.body.is_some())
            .field("is_probe", &self.is_probe)
            .finish_non_exhaustive()
    }
}
