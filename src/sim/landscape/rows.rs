//! The state: what was changed, over the demo data that everything starts from. All changes go through
//! [`Rows::apply`], so that a second copy of the state can follow the first one with a delay.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiff::Timestamp;

use super::demo::Demo;

/// An access group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Group {
    pub(super) name: String,
    pub(super) title: String,
    /// The parent's name, empty for the root.
    pub(super) parent: String,
    /// Whether its parent's `children` leaves it out.
    pub(super) unlisted: bool,
}

/// A role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Role {
    pub(super) key: u32,
    pub(super) name: String,
    pub(super) description: String,
    pub(super) permissions: Vec<String>,
    pub(super) global_permissions: Vec<String>,
    /// E-mails.
    pub(super) persons: Vec<String>,
    /// Names.
    pub(super) access_groups: Vec<String>,
}

/// Somebody who administers an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Administrator {
    pub(super) id: u32,
    pub(super) name: String,
    pub(super) email: String,
}

/// Somebody who was asked to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Invitation {
    pub(super) id: u32,
    pub(super) name: String,
    pub(super) email: String,
    pub(super) created: Timestamp,
    pub(super) roles: Vec<String>,
}

/// One account with all that is its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Account {
    pub(super) title: String,
    pub(super) subdomain: Option<String>,
    /// Why it is disabled, if it is.
    pub(super) disabled: Option<String>,
    /// The registration password.
    pub(super) registration: Option<String>,
    pub(super) auto_register: bool,
    /// Days; negative for ever.
    pub(super) audit_retention: i64,
    pub(super) ubuntu_one: bool,
    pub(super) groups: Vec<Group>,
    pub(super) roles: Vec<Role>,
    pub(super) team: Vec<Administrator>,
    pub(super) invitations: Vec<Invitation>,
    pub(super) next_invitation: u32,
    pub(super) next_role: u32,
    /// How many computers it has, children and archived ones included.
    pub(super) computers: u32,
    /// Where the computers of removed groups are now, by the groups' names.
    pub(super) moved: BTreeMap<String, String>,
    /// How often its legacy credentials were made anew.
    pub(super) keys: u32,
}

impl Account {
    /// The group with this name.
    pub(super) fn group(&self, name: &str) -> Option<&Group> {
        self.groups.iter().find(|group| group.name == name)
    }

    /// The names of the roles that an e-mail has, in order.
    pub(super) fn roles_of(&self, email: &str) -> Vec<String> {
        let with = self.roles.iter().filter(|role| role.persons.iter().any(|one| one == email));
        let mut names: Vec<String> = with.map(|role| role.name.clone()).collect();
        names.sort();
        names
    }

    /// Where a computer is whose group was `name` at the start.
    pub(super) fn settled<'a>(&'a self, name: &'a str) -> &'a str {
        self.moved.get(name).map_or(name, String::as_str)
    }

    /// The computers of a group that is removed are in `heir` from now on.
    pub(super) fn inherit(&mut self, removed: &str, heir: &str) {
        for now in self.moved.values_mut().filter(|now| *now == removed) {
            heir.clone_into(now);
        }
        // A group of the same name that was made later never held what the first one did.
        self.moved.entry(removed.to_owned()).or_insert_with(|| heir.to_owned());
    }
}

/// The one user of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Person {
    pub(super) id: u32,
    pub(super) name: String,
    pub(super) email: String,
    /// The name for logins by PAM.
    pub(super) identity: Option<String>,
    pub(super) password: String,
    pub(super) timezone: String,
    pub(super) last_login: Timestamp,
    pub(super) last_host: String,
    pub(super) preferred: Option<String>,
    pub(super) allowable: Option<Vec<String>>,
}

/// One change of the state.
#[derive(Debug, Clone)]
pub(super) enum Delta {
    /// The account is so from now on.
    Account(u32, Arc<Account>),
    /// The user is so from now on.
    Person(Arc<Person>),
}

/// The state.
#[derive(Debug, Clone)]
pub(super) struct Rows {
    pub(super) demo: Arc<Demo>,
    edited: HashMap<u32, Arc<Account>>,
    /// The first number that no listed account has.
    end: u32,
    pub(super) person: Option<Arc<Person>>,
}

impl Rows {
    pub(super) fn new(demo: Arc<Demo>) -> Self {
        let person = demo.person().map(Arc::new);
        Self { edited: HashMap::new(), end: demo.count, person, demo }
    }

    /// The first number that no listed account has: how many there are.
    pub(super) fn end(&self) -> u32 {
        self.end
    }

    /// The account with this number.
    pub(super) fn account(&self, number: u32) -> Option<Arc<Account>> {
        if let Some(edited) = self.edited.get(&number) {
            return Some(Arc::clone(edited));
        }
        (number < self.demo.count || self.demo.is_unlisted(number)).then(|| Arc::new(self.demo.account(number)))
    }

    /// The title alone, for lists of all: far cheaper than the whole account.
    pub(super) fn title(&self, number: u32) -> String {
        let edited = self.edited.get(&number);
        edited.map_or_else(|| self.demo.title(number), |account| account.title.clone())
    }

    /// The user's roles in an account, for lists of all.
    pub(super) fn own_roles(&self, number: u32, email: &str) -> Vec<String> {
        match self.edited.get(&number) {
            Some(account) => account.roles_of(email),
            None => self.demo.own_roles(number),
        }
    }

    /// How often the credentials of an account were made anew.
    pub(super) fn keys(&self, number: u32) -> u32 {
        self.edited.get(&number).map_or(0, |account| account.keys)
    }

    /// The number of the account with this name, listed or not.
    pub(super) fn number_of(&self, name: &str) -> Option<u32> {
        let number = self.demo.number_of(name)?;
        (number < self.end || self.demo.is_unlisted(number)).then_some(number)
    }

    /// The default account: the preferred one, else as the demo data has it.
    pub(super) fn default_account(&self) -> Option<u32> {
        let preferred = self.person.as_ref().and_then(|person| person.preferred.as_deref());
        let preferred = preferred.and_then(|name| self.number_of(name));
        preferred.or_else(|| self.demo.default_account()).filter(|number| *number < self.end).or(if self.end > 0 {
            Some(0)
        } else {
            None
        })
    }

    /// Changes the state.
    pub(super) fn apply(&mut self, delta: &Delta) {
        match delta {
            Delta::Account(number, account) => {
                if !self.demo.is_unlisted(*number) {
                    self.end = self.end.max(number.saturating_add(1));
                }
                self.edited.insert(*number, Arc::clone(account));
            }
            Delta::Person(person) => self.person = Some(Arc::clone(person)),
        }
    }
}
