//! The command line: the headless commands, one file each, and the way into the browser.
//!
//! Data on stdout, words on stderr; a command that succeeds writes nothing to stderr off a terminal unless `-v` is
//! given; errors are JSON where data is. Exit statuses are in `stop`.

mod accounts;
mod accounts_write;
mod args;
mod auth;
mod browser;
mod columns;
mod complete;
mod config;
mod confirm;
mod desk;
mod doctor;
mod edit;
mod extra;
mod find;
mod forest;
mod forget;
mod hierarchy;
mod history;
mod journal;
mod kept;
mod list;
mod login;
mod logout;
mod manual;
mod organizations;
mod organizations_write;
mod otp;
mod out;
mod pages;
mod planned;
mod profile;
mod progress;
mod prompt;
mod results;
mod rows;
mod serve;
mod set;
mod sheet;
mod show;
mod signals;
mod stdin;
mod stop;
mod switch;
mod sync;
mod targets;
mod wire;
mod wish;
mod write;

use std::ffi::OsString;
use std::io::Write as _;
use std::sync::atomic::Ordering;

use clap::Parser as _;
use color_eyre::eyre::WrapErr as _;
use futures::future::{LocalBoxFuture, ready};
use tokio::signal::unix::SignalKind;

use self::args::{AuthCommand, Cli, Command, Common, End, Format, OrgCommand};
use self::desk::{Desk, say};
use self::profile::Of;
use self::signals::Signals;
use self::stop::{Stop, status};
use crate::config::Environment;
use crate::domain::Signal;

/// Runs a command line; the exit status.
///
/// # Errors
/// What no command can answer for: no async runtime, no signal handlers, no terminal.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> color_eyre::Result<i32> {
    if manual::answered() {
        return Ok(status::OK);
    }
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let cli = match Cli::try_parse_from(&arguments) {
        Ok(cli) => cli,
        Err(error) => {
            if error.use_stderr() && manual::asks_for_json(&arguments) {
                let text = error.render().to_string();
                let lines = text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned);
                let stop = Stop { code: error.exit_code(), words: lines.collect(), ..Stop::default() };
                tell(&stop, Format::Json);
            } else {
                // Help and version are data, mistakes are words; a closed pipe is nobody's mistake.
                let _ = error.print();
            }
            return Ok(error.exit_code());
        }
    };
    // A core file would hold the credentials. Where that can't be asked for, the system's own limit holds.
    let none = rustix::process::Rlimit { current: Some(0), maximum: Some(0) };
    let _ = rustix::process::setrlimit(rustix::process::Resource::Core, none);
    let environment = Environment::read();
    // It fails only if there is one already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .wrap_err("starting the async runtime")?;
    let code = runtime.block_on(dispatch(cli, &environment));
    // Reads that nobody waits for any more must not hold up the end.
    runtime.shutdown_background();
    code
}

async fn dispatch(cli: Cli, environment: &Environment) -> color_eyre::Result<i32> {
    let Cli { common, fresh, command } = cli;
    let format = common.output;
    let result = match command {
        None => browser::run(&common, fresh, environment).await?,
        Some(Command::Demo(demo)) => browser::demonstrate(&common, &demo, environment).await?,
        Some(_) if fresh => Err(Stop::usage("--fresh is about the browser: no command brings anything back")),
        Some(Command::Sim(sim)) => {
            let mut signals = Signals::listen()?;
            let (tell, told) = tokio::sync::oneshot::channel();
            let stop = async move {
                let _ = tell.send(signals.next().await);
            };
            match serve::sim(&sim, stop).await {
                Ok(()) => Ok(told.await.map_or(status::OK, signals::exit_status)),
                Err(stop) => Err(stop),
            }
        }
        Some(Command::Completions { shell }) => manual::completions(shell).map(|()| status::OK),
        Some(Command::Man { dir }) => manual::man(dir.as_deref()).map(|()| status::OK),
        Some(Command::Doctor(doctor)) if !doctor.wire => doctor::run(common, environment).await.map(|()| status::OK),
        // It looks at files that other commands can't do with.
        Some(Command::Config(what)) => config::run(&common, what, environment),
        Some(command) => headless(common, &command, environment).await?,
    };
    Ok(result.unwrap_or_else(|stop| {
        tell(&stop, format);
        stop.code
    }))
}

/// Says on stderr why a command ended, and in the log.
fn tell(stop: &Stop, format: Format) {
    for words in &stop.words {
        tracing::error!(exit = stop.code, "{words}");
    }
    let mut stderr = std::io::stderr().lock();
    for line in stop.said(format) {
        // If nobody hears it, nothing can be done about it.
        let _ = writeln!(stderr, "{line}");
    }
}

