//! Definitions, requests and SQL, by the crate's public API.

mod definitions;
mod explain;
mod facts;
mod fixture;
mod pages;
mod request;
