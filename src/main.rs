//! The program `acctui`: installs the error hook, parses the command line and hands over.

use std::process::ExitCode;

fn main() -> ExitCode {
    // It fails only if there is a hook already.
    let _ = color_eyre::install();
    match acctui::cli::run(std::env::args_os()) {
        Ok(code) => ExitCode::from(u8::try_from(code).unwrap_or(1)),
        Err(report) => {
            eprintln!("{report:?}");
            ExitCode::FAILURE
        }
    }
}
