//! Outgoing HTTP, by one set of rules for everything that calls out.
//!
//! # What this crate promises
//!
//! - **Loopback addresses never go through a proxy**, and messages name the proxy that another call
//!   went through, without its password (module `proxy`).
//! - **A secret is seen by the server it is for**: [`Secret`] shows nothing of itself, and no error names
//!   a URL. A redirect is not followed unless the call says so ([`Redirects`]).
//! - **A call is bounded**: connecting and the whole answer in time, the body in decoded bytes while it
//!   is read.
//! - **Nothing is retried here.** Whoever calls decides, by [`CallError::is_retryable`] and
//!   [`retry_after`], and counts.
//!
//! Architecture Invariant: only this crate makes HTTP clients. It must not depend on what is called, on
//! schedules or on tables.

mod call;
mod client;
mod proxy;
mod retry_after;
mod secret;

pub use call::{Answer, Call, CallError, Redirects};
pub use client::{client, describe};
pub use proxy::{between, is_loopback};
pub use reqwest::Method;
pub use reqwest::header::{HeaderName, HeaderValue};
pub use retry_after::retry_after;
pub use secret::Secret;
