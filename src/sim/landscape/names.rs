//! Names that look random and can be opened again, so that no table of them is needed: account names such as
//! `8xag1afp`, access keys, and the secret ids of invitations.

use crate::sim::chance::{self, blend};

/// 32 letters and digits, one for five bits.
const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
/// Half of the 40 bits of a name.
const HALF: u32 = 20;
const MASK: u64 = (1 << HALF) - 1;
const ROUNDS: u64 = 4;
const NAME: usize = 8;
/// The tag of invitations.
const INVITATION: u64 = 0x1a57;

fn round(seed: u64, round: u64, half: u64) -> u64 {
    blend(&[seed, 0x1a5d, round, half]) & MASK
}

/// The machine name of account `number`: eight letters and digits (Landscape's sample: `8xag1afp`).
pub(super) fn hide(seed: u64, number: u32) -> String {
    let (mut left, mut right) = (u64::from(number) >> HALF, u64::from(number) & MASK);
    for at in 0..ROUNDS {
        (left, right) = (right, left ^ round(seed, at, right));
    }
    let bits = (left << HALF) | right;
    (0..NAME).map(|place| letter(bits >> (5 * place))).collect()
}

/// The number behind a machine name.
pub(super) fn reveal(seed: u64, name: &str) -> Option<u32> {
    if name.len() != NAME {
        return None;
    }
    let mut bits = 0;
    for (place, byte) in name.bytes().enumerate() {
        let value = LETTERS.iter().position(|one| *one == byte)?;
        bits |= u64::try_from(value).ok()? << (5 * place);
    }
    let (mut left, mut right) = (bits >> HALF, bits & MASK);
    for at in (0..ROUNDS).rev() {
        (left, right) = (right ^ round(seed, at, left), left);
    }
    u32::try_from((left << HALF) | right).ok()
}

fn letter(bits: u64) -> char {
    char::from(LETTERS[usize::try_from(bits & 31).unwrap_or(0)])
}

fn letters(drawn: u64, many: usize) -> String {
    (0..many).map(|place| letter(blend(&[drawn, u64::try_from(place).unwrap_or(0)]))).collect()
}

/// The access key of an account, 20 characters, and its secret, 40 (vendor's Python client); `keys` counts how often
/// they were made anew.
pub(super) fn credentials(seed: u64, number: u32, keys: u32) -> (String, String) {
    let drawn = blend(&[seed, u64::from(number), u64::from(keys), 71]);
    let key = format!("{}{}", hide(seed, number), letters(drawn, 12)).to_ascii_uppercase();
    (key, letters(blend(&[drawn, 72]), 40))
}

/// The account that an access key is of, if it was made here.
pub(super) fn account_of_key(seed: u64, key: &str) -> Option<u32> {
    let name = key.get(..NAME)?;
    reveal(seed, &name.to_ascii_lowercase())
}

/// The secret id of an invitation.
pub(super) fn invitation(seed: u64, account: u32, id: u32) -> String {
    format!("{:032x}", chance::hide(seed, INVITATION, (u64::from(account) << 32) | u64::from(id)))
}

/// The account and the number of the invitation with this secret id.
pub(super) fn invited(seed: u64, secure: &str) -> Option<(u32, u32)> {
    let hidden = u128::from_str_radix(secure, 16).ok().filter(|_| secure.len() == 32)?;
    let number = chance::reveal(seed, INVITATION, hidden)?;
    Some((u32::try_from(number >> 32).ok()?, u32::try_from(number & 0xffff_ffff).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_hidden_is_revealed() {
        for number in [0, 1, 49, 9_999, 10_000_000, u32::MAX] {
            let name = hide(1, number);
            assert_eq!((name.len(), reveal(1, &name)), (8, Some(number)));
            let (key, secret) = credentials(1, number, 2);
            assert_eq!((key.len(), secret.len(), account_of_key(1, &key)), (20, 40, Some(number)));
            assert_eq!(invited(1, &invitation(1, number, 3)), Some((number, 3)));
        }
        assert_eq!(reveal(1, "Not-ours"), None);
        assert_eq!(account_of_key(1, "é"), None);
        assert_eq!(invited(1, "zz"), None);
    }
}
