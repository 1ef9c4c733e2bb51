//! `--accounts`: how many accounts each provider holds at the start.

use std::str::FromStr;

use super::PROVIDERS;
use super::parse::SpecError;

/// The number of accounts when nothing is said.
const DEFAULT: u32 = 200;
/// More than this is refused: ten times the largest inventory that the program is made for.
const MOST: u32 = 10_000_000;

/// One `--accounts` value: `N` for all (the first provider holds N, each other one N/4, at least 8, at most 2,000), or
/// `provider=N` for one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountsSpec {
    provider: Option<&'static str>,
    count: u32,
}

impl FromStr for AccountsSpec {
    type Err = SpecError;

    fn from_str(text: &str) -> Result<Self, SpecError> {
        let wrong = || {
            let names: Vec<&str> = PROVIDERS.iter().map(|entry| entry.name).collect();
            SpecError::new(
                text,
                format!("accounts are N or PROVIDER=N, with N up to {MOST} and PROVIDER one of {}", names.join(", ")),
            )
        };
        let (provider, number) = match text.split_once('=') {
            None => (None, text),
            Some((name, number)) => {
                let known = PROVIDERS.iter().find(|entry| entry.name == name);
                (Some(known.ok_or_else(wrong)?.name), number)
            }
        };
        let count: u32 = number.parse().map_err(|_| wrong())?;
        if count > MOST {
            return Err(wrong());
        }
        Ok(Self { provider, count })
    }
}

/// How many accounts `provider` holds under these specs; of several that speak of it, the last one holds, and one that
/// names it holds before those that name none.
pub(super) fn accounts_of(provider: &'static str, specs: &[AccountsSpec]) -> u32 {
    let named = specs.iter().rev().find(|spec| spec.provider == Some(provider));
    if let Some(spec) = named {
        return spec.count;
    }
    let general = specs.iter().rev().find(|spec| spec.provider.is_none());
    let count = general.map_or(DEFAULT, |spec| spec.count);
    if provider == PROVIDERS[0].name { count } else { (count / 4).clamp(8, 2_000) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_spec_that_names_a_provider_wins() {
        let specs: Vec<AccountsSpec> = ["50", "cloudflare=7", "60"].iter().map(|text| text.parse().unwrap()).collect();
        assert_eq!(accounts_of("cloudflare", &specs), 7);
        assert_eq!(accounts_of("cloudflare", &specs[..1]), 50);
        assert_eq!(accounts_of("cloudflare", &[]), 200);
        assert_eq!(accounts_of("another", &[]), 50);
        assert_eq!(accounts_of("another", &["10".parse().unwrap()]), 8);
    }

    #[test]
    fn a_wrong_spec_says_what_is_accepted() {
        for bad in ["", "x", "-1", "nowhere=5", "cloudflare=", "99999999999"] {
            let error = bad.parse::<AccountsSpec>().unwrap_err().to_string();
            assert!(error.contains("PROVIDER=N") && error.contains("cloudflare"), "{error}");
        }
    }
}
