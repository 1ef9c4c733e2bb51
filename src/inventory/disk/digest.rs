//! Hashes that stand for an id and for a whole record. Stored: they must stay as they are, or the schema moves on.

use sha2::{Digest, Sha256};

use super::OwnerNo;
use crate::domain::{Account, AccountId};

/// 48 bits, the largest number that SQLite keeps in six bytes.
pub(super) fn key(owner: OwnerNo, id: &AccountId) -> i64 {
    let mut hash = Sha256::new();
    hash.update(owner.0.to_be_bytes());
    hash.update(id.as_str().as_bytes());
    number(hash) >> 16
}

/// Equal for equal records (secrets aside); a provider can't make two different ones equal. A program that keeps other
/// values beside its rows writes them anew.
pub(super) fn digest(account: &Account, kept: Option<&str>) -> i64 {
    let mut hash = Sha256::new();
    let texts = [&account.kind, &account.status, &account.email, &account.created_at, &account.updated_at];
    part(&mut hash, Some(account.name.raw()));
    for text in texts {
        part(&mut hash, text.as_ref().map(crate::domain::Untrusted::raw));
    }
    part(&mut hash, account.parent.as_ref().map(|parent| parent.id.as_str()));
    part(&mut hash, account.parent.as_ref().map(|parent| parent.name.raw()));
    hash.update([u8::from(account.has_extra)]);
    part(&mut hash, kept);
    hash.update(account.raw.text().as_bytes());
    number(hash)
}

/// A text with its length, so that none runs into the next.
fn part(hash: &mut Sha256, text: Option<&str>) {
    match text {
        None => hash.update(u64::MAX.to_be_bytes()),
        Some(text) => {
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text.as_bytes());
        }
    }
}

fn number(hash: Sha256) -> i64 {
    let whole: [u8; 32] = hash.finalize().into();
    i64::from_be_bytes(*whole.first_chunk().unwrap_or(&[0; 8]))
}
