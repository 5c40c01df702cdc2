//! What may happen to a store while the program works on it: power cuts, full disks, flipped bits,
//! foreign files and links. After each of them nothing that a command had reported is lost, nothing
//! foreign is deleted, and no figure is wrong without a message.
//!
//! `make test-chaos` runs all of it, `make test-chaos-tenth` a tenth; JOBTIDE_CHAOS_PERCENT says how
//! much, JOBTIDE_CHAOS_SEED repeats a run. Needs root and a loop device: without them it fails.
//! A part runs to its end and then names everything that went wrong, so that one fault does not hide
//! the others.

#[allow(
    dead_code,
    reason = "shared with the target `product`, which uses all of it"
)]
#[path = "../it/program.rs"]
mod program;
#[allow(
    dead_code,
    reason = "shared with the target `product`, which uses all of it"
)]
#[path = "../it/source.rs"]
mod source;
#[allow(
    dead_code,
    reason = "shared with the target `product`, which uses all of it"
)]
#[path = "../it/tables.rs"]
mod tables;
#[allow(
    dead_code,
    reason = "shared with the target `product`, which uses all of it"
)]
#[path = "../it/truth/mod.rs"]
mod truth;

mod bits;
mod disk;
mod foreign;
mod full;
mod power;
mod saved;
mod trial;
