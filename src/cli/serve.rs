//! `sim`: the simulator as a server; `demo`: the browser on it.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::mpsc;

use super::args::{DemoArgs, SimArgs, Switch};
use super::stop::{Stop, status};
use crate::config::{self, Config, Environment, Paths};
use crate::runtime::connect;
use crate::sim::{Options, Sim};

/// What the demo answers with, so that loading states are seen.
const DEMO_LATENCY: &str = "latency=80ms-250ms";

impl SimArgs {
    fn options(&self) -> Options {
        Options {
            listen: self.listen,
            accounts: self.accounts.clone(),
            seed: self.seed,
            faults: self.fault.clone(),
            assume: self.assume.clone(),
            limits: self.limits == Switch::On,
            log: self.log.clone(),
        }
    }
}

/// Serves until `stop`; the first line on stdout says where, and there is no other.
pub(super) async fn sim(args: &SimArgs, stop: impl Future<Output = ()> + Send + 'static) -> Result<(), Stop> {
    let failed = |error: &dyn std::fmt::Display| Stop::new(status::FAILED, error.to_string());
    let sim = Sim::bind(args.options()).await.map_err(|error| failed(&error))?;
    let mut stdout = std::io::stdout();
    writeln!(stdout, "{}", sim.first_line())?;
    stdout.flush()?;
    sim.serve(stop).await.map_err(|error| failed(&error))
}

/// A simulator on a thread of its own, with its own temporary config, cache and state.
pub(super) struct Demo {
    pub(super) config: Config,
    pub(super) paths: Paths,
    /// Told to stop by being dropped.
    _stop: tokio::sync::oneshot::Sender<()>,
    _directory: tempfile::TempDir,
}

impl Demo {
    /// Starts it. It ends with the program at the latest.
    pub(super) fn start(args: &DemoArgs) -> Result<Self, Stop> {
        let latency = DEMO_LATENCY.parse().map_err(|error| failed(&error))?;
        Self::with(Options { accounts: args.accounts.clone(), faults: vec![latency], ..Options::default() })
    }

    /// The same for nobody to look at: it answers at once.
    pub(super) fn quick() -> Result<Self, Stop> {
        Self::with(Options::default())
    }

    fn with(options: Options) -> Result<Self, Stop> {
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let (tell, told) = mpsc::channel();
        let serve = move || serve(options, &tell, stopped);
        std::thread::Builder::new().name("simulator".into()).spawn(serve).map_err(|error| failed(&error))?;
        let text = told.recv().map_err(|error| failed(&error))?.map_err(|error| failed(&error))?;
        let directory = tempfile::tempdir().map_err(|error| failed(&error))?;
        let paths = Paths::below(directory.path());
        write_private(&paths.config, &text).map_err(|error| failed(&error))?;
        let config = config::load(Some(&paths.config), &Environment::default(), &connect::known())?;
        Ok(Self { config, paths, _stop: stop, _directory: directory })
    }
}

fn failed(error: &dyn std::fmt::Display) -> Stop {
    Stop::new(status::FAILED, format!("the demo can't start: {error}"))
}

/// The simulator's thread: tells the config's text, or why there is none, and serves.
fn serve(options: Options, tell: &mpsc::Sender<Result<String, String>>, stopped: tokio::sync::oneshot::Receiver<()>) {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            let _ = tell.send(Err(error.to_string()));
            return;
        }
    };
    runtime.block_on(async {
        match Sim::bind(options).await {
            Err(error) => {
                let _ = tell.send(Err(error.to_string()));
            }
            Ok(sim) => {
                let _ = tell.send(Ok(sim.config_toml()));
                let stopped = async {
                    let _ = stopped.await;
                };
                // When it fails the browser shows that nobody answers.
                let _ = sim.serve(stopped).await;
            }
        }
    });
}

fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())
}
