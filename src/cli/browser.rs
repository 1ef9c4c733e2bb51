//! The way into the browser: on the user's connections, or on the demo's.

use std::sync::Arc;

use super::args::{Common, DemoArgs};
use super::desk;
use super::serve::Demo;
use super::stop::Stop;
use crate::config::{self, Config, Environment, Paths};
use crate::domain::OwnTheme;
use crate::runtime::{Departure, Options, browse};

/// `acctui` alone; on its welcome screen the demo can be chosen instead.
pub(super) async fn run(
    common: &Common,
    fresh: bool,
    environment: &Environment,
) -> color_eyre::Result<Result<i32, Stop>> {
    let (config, paths) = match prepared(common, environment) {
        Ok(prepared) => prepared,
        Err(stop) => return Ok(Err(stop)),
    };
    let mut config = config;
    // Whatever is wrong with how it looks, it can be used.
    let own_theme = config::own_theme(&paths.config).unwrap_or_else(|error| {
        let words = error.to_string();
        let first = words.lines().next().unwrap_or_default();
        config.notes.push(format!("{first}; the usual colours are used, acctui config check says all"));
        OwnTheme::default()
    });
    let options = match options(common, environment, (config, own_theme), paths, false) {
        Ok(options) => Options { fresh, ..options },
        Err(stop) => return Ok(Err(stop)),
    };
    match browse(options).await? {
        Departure::Exit(code) => Ok(Ok(code)),
        Departure::Demo => demonstrate(common, &DemoArgs::default(), environment).await,
    }
}

fn prepared(common: &Common, environment: &Environment) -> Result<(Config, Paths), Stop> {
    let (mut config, paths) = desk::configured(common, environment)?;
    if !common.connections.is_empty() {
        config.connections = desk::chosen(&config, common, &paths)?.into_iter().cloned().collect();
        for connection in &mut config.connections {
            // Naming one with -c switches it on.
            connection.enabled = true;
        }
    }
    Ok((config, paths))
}

/// `acctui demo`.
pub(super) async fn demonstrate(
    common: &Common,
    args: &DemoArgs,
    environment: &Environment,
) -> color_eyre::Result<Result<i32, Stop>> {
    let demo = match Demo::start(args) {
        Ok(demo) => demo,
        Err(stop) => return Ok(Err(stop)),
    };
    let own = (demo.config.clone(), OwnTheme::default());
    let options = match options(common, environment, own, demo.paths.clone(), true) {
        Ok(options) => Options { fresh: args.fresh, ..options },
        Err(stop) => return Ok(Err(stop)),
    };
    match browse(options).await? {
        Departure::Exit(code) => Ok(Ok(code)),
        // It is the demo already.
        Departure::Demo => Ok(Ok(super::status::OK)),
    }
}

fn options(
    common: &Common,
    environment: &Environment,
    (mut config, own_theme): (Config, OwnTheme),
    paths: Paths,
    demo: bool,
) -> Result<Options, Stop> {
    let net = Arc::new(desk::net(common, environment)?);
    desk::begin_log(common, &paths)?;
    let program = program(environment, &paths, demo);
    config.ui.ascii |= common.ascii;
    let no_color = common.no_color || environment.get("NO_COLOR").is_some();
    Ok(Options {
        config,
        paths,
        read_only: common.read_only,
        no_color,
        own_theme,
        offline: common.offline,
        no_cache: common.no_cache,
        fresh: false,
        demo,
        program,
        net,
    })
}

/// How commands begin that work on the same config as this browser. The demo's keep their hands off the user's own files.
fn program(environment: &Environment, paths: &Paths, demo: bool) -> String {
    let config = paths.config.to_string_lossy().into_owned();
    let folder = paths.config.parent().map(|folder| folder.to_string_lossy().into_owned()).unwrap_or_default();
    let with_config = shell_words::join(["acctui", "--config", &config]);
    if demo {
        let folder = shell_words::quote(&folder);
        return format!("XDG_CACHE_HOME={folder} XDG_STATE_HOME={folder} {with_config}");
    }
    let usual = Paths::of(environment).map(|usual| usual.config);
    if usual.is_ok_and(|usual| usual == paths.config) { "acctui".to_owned() } else { with_config }
}
