//! Organizations, and what was asked for by its own request: whole records, lineages, profiles.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::owners::{self, OwnerNo};
use super::rows::{broken, maybe, moment, raw, stored, text, untrusted};
use super::{Disk, DiskError, record, sql};
use crate::domain::{
    Account, AccountId, ConnectionName, Lineage, Moment, Organization, OrganizationId, OrganizationKey, ParentRef,
    Profile, Subject, Untrusted,
};
use crate::inventory::Fact;

/// What a fact is about. The numbers are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FactKind {
    /// An account's whole record, as its own request gave it.
    Detail = 1,
    /// The organizations above an account.
    Lineage = 2,
    /// An account's or an organization's business details.
    Profile = 3,
    /// An organization's whole record, as its own request gave it.
    Organization = 4,
    /// That what is not asked by default was asked for, of an account.
    Extra = 5,
}

/// A fact, with the time when it was heard.
#[derive(Clone, Debug, PartialEq)]
pub enum StoredFact {
    /// An account's whole record.
    Detail(Fact<Arc<Account>>),
    /// The organizations above an account.
    Lineage(AccountId, Fact<Arc<Lineage>>),
    /// Business details; whose they are stands in them.
    Profile(Fact<Arc<Profile>>),
    /// An organization's whole record.
    Organization(Fact<Arc<Organization>>),
    /// When what is not asked by default came of an account: it stands in the account's record.
    Extra(AccountId, Moment),
}

impl StoredFact {
    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> FactKind {
        match self {
            Self::Detail(_) => FactKind::Detail,
            Self::Lineage(..) => FactKind::Lineage,
            Self::Profile(_) => FactKind::Profile,
            Self::Organization(_) => FactKind::Organization,
            Self::Extra(..) => FactKind::Extra,
        }
    }

    /// What it is filed under: an id, of a profile [`StoredFact::profile_subject`].
    #[must_use]
    pub fn subject(&self) -> String {
        match self {
            Self::Detail(fact) => fact.value.key.id.as_str().to_owned(),
            Self::Lineage(id, _) | Self::Extra(id, _) => id.as_str().to_owned(),
            Self::Profile(fact) => Self::profile_subject(&fact.value.subject),
            Self::Organization(fact) => fact.value.key.id.as_str().to_owned(),
        }
    }

    /// An account and an organization may have the same id.
    #[must_use]
    pub fn profile_subject(subject: &Subject) -> String {
        format!("{}:{}", subject.noun(), subject.id())
    }

    fn value(&self) -> (Moment, String) {
        match self {
            Self::Detail(fact) => (fact.at, record::account(&fact.value)),
            Self::Lineage(_, fact) => (fact.at, record::lineage(&fact.value)),
            Self::Profile(fact) => (fact.at, record::profile(&fact.value)),
            Self::Organization(fact) => (fact.at, record::organization(&fact.value)),
            Self::Extra(_, at) => (*at, String::new()),
        }
    }
}

impl Disk {
    /// All facts of a kind of one owner, one after the other.
    ///
    /// # Errors
    /// If they can't be read.
    pub fn facts(&self, owner: OwnerNo, kind: FactKind, mut each: impl FnMut(StoredFact)) -> Result<(), DiskError> {
        self.base.read(|connection| {
            let name = owners::one(connection, owner)?.connection;
            let mut statement = connection.prepare_cached(sql::FACTS_OF_KIND)?;
            let mut rows = statement.query(params![owner.0, kind as u8])?;
            while let Some(row) = rows.next()? {
                each(fact(row, kind, &name)?);
            }
            Ok(())
        })
    }

    /// One fact; its subject is that of [`StoredFact::subject`].
    ///
    /// # Errors
    /// If it can't be read.
    pub fn fact(&self, owner: OwnerNo, kind: FactKind, subject: &str) -> Result<Option<StoredFact>, DiskError> {
        self.base.read(|connection| {
            let name = owners::one(connection, owner)?.connection;
            let mut statement = connection.prepare_cached(sql::FACT)?;
            statement.query_row(params![owner.0, kind as u8, subject], |row| fact(row, kind, &name)).optional()
        })
    }

    /// The organizations of one owner as its listings gave them, by id.
    ///
    /// # Errors
    /// If they can't be read.
    pub fn organizations(&self, owner: OwnerNo) -> Result<Vec<Fact<Organization>>, DiskError> {
        self.base.read(|connection| {
            let owner = owners::one(connection, owner)?;
            let mut statement = connection.prepare_cached(sql::ORGANIZATIONS)?;
            statement.query_and_then([owner.no.0], |row| organization(row, &owner))?.collect()
        })
    }
}

fn fact(row: &Row<'_>, kind: FactKind, connection: &ConnectionName) -> rusqlite::Result<StoredFact> {
    let (at, value) = (moment(row.get(1)?), text(row, 2)?);
    let why = |why: serde_json::Error| broken(2, why);
    Ok(match kind {
        FactKind::Detail => {
            let value = Arc::new(record::read_account(value, connection).map_err(why)?);
            StoredFact::Detail(Fact { value, at })
        }
        FactKind::Lineage => {
            let value = Arc::new(record::read_lineage(value, connection).map_err(why)?);
            StoredFact::Lineage(AccountId::new(text(row, 0)?), Fact { value, at })
        }
        FactKind::Profile => {
            let value = Arc::new(record::read_profile(value).map_err(why)?);
            StoredFact::Profile(Fact { value, at })
        }
        FactKind::Extra => StoredFact::Extra(AccountId::new(text(row, 0)?), at),
        FactKind::Organization => {
            let value = Arc::new(record::read_organization(value, connection).map_err(why)?);
            StoredFact::Organization(Fact { value, at })
        }
    })
}

fn organization(row: &Row<'_>, owner: &owners::StoredOwner) -> rusqlite::Result<Fact<Organization>> {
    let name = untrusted(row, 4)?.unwrap_or_default();
    let value = Organization {
        key: OrganizationKey { connection: owner.connection.clone(), id: OrganizationId::new(text(row, 0)?) },
        provider: owner.provider.clone(),
        name: Untrusted::new(text(row, 1)?),
        kind: Untrusted::new(text(row, 2)?),
        parent: maybe(row, 3)?.map(|id| ParentRef { id: OrganizationId::new(id), name }),
        account: maybe(row, 5)?.map(AccountId::new),
        created_at: untrusted(row, 6)?,
        raw: maybe(row, 7)?.map(|_| raw(row, 7)).transpose()?,
    };
    Ok(Fact { value, at: moment(row.get(8)?) })
}

pub(super) fn write_facts(connection: &Connection, owner: OwnerNo, facts: &[StoredFact]) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(sql::SET_FACT)?;
    for fact in facts {
        let (at, value) = fact.value();
        statement.execute(params![owner.0, fact.kind() as u8, fact.subject(), stored(at), value])?;
    }
    Ok(())
}

pub(super) fn write_organizations(
    connection: &Connection,
    owner: OwnerNo,
    organizations: &[Organization],
    at: Moment,
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(sql::SET_ORGANIZATION)?;
    for organization in organizations {
        let parent = organization.parent.as_ref();
        statement.execute(params![
            owner.0,
            organization.key.id.as_str(),
            organization.name.raw(),
            organization.kind.raw(),
            parent.map(|parent| parent.id.as_str()),
            parent.map(|parent| parent.name.raw()),
            organization.account.as_ref().map(AccountId::as_str),
            organization.created_at.as_ref().map(Untrusted::raw),
            organization.raw.as_ref().map(crate::domain::RawJson::text),
            stored(at),
        ])?;
    }
    Ok(())
}
