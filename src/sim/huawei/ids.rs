//! Ids, shaped as documented, that tell their number again without a table.

use crate::sim::chance::{blend, hide, reveal};

use super::rows::ROOT;

const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
/// How many base-36 digits 128 bits need.
const WHOLE: usize = 25;

/// The tags that keep numbers of different kinds apart.
const ACCOUNT: u64 = 0xacc4;
const UNIT: u64 = 0x0004;
const CREATION: u64 = 0xc4ea;
const HANDSHAKE: u64 = 0x4a5d;
const POLICY: u64 = 0x0907;
const FOREIGN: u64 = 0xf04e;
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

    /// 32 hexadecimal digits, as account ids are in practice.
    pub(super) fn account(&self, number: u32) -> String {
        format!("{:032x}", hide(self.seed, ACCOUNT, u64::from(number)))
    }

    pub(super) fn account_number(&self, id: &str) -> Option<u32> {
        let hidden = u128::from_str_radix(id, 16).ok()?;
        let number = u32::try_from(reveal(self.seed, ACCOUNT, hidden)?).ok()?;
        (self.account(number) == id).then_some(number)
    }

    /// `r-` and 12 letters and digits, or `ou-` and 28 (documented: up to 32).
    pub(super) fn unit(&self, place: usize) -> String {
        if place == ROOT {
            return format!("r-{}", letters(blend(&[self.seed, UNIT]).into(), 12));
        }
        format!("ou-{}", self.long(UNIT, place, 28))
    }

    pub(super) fn unit_place(&self, id: &str) -> Option<usize> {
        if id == self.unit(ROOT) {
            return Some(ROOT);
        }
        let place = self.short(UNIT, id.strip_prefix("ou-")?)?;
        (place != ROOT && self.unit(place) == id).then_some(place)
    }

    /// `o-` and 32 letters and digits.
    pub(super) fn organization(&self) -> String {
        format!("o-{}", self.long(UNIT, ROOT, 32))
    }

    /// `h-` and 32 letters and digits.
    pub(super) fn creation(&self, place: usize) -> String {
        format!("h-{}", self.long(CREATION, place, 32))
    }

    pub(super) fn creation_place(&self, id: &str) -> Option<usize> {
        let place = self.short(CREATION, id.strip_prefix("h-")?)?;
        (self.creation(place) == id).then_some(place)
    }

    /// `h-` and 32 letters and digits.
    pub(super) fn handshake(&self, place: usize) -> String {
        format!("h-{}", self.long(HANDSHAKE, place, 32))
    }

    pub(super) fn handshake_place(&self, id: &str) -> Option<usize> {
        let place = self.short(HANDSHAKE, id.strip_prefix("h-")?)?;
        (self.handshake(place) == id).then_some(place)
    }

    /// `p-` and 32 letters and digits.
    pub(super) fn policy(&self, place: usize) -> String {
        format!("p-{}", self.long(POLICY, place, 32))
    }

    pub(super) fn policy_place(&self, id: &str) -> Option<usize> {
        let place = self.short(POLICY, id.strip_prefix("p-")?)?;
        (self.policy(place) == id).then_some(place)
    }

    /// The organization and the management account that sent a received invitation.
    pub(super) fn foreign(&self, place: usize) -> (String, String) {
        let number = u64::try_from(place).unwrap_or(u64::MAX);
        (format!("o-{}", self.long(FOREIGN, place, 32)), format!("{:032x}", hide(self.seed, FOREIGN, number)))
    }

    /// The id of the so-manieth request.
    pub(super) fn request(&self, number: u64) -> String {
        format!("{:032x}", hide(self.seed, REQUEST, number))
    }

    /// A number's digits after so many others that make the id long enough.
    fn long(&self, tag: u64, place: usize, length: usize) -> String {
        let number = u64::try_from(place).unwrap_or(u64::MAX);
        let filling = letters(blend(&[self.seed, tag, number]).into(), length.saturating_sub(WHOLE));
        format!("{filling}{}", letters(hide(self.seed, tag, number), WHOLE))
    }

    fn short(&self, tag: u64, digits: &str) -> Option<usize> {
        let start = digits.len().checked_sub(WHOLE)?;
        let hidden = u128::from_str_radix(digits.get(start..)?, 36).ok()?;
        usize::try_from(reveal(self.seed, tag, hidden)?).ok()
    }
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
    use super::*;

    #[test]
    fn ids_have_their_documented_shapes_and_tell_their_number() {
        let ids = Ids::new(7);
        let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_lowercase());
        for place in [1, 2, 30, 999] {
            let unit = ids.unit(place);
            let rest = unit.strip_prefix("ou-").unwrap();
            assert!(plain(rest) && (8..=32).contains(&rest.len()), "{unit}");
            assert_eq!(ids.unit_place(&unit), Some(place));
            assert_eq!(ids.creation_place(&ids.creation(place)), Some(place));
            assert_eq!(ids.handshake_place(&ids.creation(place)), None);
            assert_eq!(ids.policy_place(&ids.policy(place)), Some(place));
        }
        let root = ids.unit(ROOT);
        let rest = root.strip_prefix("r-").unwrap();
        assert!(plain(rest) && (4..=32).contains(&rest.len()), "{root}");
        assert_eq!(ids.unit_place(&root), Some(ROOT));
        assert_eq!(ids.organization().len(), 34);
        let account = ids.account(12);
        assert_eq!(ids.account_number(&account), Some(12));
        assert_eq!(ids.account_number(&account.to_uppercase()), None);
        for bad in ["", "ou-", "ou-é", "ou-zzzzzzzzzzzzzzzzzzzzzzzzzzzz", "x"] {
            assert_eq!(ids.unit_place(bad), None, "{bad}");
        }
    }
}
