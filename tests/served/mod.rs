//! A simulator that a program in a process of its own connects to.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use acctui::sim::{Options, Sim};

/// A simulator on a thread of its own, until this is dropped.
pub struct Served {
    /// The config.toml that connects to all of it.
    pub config: String,
    _stop: tokio::sync::oneshot::Sender<()>,
}

impl Served {
    pub fn start(options: Options) -> Self {
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let (tell, told) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let sim = Sim::bind(options).await.unwrap();
                tell.send(sim.config_toml()).unwrap();
                sim.serve(async move { drop(stopped.await) }).await.unwrap();
            });
        });
        Self { config: told.recv().unwrap(), _stop: stop }
    }

    /// The part of the config that is one connection's.
    pub fn only(&self, connection: &str) -> String {
        let mut config: toml::Table = self.config.parse().unwrap();
        config["connections"].as_table_mut().unwrap().retain(|name, _| name == connection);
        config.to_string()
    }
}

/// Writes the config of a home: nobody else can read it, so that it may hold credentials.
pub fn write_config(home: &Path, config: &str) {
    let mut file = std::fs::OpenOptions::new();
    let mut file = file.write(true).create_new(true).mode(0o600).open(home.join("config.toml")).unwrap();
    file.write_all(config.as_bytes()).unwrap();
}
