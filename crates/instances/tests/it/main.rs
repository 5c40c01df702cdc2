//! The crate as the program uses it: several instances, one store.

mod calls;
mod claims;
mod faulty;
mod world;
