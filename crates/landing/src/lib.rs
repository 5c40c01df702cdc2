//! The landing store: every body as it was received, in windows that count once their manifest
//! exists.
//!
//! # What this crate promises
//!
//! - **A window is there or it is not.** Bodies are written first, `manifest.json` last. A window
//!   without a manifest counts for nothing: a crash at any point leaves nothing half there.
//! - **A body never changes.** It is stored as received (HTTP: transfer and content encoding
//!   undone; saved files: decompressed), compressed with zstd, and read back against its sha-256.
//!   The one exception is a take-down ([`Landing::replace_bodies`]), which says so in the manifest.
//! - **The listing is the index.** What a window is stands in its path ([`WindowRef`]); coverage
//!   ([`coverage`]) comes from one listing, without reading a body or a manifest. There is no
//!   second place that can disagree with it; what a person asked for beyond that is noted beside it
//!   ([`Backfill`]), and what is left of it follows from the same listing.
//! - **A saved file can be taken back.** A record in its window's folder ([`SavedWindows::unland`]) makes
//!   it count for nothing; its bodies are removed later, and only by [`Landing::remove_unlanded`].
//! - **A power cut takes nothing back.** On a folder, a manifest is written when its bodies are safe
//!   on the disk, and is safe itself when its window is reported ([`sealed`]).
//! - **Nothing else is touched.** A folder or bucket that holds other files and was never a store is
//!   refused ([`Landing::claim`]); only files of the program's own names are ever deleted
//!   ([`layout`]); nothing is written or deleted through a link.
//! - **Made-up data stays apart.** A store that holds generated windows refuses collected or saved
//!   ones, and the other way round ([`OriginClass`]).
//!
//! Any number of writers may land windows at the same time: each window has a folder of its own.
//! Take-downs and [`Landing::tidy`] rewrite and delete: run one of them at a time.
//!
//! # Layout
//!
//! ```text
//! jobtide-store.json
//! landing/origin.json
//! landing/backfill-<source>-<dataset>-<from>-<to>-<query8>-<attempt>.json
//! landing/<source>/<dataset>/date=YYYY-MM-DD/<kind>-<from>-<to>-<query8>-<attempt>/00001.json.zst …
//!                                                                                  manifest.json
//! ```
//!
//! Architecture Invariant: this crate knows nothing of HTTP, of postings or of tables. It counts
//! records only where others tell it to ([`Reader`]); of JSON it knows where values stand ([`json`]),
//! not what they mean.

mod backfill;
mod body;
mod checksummed;
mod empty;
mod error;
mod interval;
pub mod json;
pub mod layout;
mod leftovers;
mod listing;
mod local;
mod manifest;
mod mark;
mod origin;
mod preamble;
mod query;
mod reader;
mod rewrite;
mod rooted;
mod saved;
mod sniff;
mod store;
mod unland;
mod unpack;
mod window;
mod writer;

use std::sync::Arc;

use object_store::ObjectStore;
use tokio::sync::OnceCell;

pub use backfill::Backfill;
pub use body::{BodyFile, Format};
pub use checksummed::{from_checked_json, to_checked_json};
pub use empty::empty_store;
pub use error::{Error, Result};
pub use interval::{Interval, IntervalSet, whole_second};
pub use listing::{Listing, Unfinished, coverage};
pub use local::sealed;
pub use manifest::{BodyEntry, Manifest, Redaction, Span};
pub use origin::{Origin, OriginClass};
pub use query::{Dataset, Query, QueryId};
pub use reader::{Examined, Reader};
pub use rewrite::{BodyChange, Tidied};
pub use saved::{Landed, Prospect, SavedFiles, Would};
pub use sniff::BYTE_ORDER_MARK;
pub use store::{open_store, open_store_with};
pub use unland::{SavedWindows, TakenBack, Unlanded};
pub use window::{Attempt, WindowKind, WindowRef, WindowSpec};
pub use writer::{NewBody, WindowSummary, WindowWriter};

/// The name of the file that makes a window count.
pub const MANIFEST: &str = "manifest.json";

/// What writes the manifests, as recorded in them.
pub const PROGRAM: &str = concat!("jobtide ", env!("CARGO_PKG_VERSION"));

/// The landing store below `landing/` of a storage root.
///
/// Cheap to clone; all clones see the same store.
#[derive(Clone, Debug)]
pub struct Landing {
    store: Arc<dyn ObjectStore>,
    /// Set once the store is known to be the program's: see [`Landing::claim`].
    claimed: Arc<OnceCell<()>>,
}

impl Landing {
    /// A landing store in `store`, which is rooted at the storage URL (see [`open_store`]).
    pub fn new(store: Arc<dyn ObjectStore>) -> Self {
        Self {
            store,
            claimed: Arc::default(),
        }
    }

    /// The object store below.
    pub fn store(&self) -> &Arc<dyn ObjectStore> {
        &self.store
    }
}
