//! One logical request as data, before it has an origin or a credential.

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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// The method.
    pub method: Method,
    /// Whether it changes something.
    pub effect: Effect,
    /// The path below the base URL, one text a step, not yet escaped.
    pub path: Vec<String>,
    /// Query parameters in their order; empty values are sent as they are.
    pub query: Vec<(String, String)>,
    /// The JSON body; `None` sends none.
    pub body: Option<serde_json::Value>,
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
            query: Vec::new(),
            body: None,
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

    /// Method and path in words for failures, e.g. `GET /accounts`.
    #[must_use]
    pub fn what(&self) -> String {
        format!("{} /{}", self.method.word(), self.path.join("/"))
    }
}
