//! Canonical Landscape: accounts, their preferences and their access groups.
//!
//! One login reaches several accounts, and a token is bound to one of them. The list of accounts is the login's own
//! answer; an account's record is put together from several calls. Facts are cited where they are used, with how sure
//! they are: "Landscape documentation", "their source" (the vendor's own web pages and mocks), "reported" (third
//! parties). The server's code is closed.

mod detail;
mod dialect;
mod entrance;
mod login;
mod rows;
mod sign;
mod spec;
mod wire;
mod writes;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use serde_json::Value;

use self::dialect::Way;
use self::entrance::{AccountToken, Entered, Entrance, Need, legacy};
use self::login::nobody;
use self::rows::{Group, ROOT, Rows};
use self::wire::Object;
use super::http::{Answer, Client, Operation, Policy};
use super::{
    Capability, CredentialSource, Cursor, DetailOptions, Executed, ListScope, Offer, OrganizationScope, Page, Provider,
    RequestBudget, Settings, Spec, unsupported,
};
use crate::domain::{
    Account, AccountId, Change, ConnectionName, Failure, FailureKind, Identity, Lineage, Organization, OrganizationId,
    Profile, ProviderId, RequestPreview, SideEffect, Subject, Untrusted,
};

pub use self::spec::SPEC;

/// A connection to a Landscape server.
pub struct Landscape {
    entrance: Arc<Entrance>,
    connection: ConnectionName,
    provider: ProviderId,
    /// One client per account: a token is bound to its account. Made when somebody looks at the account.
    clients: Mutex<HashMap<AccountId, Arc<Client>>>,
    /// Replies to creations of this session.
    created: Mutex<HashMap<AccountId, String>>,
}

/// Opens a connection. Nothing is asked or read yet.
///
/// # Errors
/// A base URL that can't be used.
pub fn open(settings: Settings) -> Result<Arc<dyn Provider>, Failure> {
    Ok(Arc::new(Landscape::new(settings, Policy::DEFAULT)?))
}

impl Landscape {
    /// Opens a connection with another patience than the usual one.
    ///
    /// # Errors
    /// A base URL that can't be used.
    pub fn new(settings: Settings, policy: Policy) -> Result<Self, Failure> {
        let connection = settings.connection.clone();
        Ok(Self {
            entrance: Arc::new(Entrance::new(settings, policy)?),
            connection,
            provider: SPEC.id(),
            clients: Mutex::default(),
            created: Mutex::default(),
        })
    }

