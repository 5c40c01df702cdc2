//! The image's public API, against a model that counts posting by posting.

mod build;
mod fixture;
mod flow;
mod large;
mod lists;
mod model;
mod random;
mod tiles;
mod unknown;
