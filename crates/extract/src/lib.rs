//! Web APIs to the landing store: HTTP, paging, retries, the budget of calls, coverage.
//!
//! # What this crate promises
//!
//! - **What is due is computed, not remembered**: `[start, now)` minus the union of the complete
//!   collect windows of the same query, and what is left of requested backfills
//!   ([`landing::Backfill`]). A failed window stays due; a repeated run changes nothing.
//! - **A window is complete or it does not count.** Complete means that what was read adds up to
//!   the source's total: the module `pager` defines when. Every response that was used is stored as
//!   received.
//! - **Each call is counted before it is made**, failed ones too ([`CallBudget`]). When the day's
//!   calls are used up the run stops, keeps what is complete and says when the next day begins. Only
//!   a part of the day's calls may be lost on windows that do not add up (module `losses`).
//! - **Only transient faults are retried**: decided where they arise ([`Fault`], [`Stop`]), and
//!   reported per window ([`Report`]).
//! - **The access key is seen by the source alone**: not by logs, errors, manifests or the store.
//!
//! A run reads windows sequentially and the pages of a window concurrently. Time is a dependency
//! ([`kernel::Clock`]).
//!
//! What differs between APIs is data: [`SourceDescription`], one file of `pipeline/sources/` each.
//!
//! Architecture Invariant: only this crate calls sources; its HTTP client is that of `http_client`. It
//! must not depend on SQL, tables or schedules.

mod answer;
mod around;
mod budget;
mod client;
mod collect;
mod cut;
mod endpoint;
mod error;
mod exchange;
mod front;
mod link;
mod losses;
mod outgoing;
mod pager;
mod plan;
mod poll;
mod query;
mod queue;
mod report;
mod request;
mod run;
mod search;
mod singly;
mod source;
mod source_time;
mod sweep;
mod unread;
mod waits;
mod window;

pub use budget::{BudgetError, CallBudget, Grant, MemoryBudget};
pub use collect::{Collector, CollectorSettings};
pub use error::{Error, Fault, Result, Stop, WindowError};
pub use http_client::Secret;
pub use poll::{PollReport, Poller};
pub use query::CheckedQuery;
pub use report::{
    IncompleteWindow, LandedWindow, NotReached, Progress, Report, SkipReason, SkippedSweep,
    UnreadWindow,
};
pub use source::{
    Answer, AnswerFormat, Attribution, Auth, Bounds, Completeness, Empty, Endpoint, ErrorAction,
    ErrorCode, Errors, IntervalStrategy, Lists, Method, Paginator, Parameter, Quota, Retry,
    SeriesStrategy, SnapshotStrategy, SourceDescription, Strategy, Sweep, Unreadable,
};
pub use source_time::after_now;
pub use unread::{Bounded, MemoryUnread, UnreadKey, UnreadTime, UnreadTimes};