    fn rows(&self) -> Rows<'_> {
        Rows { connection: &self.connection, provider: &self.provider }
    }

    /// The client that asks with an account's own token. Making one asks nobody.
    fn client(&self, id: &AccountId) -> Arc<Client> {
        if let Some(client) = lock(&self.clients).get(id) {
            return Arc::clone(client);
        }
        self.keep_client(id, AccountToken::source(&self.entrance, id, None))
    }

    fn keep_client(&self, id: &AccountId, source: CredentialSource) -> Arc<Client> {
        let client = Arc::new(self.entrance.door.beside(source, Arc::new(Way::Token)));
        lock(&self.clients).insert(id.clone(), Arc::clone(&client));
        client
    }

    fn created(&self, id: &AccountId) -> Option<String> {
        lock(&self.created).get(id).cloned()
    }

    fn keep_created(&self, id: AccountId, reply: String) {
        lock(&self.created).insert(id, reply);
    }

    /// Enters; a server that has no account yet refuses every credential, and that is no fault of the credential: `None`.
    /// Without a credential there is nothing to list either at a server that does not say whether it is new; only the
    /// public one is known to be none.
    async fn entered(&self, need: Need) -> Result<Option<Entered>, Failure> {
        match self.entrance.enter(need).await {
            Ok(Entered::Nobody) => match self.entrance.has_account().await? {
                Some(false) => Ok(None),
                None if !self.entrance.door.endpoint().is_public() => Ok(Some(Entered::Nobody)),
                is_there => Err(nobody(is_there)),
            },
            Ok(entered) => Ok(Some(entered)),
            Err(failure) if failure.kind == FailureKind::Auth && failure.status.is_some() => {
                let is_new = matches!(self.entrance.has_account().await, Ok(Some(false)));
                if is_new { Ok(None) } else { Err(failure) }
            }
            Err(failure) => Err(failure),
        }
    }

    /// All accounts that the login names: one page.
    async fn listed(&self) -> Result<Page<Account>, Failure> {
        let rows = self.rows();
        Ok(match self.entered(Need::Unlisted).await? {
            None => page(Vec::new(), vec![Untrusted::new(NO_ACCOUNT)]),
            Some(Entered::Signed(signed)) => page(vec![rows.unnamed(&signed.key)], vec![Untrusted::new(UNNAMED)]),
            Some(Entered::Nobody) => page(Vec::new(), vec![Untrusted::new(UNSAID)]),
            Some(Entered::Login(login)) => {
                let all = login.accounts.iter();
                let found: Vec<Account> = all
                    .filter_map(|item| {
                        let account = rows.account(item, None)?;
                        match self.created(&account.key.id) {
                            Some(created) => rows.account(item, Some(&created)),
                            None => Some(account),
                        }
                    })
                    .collect();
                let mut messages = left_out(login.accounts.len(), found.len());
                if login.accounts.is_empty() {
                    messages.push(Untrusted::new("This user has no account yet: create one."));
                }
                // A login may name an account twice.
                let ids: HashSet<&AccountId> = found.iter().map(|account| &account.key.id).collect();
                let total = u64::try_from(ids.len()).ok();
                Page { total, ..page(found, messages) }
            }
        })
    }

    /// The roots of all accounts, without asking for any of them.
    async fn roots(&self) -> Result<Page<Organization>, Failure> {
        let rows = self.rows();
        let found = match self.entered(Need::New).await? {
            None | Some(Entered::Nobody) => Vec::new(),
            Some(Entered::Signed(signed)) => vec![rows.root(&AccountId::new(signed.key.raw()), &signed.key)],
            Some(Entered::Login(login)) => {
                let accounts = login.accounts.iter().filter_map(|item| rows.account(item, None));
                accounts.map(|account| rows.root(&account.key.id, &account.name)).collect()
            }
        };
        Ok(page(found, Vec::new()))
    }

    /// The access groups of an account as they came, and what the account is called.
    async fn groups(&self, account: &AccountId) -> Result<(Answer, Untrusted), Failure> {
        let operation = legacy("GetAccessGroups");
        match self.entrance.enter(Need::Any).await? {
            Entered::Login(login) => {
                let row = login.item(account).and_then(|item| self.rows().account(item, None));
                let title = row.map_or_else(|| Untrusted::new(account.as_str()), |row| row.name);
                Ok((self.client(account).send(&operation).await?, title))
            }
            Entered::Signed(signed) if signed.key.raw() == account.as_str() => {
                Ok((signed.client.send(&operation).await?, signed.key.clone()))
            }
            Entered::Signed(_) => Err(no_group(account.as_str())),
            Entered::Nobody => Err(nobody(self.entrance.has_account().await?)),
        }
    }

    /// The account of an access group and the group's name. The login names every account that there is: nobody is asked
    /// for the groups of another one.
    async fn place<'a>(&self, id: &'a OrganizationId) -> Result<(AccountId, &'a str), Failure> {
        let (account, name) = rows::split(id).ok_or_else(|| no_group(id.as_str()))?;
        let is_there = match self.entrance.enter(Need::Any).await? {
            Entered::Login(login) => login.item(&account).is_some(),
            Entered::Signed(signed) => signed.key.raw() == account.as_str(),
            Entered::Nobody => return Err(nobody(self.entrance.has_account().await?)),
        };
        if is_there { Ok((account, name)) } else { Err(no_group(id.as_str())) }
    }

    /// Whether there is such an access group. An account's root is there with the account.
    async fn expect_group(&self, id: &OrganizationId) -> Result<(), Failure> {
        let (account, name) = self.place(id).await?;
        if name == ROOT {
            return Ok(());
        }
        let (answer, _) = self.groups(&account).await?;
        let texts = entries(&answer)?;
        let mut groups = texts.iter().filter_map(|text| Group::read(text));
        if groups.any(|group| group.name.raw() == name) { Ok(()) } else { Err(no_group(id.as_str())) }
    }

    async fn below(&self, id: &OrganizationId) -> Result<Page<Organization>, Failure> {
        let (account, name) = self.place(id).await?;
        let (answer, title) = self.groups(&account).await?;
        let texts = entries(&answer)?;
        let groups: Vec<Group<'_>> = texts.iter().filter_map(|text| Group::read(text)).collect();
        let rows = self.rows();
        let below = rows::below(&groups, name);
        let found = below.iter().map(|group| rows.sent(&account, &title, group, group.raw(&[]))).collect();
        Ok(page(found, left_out(texts.len(), groups.len())))
    }

    /// How many computers are in an access group, or why nobody knows. Whether those in groups below count is not
    /// documented.
    async fn computers_in(&self, account: &AccountId, name: &str) -> Result<u64, Failure> {
        self.entrance.login(Need::Any).await?;
        let operation =
            Operation::read(&["v2", "computers"]).with("query", format!("access-group:{name}")).with("limit", "1");
        let answer = self.client(account).send(&operation).await?;
        detail::counted(&answer).ok_or_else(|| answer.unreadable("the answer holds no count"))
    }
}

