//! Assumptions: what the providers' documents leave open, as data. Each has a name, two or more values (the likeliest
//! first) and a sentence; the values in force are fixed when the simulator starts.

use std::str::FromStr;

use super::chance::{blend, digest, pick};
use super::parse::SpecError;
use super::{Options, PROVIDERS};

/// One thing that a provider's documents leave open.
#[derive(Debug, PartialEq, Eq)]
pub struct Assumption {
    /// `provider.what`, as in `--assume NAME=VALUE`.
    pub name: &'static str,
    /// What may be; the first, likeliest one holds by default.
    pub values: &'static [&'static str],
    /// What it is about, in a sentence.
    pub sentence: &'static str,
}

/// Makes a provider's assumptions: its name, then a line each, `CONSTANT = "what": ["likeliest", "other"], "Sentence.";`
/// and the list `ALL` of them.
macro_rules! open_questions {
    ($provider:literal, $($constant:ident = $name:literal: [$($value:literal),+ $(,)?], $sentence:literal;)+) => {
        $(
            #[doc = concat!("`", $name, "`")]
            pub(super) const $constant: &$crate::sim::Assumption = &$crate::sim::Assumption {
                name: concat!($provider, ".", $name),
                values: &[$($value),+],
                sentence: $sentence,
            };
        )+
        /// All of them.
        pub(super) const ALL: &[&$crate::sim::Assumption] = &[$($constant),+];
    };
}
pub(super) use open_questions;

/// Every assumption of every provider.
#[must_use]
pub fn assumptions() -> Vec<&'static Assumption> {
    PROVIDERS.iter().flat_map(|entry| entry.assumptions.iter().copied()).collect()
}

/// One `--assume` value: `NAME=VALUE` fixes one assumption, `seed` draws all the others from the seed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assume(Chosen);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Chosen {
    Drawn,
    Fixed { name: &'static str, value: &'static str },
}

impl FromStr for Assume {
    type Err = SpecError;

    fn from_str(text: &str) -> Result<Self, SpecError> {
        if text == "seed" {
            return Ok(Self(Chosen::Drawn));
        }
        let Some((name, value)) = text.split_once('=') else {
            return Err(SpecError::new(text, everything()));
        };
        let Some(known) = assumptions().into_iter().find(|known| known.name == name) else {
            return Err(SpecError::new(text, everything()));
        };
        let Some(value) = known.values.iter().find(|known| **known == value) else {
            let accepted = format!("{name} is one of {} ({})", known.values.join(", "), known.sentence);
            return Err(SpecError::new(text, accepted));
        };
        Ok(Self(Chosen::Fixed { name: known.name, value }))
    }
}

/// The list of all assumptions for an error message, one a line.
fn everything() -> String {
    let mut text = String::from("an assumption is `seed` or NAME=VALUE, one of");
    for known in assumptions() {
        text.push_str("\n  ");
        text.push_str(known.name);
        text.push('=');
        text.push_str(&known.values.join("|"));
        text.push_str("  ");
        text.push_str(known.sentence);
    }
    text
}

/// The name and value of every assumption under these options, drawn ones included: who checks what the simulator answers
/// can say what to expect.
#[must_use]
pub fn in_force(options: &Options) -> Vec<(&'static str, &'static str)> {
    let choices = Choices::new(options.seed, &options.assume);
    assumptions().into_iter().map(|assumption| (assumption.name, choices.of(assumption))).collect()
}

/// The values in force.
#[derive(Debug)]
pub(super) struct Choices {
    seed: u64,
    drawn: bool,
    fixed: Vec<(&'static str, &'static str)>,
}

impl Choices {
    /// The values that `assume` leads to under this seed.
    pub(super) fn new(seed: u64, assume: &[Assume]) -> Self {
        let mut choices = Self { seed, drawn: false, fixed: Vec::new() };
        for one in assume {
            match one.0 {
                Chosen::Drawn => choices.drawn = true,
                Chosen::Fixed { name, value } => choices.fixed.push((name, value)),
            }
        }
        choices
    }

    /// The value in force: the last one fixed, else the drawn one, else the likeliest.
    pub(super) fn of(&self, assumption: &Assumption) -> &'static str {
        let fixed = self.fixed.iter().rev().find(|(name, _)| *name == assumption.name);
        if let Some((_, value)) = fixed {
            return value;
        }
        let place = if self.drawn {
            let drawn = blend(&[self.seed, digest(assumption.name)]);
            pick(drawn, assumption.values.len())
        } else {
            0
        };
        assumption.values[place]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_assumption_has_a_name_of_its_own_a_choice_and_a_sentence() {
        let all = assumptions();
        for (place, one) in all.iter().enumerate() {
            assert!(one.values.len() >= 2, "{}", one.name);
            assert!(one.sentence.ends_with('.'), "{}", one.name);
            assert!(all[..place].iter().all(|other| other.name != one.name), "{}", one.name);
            for value in one.values {
                assert!(format!("{}={value}", one.name).parse::<Assume>().is_ok());
            }
        }
    }

    #[test]
    fn an_unknown_name_or_value_is_an_error_that_lists_what_there_is() {
        let name = "nothing=1".parse::<Assume>().unwrap_err().to_string();
        assert!(assumptions().iter().all(|one| name.contains(one.name)), "{name}");
        let one = assumptions()[0];
        let value = format!("{}=nothing", one.name).parse::<Assume>();
        let value = value.unwrap_err().to_string();
        assert!(one.values.iter().all(|known| value.contains(known)), "{value}");
    }

    #[test]
    fn a_fixed_value_wins_over_a_drawn_one() {
        let one = assumptions()[0];
        for value in one.values {
            let assume = [format!("{}={value}", one.name).parse().unwrap(), "seed".parse().unwrap()];
            for seed in 0..8 {
                assert_eq!(Choices::new(seed, &assume).of(one), *value);
            }
        }
        assert_eq!(Choices::new(3, &[]).of(one), one.values[0]);
    }
}
