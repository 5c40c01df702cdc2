//! The few types and functions that several crates of jobtide share: clocks, backoff, intervals of time,
//! the nearest name, identifiers, hex digits, URL redaction, and excerpts for messages.
//!
//! Architecture Invariant: this crate depends on no other crate of the project, and does no I/O except
//! waiting on a clock. Code belongs here once a second crate needs it in the same sense; code that is
//! merely similar stays where it is.

mod backoff;
mod clock;
mod hex;
mod identifier;
mod interval;
mod nearest;
mod text;
mod url;

pub use backoff::Backoff;
pub use clock::{Clock, SystemClock};
pub use hex::{hex, is_lower_hex};
pub use identifier::is_identifier;
pub use interval::{EmptyInterval, Interval, IntervalSet, whole_second};
pub use nearest::nearest;
pub use text::{BYTE_ORDER_MARK, byte_order_mark_len, excerpt, printable};
pub use url::without_credentials;