#[async_trait]
impl Provider for Landscape {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    async fn budget(&self) -> Option<RequestBudget> {
        self.entrance.budget().await
    }

    async fn identity(&self) -> Result<Identity, Failure> {
        let entered = self.entered(Need::Any).await?;
        let (given, named) = self.entrance.who().await;
        let user = match &entered {
            Some(Entered::Login(login)) if !login.email.is_empty() => login.email.clone(),
            Some(_) | None => named,
        };
        Ok(Identity {
            provider: self.provider.clone(),
            origin: self.entrance.door.endpoint().origin(),
            organization: None,
            user,
            credential: given.words().to_owned(),
            expires_at: None,
        })
    }

    async fn accounts(&self, scope: &ListScope, cursor: &Cursor) -> Result<Page<Account>, Failure> {
        match (&scope.organization, cursor) {
            (None, Cursor::First) => self.listed().await,
            (Some(id), _) => {
                self.expect_group(id).await?;
                let words = "Access groups stand inside an account and hold computers, not accounts.";
                Ok(page(Vec::new(), vec![Untrusted::new(words)]))
            }
            // There is one page.
            (None, Cursor::Page(_) | Cursor::Token(_)) => Ok(page(Vec::new(), Vec::new())),
        }
    }

    async fn account(&self, id: &AccountId, _options: DetailOptions) -> Result<Account, Failure> {
        self.detail(id).await
    }

    async fn organizations(&self, scope: &OrganizationScope, cursor: &Cursor) -> Result<Page<Organization>, Failure> {
        match (scope, cursor) {
            (_, Cursor::Page(_) | Cursor::Token(_)) => Ok(page(Vec::new(), Vec::new())),
            (OrganizationScope::Roots, Cursor::First) => self.roots().await,
            (OrganizationScope::Below(id), Cursor::First) => self.below(id).await,
            (OrganizationScope::Every, Cursor::First) => {
                Err(unsupported(&SPEC, "list of the access groups of all accounts"))
            }
        }
    }

