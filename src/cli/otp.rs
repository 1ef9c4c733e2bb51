//! `otp`: a one-time link into the web dashboard, opened in the browser or printed.

use serde::Serialize;

use super::args::{Format, OtpArgs};
use super::desk::{Desk, Opened};
use super::find;
use super::stop::{Stop, status};
use crate::config::Environment;
use crate::domain::{Protection, shown};
use crate::provider::Capability;
use crate::runtime::sign_in::{self, Terminal};

/// `otp [--open | --print]`.
pub(super) async fn run(desk: &Desk, args: &OtpArgs, environment: &Environment) -> Result<(), Stop> {
    let opened = desk.open()?;
    let it = match find::offering(&opened, Capability::SignIn)?[..] {
        [only] => only,
        ref several => {
            let names: Vec<String> = several.iter().map(|it| it.name().to_string()).collect();
            let words = format!("several connections have sign-in links ({}): name one with -c", names.join(", "));
            return Err(Stop::usage(words));
        }
    };
    refuse_read_only(desk, it)?;
    if args.print {
        return print(desk, it).await;
    }
    let find = sign_in::users_browser(environment.clone(), Terminal::Free);
    let done = sign_in::open(&*it.provider, &find).await.map_err(|why| Stop::failure(it.name(), &why))?;
    for line in done.lines() {
        desk.whisper(&line);
    }
    Ok(())
}

/// The JSON of a code, a contract.
#[derive(Serialize)]
struct CodeRow<'a> {
    connection: &'a str,
    code: &'a str,
    /// The page that takes it, and by which query parameter.
    page: &'a str,
    parameter: &'a str,
}

/// The code on stdout, once: alone, or as data of the form that is asked for.
async fn print(desk: &Desk, opened: &Opened) -> Result<(), Stop> {
    let link = sign_in::fetch(&*opened.provider).await.map_err(|why| Stop::failure(opened.name(), &why))?;
    for message in &link.messages {
        desk.whisper(&message.shown());
    }
    desk.whisper(&format!(
        "the code works once, for a short time, at {}?{}=CODE; it signs in to your primary account, as a password would",
        shown(&link.page),
        link.parameter
    ));
    let (connection, code) = (opened.name().as_str(), link.code.expose());
    let row = CodeRow { connection, code, page: &link.page, parameter: link.parameter };
    let mut out = desk.out();
    match desk.format() {
        Format::Table => out.whole(code)?,
        Format::Json => out.document(&row)?,
        Format::Ndjson => out.object(&row)?,
        Format::Csv => {
            out.csv(["connection", "code", "page", "parameter"].map(Into::into))?;
            out.csv([connection, code, &link.page, link.parameter].map(Into::into))?;
        }
    }
    Ok(out.flush()?)
}

/// Fetching a code writes nothing, but whoever has it may do everything in the dashboard.
fn refuse_read_only(desk: &Desk, opened: &Opened) -> Result<(), Stop> {
    if opened.protection != Protection::ReadOnly {
        return Ok(());
    }
    let why = if desk.common.read_only {
        "with --read-only".to_owned()
    } else if opened.connection.named {
        "at a read-only connection (protection = \"read-only\")".to_owned()
    } else {
        format!("at a connection from environment variables until {} names it", desk.paths.config.display())
    };
    let words = format!("{}: no code is fetched {why}: whoever signs in with it may do everything", opened.name());
    Err(Stop::new(status::PROTECTED, words))
}
