//! The headless commands, one file each.

mod args;
mod desk;
mod find;
mod out;
mod pages;
mod stop;