    async fn organization(&self, id: &OrganizationId) -> Result<Organization, Failure> {
        let (account, name) = self.place(id).await?;
        let (groups, computers) = futures::join!(self.groups(&account), self.computers_in(&account, name));
        let (answer, title) = groups?;
        let texts = entries(&answer)?;
        let mut groups = texts.iter().filter_map(|text| Group::read(text));
        let bare = format!(r#"{{"name":"{ROOT}"}}"#);
        let group = match groups.find(|group| group.name.raw() == name) {
            Some(group) => group,
            // Somebody whose role covers only some groups may not be shown the root.
            None if name == ROOT => Group::read(&bare).ok_or_else(|| no_group(id.as_str()))?,
            None => return Err(no_group(id.as_str())),
        };
        let mut more = vec![("computers", rows::computers(computers.as_ref().ok().copied()))];
        if let Err(failure) = &computers {
            more.push(("messages", Value::from(vec![format!("computers: {failure}")])));
        }
        Ok(self.rows().sent(&account, &title, &group, group.raw(&more)))
    }

    async fn lineage(&self, _id: &AccountId) -> Result<Lineage, Failure> {
        Err(not_offered(Capability::Lineage))
    }

    async fn profile(&self, subject: &Subject) -> Result<Profile, Failure> {
        let Subject::Account(key) = subject else {
            return Err(not_offered(Capability::ReadOrganizationProfile));
        };
        if let Entered::Signed(_) = self.entrance.enter(Need::Any).await? {
            return Err(entrance::too_old());
        }
        let answer = self.client(&key.id).send(&Operation::read(&["v2", "preferences"])).await?;
        let preferences = answer.json.as_deref().and_then(Object::read);
        let preferences = preferences.ok_or_else(|| answer.unreadable("the preferences are no object"))?;
        Ok(rows::profile(subject, &preferences))
    }

    async fn switch(&self, id: &AccountId) -> Result<Account, Failure> {
        self.switched(id).await?;
        let login = self.entrance.login(Need::Any).await?;
        let row = login.item(id).and_then(|item| self.rows().account(item, self.created(id).as_deref()));
        row.ok_or_else(|| {
            Failure::new(FailureKind::NotFound, format!("account {id}"), "the login does not name this account")
        })
    }

    fn preview(&self, change: &Change) -> Result<RequestPreview, Failure> {
        self.previewed(change)
    }

    async fn side_effects(&self, change: &Change) -> Vec<SideEffect> {
        writes::side_effects(change).into_iter().map(SideEffect::from).collect()
    }

    async fn execute(&self, change: &Change) -> Result<Executed, Failure> {
        self.written(change).await
    }
}

/// What to say where a server has no account.
const NO_ACCOUNT: &str = "No account yet: create the standalone account.";

/// What to say where nobody is signed in and the server does not say whether it is new: it answers 404 to that question,
/// as one does that never makes a standalone account (Landscape documentation), and perhaps one that has none yet
/// (assumption: a test of the vendor's).
const UNSAID: &str = "No account to show: this server did not say whether an account may be created; configure \
                      credentials to sign in.";

/// What to say of an account that only an access key's signature reaches.
const UNNAMED: &str = "This server is too old to log in by access key: its one account is shown by the key, because no \
                       call of the old API names it.";

fn page<T>(rows: Vec<T>, messages: Vec<Untrusted>) -> Page<T> {
    let total = u64::try_from(rows.len()).ok();
    Page { rows, next: None, total, pages: None, messages, holds: Vec::new() }
}

/// How many rows can't be used, so that none is lost unseen.
fn left_out(all: usize, used: usize) -> Vec<Untrusted> {
    let lost = all.saturating_sub(used);
    if lost == 0 {
        return Vec::new();
    }
    vec![Untrusted::from(format!("{lost} of {all} rows hold no name and were left out"))]
}

/// The entries of a legacy list: bare (Landscape documentation), or as newer lists are.
fn entries(answer: &Answer) -> Result<Vec<&str>, Failure> {
    let text = answer.json.as_deref().unwrap_or("null");
    let entries = wire::list(text).or_else(|| Object::read(text)?.list("results"));
    entries.ok_or_else(|| answer.unreadable("the answer holds no list"))
}

fn no_group(id: &str) -> Failure {
    let cause = "there is no such access group, or it is not visible to this user";
    Failure::new(FailureKind::NotFound, format!("access group {id}"), cause)
}

/// The failure of what Landscape does not offer, with its reason.
fn not_offered(capability: Capability) -> Failure {
    match SPEC.offer(capability) {
        Offer::No(why) => Failure::new(FailureKind::Unsupported, SPEC.title, why),
        Offer::Yes => unsupported(&SPEC, "such a call"),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
