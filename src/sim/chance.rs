//! Everything drawn comes from here: pure functions of the seed, so that the same run gives the same rows and faults.

/// Spreads one number over all 64 bits (the finalizer of `SplitMix64`): neighbours share nothing.
pub(super) fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// One number from several.
pub(super) fn blend(parts: &[u64]) -> u64 {
    parts.iter().fold(0, |sum, part| mix(sum ^ *part))
}

/// One number from a text (FNV-1a, then spread).
pub(super) fn digest(text: &str) -> u64 {
    let mut sum = 0xcbf2_9ce4_8422_2325_u64;
    for byte in text.bytes() {
        sum = (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    mix(sum)
}

/// Which of `many` a drawn number stands for; 0 if there is nothing to choose from.
pub(super) fn pick(drawn: u64, many: usize) -> usize {
    let many = u64::try_from(many).unwrap_or(1).max(1);
    usize::try_from(drawn % many).unwrap_or(0)
}

/// Whether an event of this probability happens for a drawn number.
pub(super) fn happens(drawn: u64, probability: f64) -> bool {
    let top = u32::try_from(drawn >> 32).unwrap_or(u32::MAX);
    f64::from(top) / 4_294_967_296.0 < probability
}

const ROUNDS: u64 = 4;

/// Hides a number behind 128 bits that look random and can be opened again: a small Feistel network over
/// (`number`, `tag`). No secret, only order without memory: a million ids cost no table.
pub(super) fn hide(seed: u64, tag: u64, number: u64) -> u128 {
    let (mut left, mut right) = (number, tag);
    for round in 0..ROUNDS {
        (left, right) = (right, left ^ blend(&[seed, round, right]));
    }
    (u128::from(left) << 64) | u128::from(right)
}

/// The number behind `hidden`, if it was hidden with this seed and tag.
pub(super) fn reveal(seed: u64, tag: u64, hidden: u128) -> Option<u64> {
    let mut left = u64::try_from(hidden >> 64).ok()?;
    let mut right = u64::try_from(hidden & u128::from(u64::MAX)).ok()?;
    for round in (0..ROUNDS).rev() {
        (left, right) = (right ^ blend(&[seed, round, left]), left);
    }
    (right == tag).then_some(left)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_hidden_is_revealed_only_with_its_seed_and_tag() {
        for number in [0, 1, 199, 1_000_000, u64::MAX] {
            let hidden = hide(7, 99, number);
            assert_eq!(reveal(7, 99, hidden), Some(number));
            assert_eq!(reveal(8, 99, hidden), None);
            assert_eq!(reveal(7, 98, hidden), None);
            assert_eq!(reveal(7, 99, hidden ^ 1), None);
        }
    }

    #[test]
    fn certainty_always_happens_and_nothing_never() {
        for drawn in [0, 1, u64::MAX, mix(5)] {
            assert!(happens(drawn, 1.0));
            assert!(!happens(drawn, 0.0));
        }
    }
}
