//! `auth logout`: takes the credential out of a connection, and removes what `auth login` stored of it.

use super::desk::Desk;
use super::stop::Stop;
use crate::config::{Connection, Editor, Environment, Gone, Source, Store, nearest};
use crate::domain::{ConnectionName, shown};
use crate::runtime::connect;

pub(super) async fn run(desk: &Desk, environment: &Environment) -> Result<(), Stop> {
    let known = connect::known();
    let mut left: Option<Stop> = None;
    for connection in chosen(desk)? {
        let name = shown(connection.name.as_str()).into_owned();
        if !connection.named {
            let words = format!(
                "{name} is no connection of the config: it comes from {}, unset that",
                connection.credentials.words()
            );
            return Err(Stop::usage(words));
        }
        let Some(facts) = known.iter().find(|facts| facts.id == connection.provider.as_str()) else { continue };
        // First the config: a secret that nobody names any more does less harm than a name without its secret.
        let editor = Editor { path: &desk.paths.config, environment, known: &known };
        editor.sign_out(&connection.name, facts)?;
        let store = Store { config: &desk.paths.config, connection: &connection.name, environment };
        for (field, source) in connection.credentials.fields() {
            if is_shared(desk, connection, source) {
                desk.whisper(&format!("{name}: {} is left: another connection uses it", source.words()));
                continue;
            }
            match store.remove(field, source).await {
                Ok(Gone::Removed) => desk.whisper(&format!("{name}: {field} is removed from {}", source.words())),
                Ok(Gone::Left) => {
                    desk.whisper(&format!("{name}: {} is left as it is: not this program's", source.words()));
                }
                // The others go all the same.
                Err(failure) => {
                    let mut stop = Stop::failure(&connection.name, &failure);
                    stop.words.push(format!(
                        "{name} is signed out all the same; {field} is still in {}: remove it there",
                        source.words()
                    ));
                    left = Some(match left {
                        Some(before) => before.and(stop),
                        None => stop,
                    });
                }
            }
        }
        if connection.credentials.whole().is_some() {
            desk.whisper(&format!("{name}: {} is left as it is: not this program's", connection.credentials.words()));
        }
        desk.whisper(&format!(
            "signed out: {name} is switched off, its settings stay; what is kept of it: acctui forget -c {name}"
        ));
    }
    left.map_or(Ok(()), Err)
}

/// The connections that -c names; the only one, where there is one.
fn chosen(desk: &Desk) -> Result<Vec<&Connection>, Stop> {
    let names: Vec<&str> = desk.config.connections.iter().map(|connection| connection.name.as_str()).collect();
    let wanted = &desk.common.connections;
    if wanted.is_empty() {
        return match desk.config.connections.as_slice() {
            [] => Err(Stop::usage("there is no connection to sign out of")),
            [only] => Ok(vec![only]),
            _ => Err(Stop::usage(format!("name a connection with -c: there are {}", names.join(", ")))),
        };
    }
    let find = |name: &String| {
        desk.config.connection(&ConnectionName::new(name)).ok_or_else(|| {
            let hint = match nearest(name, names.iter().copied()) {
                Some(near) => format!("did you mean {near}?"),
                None => format!("there are {}", names.join(", ")),
            };
            Stop::usage(format!("no connection is named {} ({hint})", shown(name)))
        })
    };
    wanted.iter().map(find).collect()
}

/// Whether another connection has the same source.
fn is_shared(desk: &Desk, connection: &Connection, source: &Source) -> bool {
    let others = desk.config.connections.iter().filter(|other| other.name != connection.name);
    others.flat_map(|other| other.credentials.fields()).any(|(_, there)| there == source)
}
