//! What a store promises, through its public face.
#![allow(clippy::unwrap_used, clippy::panic)]

mod crash;
mod faults;
mod journal;
mod latency;
mod made;
mod people;
mod privacy;
mod size;
