//! Draws the pictures of the documentation: the browser's own frames, on the simulator over real HTTP, as SVG.
//!
//! `cargo run --example picture` writes `assets/screen.svg`, `docs/pictures/` and `docs/pictures.md`;
//! `cargo run --example picture -- DIRECTORY [SCENE…]` writes every scene, or these, at all sizes and in all looks there,
//! to look at after a change of how things are drawn.

mod scenes;
mod stage;
mod svg;

use std::fmt::Write as _;
use std::path::Path;

use acctui::domain::{Background, Depth, ThemeChoice};
use acctui::sim::{Options, Sim};
use color_eyre::eyre::{Result, bail};

use scenes::{SCENES, Scene};
use stage::{Look, Stage, World};

/// The README's picture: its size, and the keys that lead there.
const README: (&str, &str) = ("128x34", "<backtab>jjjljl<enter>jj<enter>ll");
/// All pictures together: more makes the repository heavy.
const MOST_BYTES: usize = 1_500_000;
/// The page that shows them.
const PAGE: &str = "docs/pictures.md";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    match arguments.next() {
        Some(directory) => Box::pin(sheet(Path::new(&directory), &arguments.collect::<Vec<_>>())).await,
        None => Box::pin(page()).await,
    }
}

/// Every scene at all sizes and in all looks, each as SVG and as text; what a scene does not show where it is narrow is said at the end.
async fn sheet(directory: &Path, names: &[String]) -> Result<()> {
    std::fs::create_dir_all(directory)?;
    let mut wrong = Vec::new();
    for scene in SCENES.iter().filter(|scene| names.is_empty() || names.iter().any(|name| name == scene.name)) {
        for size in scenes::ALL {
            let looks: Vec<Look> = std::iter::once(Look::DARK).chain(LOOKS.map(|(_, look)| look)).collect();
            let words = std::iter::once("dark").chain(LOOKS.map(|(word, _)| word));
            for ((picture, text), word) in Box::pin(taken(size, scene.keys, &looks)).await?.into_iter().zip(words) {
                if !text.contains(scene.shows) && word != "ascii" {
                    wrong.push(format!("{} {size} {word} does not show {}", scene.name, scene.shows));
                }
                let path = directory.join(format!("{}_{size}_{word}", scene.name));
                std::fs::write(path.with_extension("svg"), picture)?;
                std::fs::write(path.with_extension("txt"), text)?;
            }
        }
    }
    if !wrong.is_empty() {
        bail!("{}", wrong.join("\n"));
    }
    Ok(())
}

/// The pictures of the documentation, and the page that shows them.
async fn page() -> Result<()> {
    let readme = Box::pin(taken(README.0, README.1, &[Look::DARK])).await?.remove(0).0;
    std::fs::write("assets/screen.svg", readme)?;
    let directory = Path::new("docs/pictures");
    if directory.is_dir() {
        std::fs::remove_dir_all(directory)?;
    }
    std::fs::create_dir_all(directory)?;
    let mut page = String::from(HEAD);
    let (mut bytes, mut wrong) = (0, Vec::new());
    for scene in SCENES.iter().filter(|scene| !scene.sizes.is_empty()) {
        let _ = write!(page, "\n## {}\n\n{}\n", scene.title, scene.words);
        for (name, size, look) in pictures(scene) {
            let (picture, text) = Box::pin(taken(size, scene.keys, &[look])).await?.remove(0);
            if !text.contains(scene.shows) {
                wrong.push(format!("{name} does not show {}:\n{text}", scene.shows));
            }
            bytes += picture.len();
            std::fs::write(directory.join(format!("{name}.svg")), picture)?;
            let _ = write!(page, "\n![{}](pictures/{name}.svg)\n", caption(scene, size, look));
        }
    }
    if !wrong.is_empty() {
        bail!("{}", wrong.join("\n"));
    }
    if bytes > MOST_BYTES {
        bail!("the pictures have {bytes} bytes, more than {MOST_BYTES}");
    }
    std::fs::write(PAGE, page)?;
    Ok(())
}

const HEAD: &str = "\
# What it looks like

The browser's own frames, drawn by `cargo run --example picture` on the embedded simulator; edit nothing here by hand. \
Keys are in [KEYS.md](../KEYS.md), themes in [configuration.md](configuration.md).
";

/// The pictures of a scene, each with its file's name, its size, and how it looks.
fn pictures(scene: &Scene) -> Vec<(String, &'static str, Look)> {
    let sized = scene.sizes.iter().map(|size| (format!("{}_{size}", scene.name), *size, Look::default()));
    let looks = if scene.looks { &LOOKS[..] } else { &[] };
    let looked = looks.iter().map(|(word, look)| (format!("{}_{word}", scene.name), "100x30", *look));
    sized.chain(looked).collect()
}

/// Looks beside the dark one.
const LOOKS: [(&str, Look); 7] = [
    ("light", Look { choice: ThemeChoice::Light, background: Background::Light, ..Look::DARK }),
    ("contrast", Look { choice: ThemeChoice::Contrast, ..Look::DARK }),
    ("contrast_light", Look { choice: ThemeChoice::Contrast, background: Background::Light, ..Look::DARK }),
    ("no_color", Look { no_color: true, ..Look::DARK }),
    ("ascii", Look { ascii: true, ..Look::DARK }),
    ("sixteen", Look { depth: Depth::Sixteen, ..Look::DARK }),
    (
        "sixteen_light",
        Look { depth: Depth::Sixteen, choice: ThemeChoice::Light, background: Background::Light, ..Look::DARK },
    ),
];

fn caption(scene: &Scene, size: &str, look: Look) -> String {
    let look = LOOKS.iter().find(|(_, other)| *other == look).map_or("dark", |(word, _)| word).replace('_', " ");
    format!("{}, {size}, {look}", scene.title)
}

/// Plays the keys to a browser of this size, on a simulator of its own: its last frame in each look, as SVG and as text.
async fn taken(size: &str, keys: &str, looks: &[Look]) -> Result<Vec<(String, String)>> {
    let mut options = Options::default();
    let (world, keys) = World::read(keys);
    for fault in &world.faults {
        options.faults.push(fault.parse()?);
    }
    let sim = Sim::bind(options).await?;
    let port = sim.address().port().to_string();
    let origin = format!("http://127.0.0.1:{port}");
    let played = async {
        let mut stage = Stage::open(&origin, size, world)?;
        stage.play(keys, &origin).await?;
        looks.iter().map(|look| stage.frame(*look)).collect::<Result<Vec<_>>>()
    };
    let buffers = tokio::select! {
        served = sim.serve(std::future::pending()) => { served?; bail!("the simulator ended") }
        frames = played => frames?,
    };
    // The simulator's port is another one each time, and nearly always as long.
    let same = |drawn: String| drawn.replace(&port, "18080");
    let drawn = buffers
        .iter()
        .zip(looks)
        .map(|(buffer, look)| (same(svg::of(buffer, look.background == Background::Light)), same(svg::text(buffer))));
    Ok(drawn.collect())
}
