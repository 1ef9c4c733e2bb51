//! Canonical Landscape: the REST half (`/api/v2`) and the legacy half (`/api/?action=…`), as its documentation, its web
//! interface and that one's tests describe them. The server's code is closed; what is left open is in `open`, and each
//! fact's source stands where it is used.
//!
//! Two services: one with many accounts of one user, and a self-hosted one that has neither account nor user yet.
//! Packages, scripts, profiles, activities and alerts are not simulated.

mod access;
mod accounts;
mod body;
mod computers;
mod demo;
mod groups;
mod legacy;
mod licenses;
mod names;
mod open;
mod operation;
mod person;
mod preferences;
mod problem;
mod query;
mod roles;
mod rows;
mod session;
mod signature;
mod site;
mod store;
mod team;
mod token;

use super::credential::{EMAIL, Kind, PASSWORD};
use super::limits::Usage;
use super::request::{Answer, Ask, Payer, Provider, Refusal, is_under};
use super::{Entry, SimError, World};

use site::Site;

/// Landscape's line in the list of providers.
pub(super) const ENTRY: Entry =
    Entry { name: "landscape", assumptions: open::ALL, open: |world| Ok(Box::new(Landscape::open(world)?)) };

/// Where the service with accounts is.
const MOUNT: &str = "/landscape";
/// Where the self-hosted one is.
const NEW: &str = "/landscape-new";

/// The two simulated services.
struct Landscape {
    hosted: Site,
    new: Site,
}

impl Landscape {
    fn open(world: &World) -> Result<Self, SimError> {
        Ok(Self { hosted: Site::open(world, MOUNT, false)?, new: Site::open(world, NEW, true)? })
    }

    fn site(&self, ask: &Ask) -> &Site {
        if ask.mount == NEW { &self.new } else { &self.hosted }
    }
}

impl Provider for Landscape {
    fn mount(&self, path: &str) -> Option<&'static str> {
        [MOUNT, NEW].into_iter().find(|mount| is_under(path, mount))
    }

    fn connection(&self, origin: &str) -> String {
        format!(
            "[connections.landscape]\nprovider = \"landscape\"\nbase_url = \"{origin}{MOUNT}/api/v2\"\n\
             protection = \"confirm\"\nemail = \"{EMAIL}\"\npassword = \"{PASSWORD}\"\n\n\
             [connections.landscape-new]\nprovider = \"landscape\"\nbase_url = \"{origin}{NEW}/api/v2\"\n\
             protection = \"confirm\"\n"
        )
    }

    fn credential(&self, ask: &Ask) -> Kind {
        site::credential(ask)
    }

    /// No document speaks of a limit.
    fn payer(&self, _: &Ask) -> Option<Payer> {
        None
    }

    fn budget(&self, _: &Usage) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    fn answer(&self, ask: &Ask) -> Answer {
        self.site(ask).answer(ask)
    }

    fn refuse(&self, ask: &Ask, refusal: Refusal) -> Answer {
        self.site(ask).refuse(ask, refusal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_path_has_its_service_and_no_limits() {
        let choices = std::sync::Arc::new(crate::sim::assume::Choices::new(1, &[]));
        let landscape = Landscape::open(&World { seed: 1, accounts: 8, choices, lags: false }).unwrap();
        assert_eq!(landscape.mount("/landscape/api/v2/login"), Some(MOUNT));
        assert_eq!(landscape.mount("/landscape-new/api/"), Some(NEW));
        assert_eq!(landscape.mount("/landscapes"), None);
        let config: toml::Table = landscape.connection("http://127.0.0.1:1").parse().unwrap();
        assert_eq!(config["connections"]["landscape-new"].as_table().unwrap().len(), 3);
        assert_eq!(config["connections"]["landscape"]["password"].as_str(), Some(PASSWORD));
    }
}
