//! The words that made-up rows are put together from, for every provider: `assets/words.json`.

use serde::Deserialize;

use super::SimError;
use super::chance::{blend, pick};

const TEXT: &str = include_str!("../../assets/words.json");

/// The word lists.
#[derive(Debug, Deserialize)]
pub(super) struct Words {
    plain: Plain,
    scripts: Vec<Script>,
    places: Vec<Place>,
}

#[derive(Debug, Deserialize)]
struct Plain {
    first: Vec<String>,
    second: Vec<String>,
    last: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Script {
    country: String,
    first: Vec<String>,
    second: Vec<String>,
    join: String,
}

#[derive(Debug, Deserialize)]
struct Place {
    country: String,
    phone: String,
    address: Vec<String>,
}

impl Words {
    /// Reads the embedded lists.
    pub(super) fn load(provider: &'static str) -> Result<Self, SimError> {
        serde_json::from_str(TEXT).map_err(|error| SimError::Demo { provider, reason: error.to_string() })
    }

    /// The name of row `number`: even rows are plain ASCII letters, digits, spaces and hyphens, so that at least half
    /// of the names are, at every size; odd rows are in one of many scripts.
    pub(super) fn name(&self, seed: u64, number: u32) -> String {
        let drawn = blend(&[seed, u64::from(number), 11]);
        if number % 2 == 1 {
            let script = &self.scripts[pick(drawn, self.scripts.len())];
            let rest = blend(&[drawn, 1]);
            let first = choose(&script.first, rest);
            let second = choose(&script.second, blend(&[rest, 2]));
            return format!("{first}{}{second}", script.join);
        }
        let rest = blend(&[drawn, 3]);
        let first = choose(&self.plain.first, rest);
        let second = choose(&self.plain.second, blend(&[rest, 4]));
        let last = choose(&self.plain.last, blend(&[rest, 5]));
        let gap = if last.is_empty() { "" } else { " " };
        // In a large inventory two words are not enough to tell rows apart; companies number their accounts too.
        if number >= 1_000 && drawn.is_multiple_of(3) {
            return format!("{first} {second}{gap}{last}-{:02}", rest % 100);
        }
        format!("{first} {second}{gap}{last}")
    }

    /// A phone number and an address of a row's country.
    pub(super) fn whereabouts(&self, seed: u64, number: u32) -> (String, String) {
        let drawn = blend(&[seed, u64::from(number), 11]);
        let country =
            if number % 2 == 1 { self.scripts[pick(drawn, self.scripts.len())].country.as_str() } else { "US" };
        let place = self.places.iter().find(|place| place.country == country);
        let place = place.unwrap_or(&self.places[0]);
        let phone = format!("{} {:04}", place.phone, drawn % 10_000);
        (phone, choose(&place.address, drawn).to_owned())
    }
}

fn choose(list: &[String], drawn: u64) -> &str {
    list.get(pick(drawn, list.len())).map_or("", String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn even_rows_are_plain_and_no_row_is_nameless() {
        let words = Words::load("test").unwrap();
        for number in 0..5_000 {
            let name = words.name(1, number);
            assert!(!name.trim().is_empty() && name.chars().count() <= 100);
            let plain = |c: char| c.is_ascii_alphanumeric() || c == ' ' || c == '-';
            assert!(number % 2 == 1 || name.chars().all(plain), "{name}");
        }
    }

    #[test]
    fn every_script_has_a_place() {
        let words = Words::load("test").unwrap();
        for script in &words.scripts {
            assert!(words.places.iter().any(|place| place.country == script.country));
        }
    }
}
