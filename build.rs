//! Puts the commit into the version of a release: `0.1.0 (a3d50ab12)`. Without git, or outside its own repository, the
//! version stands alone; of a build for development nobody knows what it is made of.

#![expect(clippy::disallowed_methods, reason = "cargo tells a build script what it knows by variables")]

use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let version = std::env::var("CARGO_PKG_VERSION").unwrap_or_default();
    let is_release = std::env::var("PROFILE").is_ok_and(|profile| profile == "release");
    let more = if is_release { commit() } else { Some("development build".to_owned()) };
    let version = more.map_or(version.clone(), |more| format!("{version} ({more})"));
    println!("cargo:rustc-env=ACCTUI_VERSION={version}");
}

/// The commit that the sources are of, with a plus sign where files differ from it.
fn commit() -> Option<String> {
    let top = git(&["rev-parse", "--show-toplevel"])?;
    let here = std::env::var("CARGO_MANIFEST_DIR").ok()?;
    // Unpacked inside another project's repository the commit would be that one's.
    if Path::new(&top).canonicalize().ok()? != Path::new(&here).canonicalize().ok()? {
        return None;
    }
    for file in ["HEAD", "index"] {
        if let Some(path) = git(&["rev-parse", "--git-path", file]) {
            println!("cargo:rerun-if-changed={path}");
        }
    }
    // A branch's commit stands in a file of its own, or among all.
    for path in [git(&["symbolic-ref", "-q", "HEAD"]), Some("packed-refs".to_owned())].into_iter().flatten() {
        if let Some(path) = git(&["rev-parse", "--git-path", &path]).filter(|path| Path::new(path).exists()) {
            println!("cargo:rerun-if-changed={path}");
        }
    }
    let commit = git(&["rev-parse", "--short=9", "HEAD"])?;
    let differs = git(&["status", "--porcelain", "--untracked-files=no"]).is_some_and(|files| !files.is_empty());
    Some(if differs { format!("{commit}+") } else { commit })
}

fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8(output.stdout).ok()?.trim().to_owned())
}