/// Runs a headless command until it ends or a signal ends it. A change on its way is waited for once.
async fn headless(
    common: Common,
    command: &Command,
    environment: &Environment,
) -> color_eyre::Result<Result<i32, Stop>> {
    // It makes the config file that was asked for.
    let desk = if matches!(command, Command::Auth(AuthCommand::Login(_))) {
        Desk::to_write_config(common, environment)
    } else {
        Desk::new(common, environment)
    };
    let desk = match desk {
        Ok(desk) => desk,
        Err(stop) => return Ok(Err(stop)),
    };
    let mut signals = Signals::listen()?;
    let mut work = perform(&desk, command, environment);
    let mut warned = None;
    loop {
        tokio::select! {
            done = &mut work => {
                desk.flush().await;
                return Ok(match (done, warned) {
                (Ok(()), _) => Ok(status::OK),
                // Stopped in between: the signal is why not all was sent.
                (Err(stop), Some(signal)) if stop.code != status::UNKNOWN => {
                    Err(Stop { code: signals::exit_status(signal), ..stop })
                }
                (Err(stop), _) => Err(stop),
            });
            },
            signal = signals.next() => {
                // Ctrl-c in an editor is the editor's, and comes to the whole terminal.
                if signal == SignalKind::interrupt() && desk.lent.load(Ordering::SeqCst) {
                    continue;
                }
                if warned.is_some() || !desk.writing.load(Ordering::SeqCst) {
                    desk.flush().await;
                    return Ok(Ok(signals::exit_status(signal)));
                }
                warned = Some(signal);
                desk.gate.set(Signal::Stop);
                say("a change is on its way; waiting for its outcome, nothing more is sent (once more leaves at once)");
            }
        }
    }
}

/// A command's own work. One future on the heap: the states of all commands side by side would be what each of them takes.
fn perform<'d>(
    desk: &'d Desk,
    command: &'d Command,
    environment: &'d Environment,
) -> LocalBoxFuture<'d, Result<(), Stop>> {
    match command {
        Command::List(args) => Box::pin(list::run(desk, args)),
        Command::Show { id, extras, fresh } => {
            Box::pin(async move { show::account(desk, id, &extras.wanted(), fresh.into()).await })
        }
        Command::Lineage { id, fresh, view } => Box::pin(show::lineage(desk, id, fresh.into(), view)),
        Command::Tree { org, fresh, view } => Box::pin(hierarchy::run(desk, org.as_deref(), fresh.into(), view)),
        Command::Profile(args) => Box::pin(profile::run(desk, args, Of::Any)),
        Command::Org(OrgCommand::List { view, fresh }) => Box::pin(organizations::list(desk, view, fresh.into())),
        Command::Org(OrgCommand::Show { id, fresh }) => Box::pin(organizations::show(desk, id, fresh.into())),
        Command::Org(OrgCommand::Accounts { id, fresh, view, remote }) => {
            Box::pin(list::of_organization(desk, id, fresh.into(), view, remote))
        }
        Command::Org(OrgCommand::Profile(args)) => Box::pin(profile::run(desk, args, Of::Organization)),
        Command::Org(OrgCommand::Create(args)) => Box::pin(organizations_write::create(desk, args)),
        Command::Org(OrgCommand::Rename(args)) => Box::pin(organizations_write::rename(desk, args)),
        Command::Org(OrgCommand::Delete(args)) => Box::pin(organizations_write::delete(desk, args)),
        Command::Create(args) => Box::pin(accounts_write::create(desk, args)),
        Command::Standalone(args) => Box::pin(accounts_write::standalone(desk, args)),
        Command::Update(args) => Box::pin(accounts_write::update(desk, args)),
        Command::Move(args) => Box::pin(accounts_write::relocate(desk, args)),
        Command::Delete(args) => Box::pin(accounts_write::finish(desk, End::Delete, args)),
        Command::Close(args) => Box::pin(accounts_write::finish(desk, End::Close, args)),
        Command::Remove(args) => Box::pin(accounts_write::finish(desk, End::Remove, args)),
        Command::Export(args) => Box::pin(sheet::export(desk, args)),
        Command::Apply(args) => Box::pin(sheet::apply(desk, args)),
        Command::Edit(args) => Box::pin(edit::run(desk, args, environment)),
        Command::Journal(args) => Box::pin(journal::run(desk, args)),
        Command::Sync(args) => Box::pin(sync::run(desk, args)),
        Command::Forget(args) => Box::pin(forget::run(desk, args)),
        Command::History(args) => Box::pin(ready(history::run(desk, args))),
        Command::Auth(AuthCommand::Status(view)) => Box::pin(auth::status(desk, view)),
        Command::Auth(AuthCommand::Login(args)) => Box::pin(login::run(desk, args, environment)),
        Command::Auth(AuthCommand::Logout) => Box::pin(logout::run(desk, environment)),
        Command::Otp(args) => Box::pin(otp::run(desk, args, environment)),
        Command::Switch { account } => Box::pin(switch::run(desk, account)),
        Command::Doctor(_) => Box::pin(wire::run(desk)),
        // They were handed to their own rooms before.
        Command::Demo(_) | Command::Sim(_) | Command::Config(_) | Command::Completions { .. } | Command::Man { .. } => {
            Box::pin(ready(Ok(())))
        }
    }
}
