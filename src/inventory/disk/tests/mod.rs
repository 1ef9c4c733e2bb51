//! Tests of the disk, by promise.

mod damage;
mod listing;
mod own;
mod roundtrip;
mod sharing;
mod world;
