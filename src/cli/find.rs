//! An id on the command line: what it names, and at which connection.

use super::desk::{Desk, Opened};
use super::stop::{Stop, status};
use crate::domain::{
    Account, AccountId, ConnectionName, Failure, FailureKind, Organization, OrganizationId, Subject, Untrusted, shown,
};
use crate::provider::{Capability, DetailOptions, Offer};

/// What the connections that don't have an id answered.
#[derive(Default)]
struct Misses {
    first: Option<Stop>,
    unlisted: Vec<ConnectionName>,
}

impl Misses {
    fn note(&mut self, connection: &ConnectionName, failure: &Failure) {
        match failure.kind {
            FailureKind::NotFound => self.unlisted.push(connection.clone()),
            _ => {
                self.first.get_or_insert_with(|| Stop::failure(connection, failure));
            }
        }
    }

    /// A connection that could not answer may have it: its failure is the answer. Else there is no such thing.
    fn end(self, noun: &str, id: &str) -> Stop {
        self.first.unwrap_or_else(|| {
            let names: Vec<String> = self.unlisted.iter().map(ToString::to_string).collect();
            let words = format!("{}: no {noun} {}", names.join(", "), shown(id));
            Stop::new(status::NOT_FOUND, words)
        })
    }
}
