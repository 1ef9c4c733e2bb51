//! The one HTTP client of all providers.
//!
//! It owns what every provider needs alike: timeouts, no redirects, credentials bound to their origin, caps on what an
//! answer may be, the request budget, retries, one shape of failure and a record of every request. What differs
//! between providers is handed in as data and two functions: [`Dialect`]. It must not know any provider.

mod answer;
mod budget;
mod client;
mod credential;
mod dialect;
mod endpoint;
mod fault;
mod net;
mod operation;
mod policy;
mod record;
mod scan;
mod shape;
mod signals;

pub use answer::Answer;
pub use client::Client;
pub use dialect::{Dialect, Limit, Refusal, Service, Unsigned};
pub use endpoint::Endpoint;
pub use net::{Exchange, Net, Route, Tap};
pub use operation::{Effect, Method, Operation};
pub use policy::Policy;
pub use shape::{Shape, Type};
