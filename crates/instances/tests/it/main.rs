//! The crate as the program uses it: several instances, one store.

mod calls;
mod faulty;
