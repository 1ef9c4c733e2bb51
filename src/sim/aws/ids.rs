//! Ids, shaped as documented, that tell their number again without a table.

use crate::sim::chance::{blend, hide, reveal};

use super::rows::ROOT;

const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
/// Account ids have twelve decimal digits.
const ACCOUNT_IDS: u64 = 1_000_000_000_000;
/// Half of the 40 bits that short ids are spread over: just more than there are account ids, and 36^8 is more still.
const HALF: u32 = 20;
const MASK: u64 = (1 << HALF) - 1;
const ROUNDS: u64 = 4;

/// The tags that keep numbers of different kinds apart.
const ACCOUNT: u64 = 0xacc4;
const UNIT: u64 = 0x0004;
const CREATION: u64 = 0xc4ea;
const REQUEST: u64 = 0x4e9e;

/// All ids of one simulator.
#[derive(Debug)]
pub(super) struct Ids {
    seed: u64,
}

impl Ids {
    pub(super) fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// Twelve digits, zeros in front included.
    pub(super) fn account(&self, number: u32) -> String {
        let mut hidden = self.scatter(ACCOUNT, u64::from(number));
        while hidden >= ACCOUNT_IDS {
            hidden = self.scatter(ACCOUNT, hidden);
        }
        format!("{hidden:012}")
    }

    pub(super) fn account_number(&self, id: &str) -> Option<u32> {
        if !is_account(id) {
            return None;
        }
        let mut number = self.gather(ACCOUNT, id.parse().ok()?);
        while number >= ACCOUNT_IDS {
            number = self.gather(ACCOUNT, number);
        }
        u32::try_from(number).ok()
    }

    /// What the ids of the root and of its units share.
    fn stem(&self) -> String {
        letters(blend(&[self.seed, UNIT]).into(), 4)
    }

    /// `r-` and four letters and digits, or `ou-`, the same four, and eight of its own.
    pub(super) fn unit(&self, place: usize) -> String {
        if place == ROOT {
            return format!("r-{}", self.stem());
        }
        let number = u64::try_from(place).unwrap_or(u64::MAX);
        format!("ou-{}-{}", self.stem(), letters(self.scatter(UNIT, number).into(), 8))
    }

    pub(super) fn unit_place(&self, id: &str) -> Option<usize> {
        if id == self.unit(ROOT) {
            return Some(ROOT);
        }
        let (stem, own) = id.strip_prefix("ou-")?.split_once('-')?;
        let hidden = u64::from_str_radix(own, 36).ok().filter(|hidden| *hidden >> (2 * HALF) == 0)?;
        let place = usize::try_from(self.gather(UNIT, hidden)).ok()?;
        (stem == self.stem() && place != ROOT && self.unit(place) == id).then_some(place)
    }

    /// `o-` and ten letters and digits.
    pub(super) fn organization(&self) -> String {
        format!("o-{}", letters(hide(self.seed, UNIT, 0), 10))
    }

    /// `car-` and 32 letters and digits.
    pub(super) fn creation(&self, place: usize) -> String {
        format!("car-{:032x}", hide(self.seed, CREATION, u64::try_from(place).unwrap_or(u64::MAX)))
    }

    pub(super) fn creation_place(&self, id: &str) -> Option<usize> {
        let hidden = u128::from_str_radix(id.strip_prefix("car-")?, 16).ok()?;
        let place = usize::try_from(reveal(self.seed, CREATION, hidden)?).ok()?;
        (self.creation(place) == id).then_some(place)
    }

    /// The id of the so-manieth request, as a UUID.
    pub(super) fn request(&self, number: u64) -> String {
        let hex = format!("{:032x}", hide(self.seed, REQUEST, number));
        format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
    }

    /// Spreads a number of 40 bits over all of them, so that it can be found again.
    fn scatter(&self, tag: u64, number: u64) -> u64 {
        let (mut left, mut right) = (number >> HALF & MASK, number & MASK);
        for round in 0..ROUNDS {
            (left, right) = (right, left ^ (blend(&[self.seed, tag, round, right]) & MASK));
        }
        left << HALF | right
    }

    /// The number that was spread.
    fn gather(&self, tag: u64, hidden: u64) -> u64 {
        let (mut left, mut right) = (hidden >> HALF & MASK, hidden & MASK);
        for round in (0..ROUNDS).rev() {
            (left, right) = (right ^ (blend(&[self.seed, tag, round, left]) & MASK), left);
        }
        left << HALF | right
    }
}

/// Whether a text has the shape of an account's id.
pub(super) fn is_account(id: &str) -> bool {
    id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a text has the shape of a root's id.
pub(super) fn is_root(id: &str) -> bool {
    id.strip_prefix("r-").is_some_and(|rest| is_plain(rest, 4))
}

/// Whether a text has the shape of a unit's id.
pub(super) fn is_unit(id: &str) -> bool {
    let parts = id.strip_prefix("ou-").and_then(|rest| rest.split_once('-'));
    parts.is_some_and(|(stem, own)| is_plain(stem, 4) && is_plain(own, 8))
}

fn is_plain(text: &str, least: usize) -> bool {
    let plain = |byte: u8| byte.is_ascii_digit() || byte.is_ascii_lowercase();
    (least..=32).contains(&text.len()) && text.bytes().all(plain)
}

/// The last `length` base-36 digits of a number.
fn letters(mut number: u128, length: usize) -> String {
    let mut digits = vec![b'0'; length];
    for digit in digits.iter_mut().rev() {
        *digit = DIGITS[usize::try_from(number % 36).unwrap_or(0)];
        number /= 36;
    }
    digits.into_iter().map(char::from).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn ids_have_their_documented_shapes_and_tell_their_number() {
        for seed in 0..20 {
            let ids = Ids::new(seed);
            for number in [0, 1, 49, 999_999, 9_999_999, u32::MAX] {
                let account = ids.account(number);
                assert!(is_account(&account), "{account}");
                assert_eq!(ids.account_number(&account), Some(number));
            }
            for place in [1, 2, 30, 1_999] {
                let unit = ids.unit(place);
                assert!(is_unit(&unit), "{unit}");
                assert_eq!(ids.unit_place(&unit), Some(place));
                assert_eq!(ids.creation_place(&ids.creation(place)), Some(place));
            }
            assert!(is_root(&ids.unit(ROOT)));
            assert_eq!(ids.unit_place(&ids.unit(ROOT)), Some(ROOT));
        }
    }

    #[test]
    fn no_two_accounts_share_an_id() {
        let ids = Ids::new(3);
        let all: HashSet<String> = (0..100_000).map(|number| ids.account(number)).collect();
        assert_eq!(all.len(), 100_000);
    }

    #[test]
    fn texts_of_other_shapes_are_nobodys() {
        let ids = Ids::new(7);
        for bad in ["", "r-", "ou-", "ou-abcd-", "ou-abcd-zzzzzzzz", "ou-é-12345678", "x", "12345678901"] {
            assert_eq!(ids.unit_place(bad), None, "{bad}");
            assert_eq!(ids.account_number(bad), None, "{bad}");
        }
        assert_eq!(ids.request(1).len(), 36);
        assert_eq!(ids.organization().len(), 12);
    }
}
