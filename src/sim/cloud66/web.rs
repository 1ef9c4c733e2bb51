//! The web pages: where a one-time password signs its user in, and a small page at the root.

use axum::http::Method;

use crate::sim::clock;
use crate::sim::request::{Answer, Ask};

use super::Cloud66;
use super::demo::SELF;
use super::otp::Verdict;

const MEDIA: &str = "text/html; charset=utf-8";

impl Cloud66 {
    /// A web page.
    pub(super) fn page(&self, ask: &Ask) -> Answer {
        let segments: Vec<&str> = ask.segments.iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
        if ask.method != Method::GET {
            return page(405, "Not allowed", "This page can only be looked at.").with("allow", "GET");
        }
        match segments.as_slice() {
            [] => page(200, "Cloud 66 (simulated)", "The dashboard of the simulated Cloud 66. Its API is at api/3."),
            ["otp"] => self.sign_in(ask.param("otp").unwrap_or_default()),
            _ => page(404, "Not found", "There is no such page."),
        }
    }

    /// Signs the user of a one-time password in, this once. What is wrong with a code is not said: that would help
    /// nobody but a guesser.
    fn sign_in(&self, code: &str) -> Answer {
        let lifetime = self.otp_lifetime();
        let verdict = self.store().codes.spend(code, clock::instant(), lifetime);
        let answer = match verdict {
            Verdict::Good => page(200, "Signed in", &format!("You are signed in as {SELF}.")),
            Verdict::Bad => {
                let text = "This one-time password is not valid: it is unknown, was used before, or is too old.";
                page(403, "Not valid", text)
            }
        };
        answer.with("cache-control", "no-store").with("referrer-policy", "no-referrer")
    }
}

/// One page.
pub(super) fn page(status: u16, title: &str, text: &str) -> Answer {
    let html = format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title></head>\
         <body><h1>{title}</h1><p>{text}</p></body></html>\n"
    );
    Answer::text(status, MEDIA, html)
}
