//! The contract of a provider, as one suite over all of them: what is advertised works, what is not gives its reason and
//! asks nobody, whichever of the things holds that the providers' documents leave open.
//!
//! The suite is told nothing of a provider but what stands in its [`ways::Ways`]; what only one provider has is in the
//! module of its name.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

mod absent;
mod aws;
mod bad_input;
mod cloud66;
mod cloudflare;
mod forms;
mod house;
mod huawei;
mod landscape;
mod reads;
mod ways;
mod worlds;
mod writes;
