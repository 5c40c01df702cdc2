//! The landing store: every body as it was received, in windows that count once their manifest
//! exists.
//!
//! # What this crate promises
//!
//! - **A window is landed atomically.** Bodies are written first, `manifest.json` last. A window
//!   without a manifest is ignored: a crash at any point leaves no partial window.
//! - **A body never changes.** It is stored as received (HTTP: transfer and content encoding
//!   undone; saved files: decompressed), compressed with zstd, and read back against its sha-256.
//!   The one exception is a take-down ([`Landing::replace_bodies`]), which says so in the manifest.
//! - **The listing is the index.** A window's path describes it ([`WindowRef`]); coverage
//!   ([`coverage`]) comes from one listing, without reading a body or a manifest. There is no
//!   second index that could disagree; backfill requests are stored beside it ([`Backfill`]), and
//!   what remains of them follows from the same listing.
//! - **A saved file can be taken back.** A record in its window's folder ([`SavedWindows::unland`])
//!   makes every reader ignore it; its bodies are removed later, and only by
//!   [`Landing::remove_unlanded`].
//! - **A landed window is durable.** On a local disk, a manifest is written after its bodies are
//!   synced, and is synced itself before its window is reported ([`sealed`]).
//! - **Foreign files are never touched.** A folder or bucket that holds other files and was never a
//!   store is refused ([`Landing::claim`]); only files of the program's own names are ever deleted
//!   ([`layout`]); nothing is written or deleted through a link.
//! - **Synthetic and real data never share a store.** A store of generated windows refuses
//!   collected or saved ones, and vice versa ([`OriginClass`]).
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
//! Architecture Invariant: this crate must not depend on HTTP, postings or tables. It counts
//! records only through a [`Reader`] that its caller provides; [`json`] locates values and does not
//! interpret them.

mod backfill;
mod body;
mod checksummed;
mod empty;
mod error;
pub mod json;
pub mod layout;
mod leftovers;
mod listing;
mod local;
mod manifest;
mod mark;
mod origin;
mod overlay;
mod preamble;
mod query;
mod reader;
mod rewrite;
mod rooted;
mod saved;
mod sniff;
mod store;
mod store_url;
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
pub use listing::{Listing, Unfinished, coverage};
pub use local::sealed;
pub use manifest::{BodyEntry, Manifest, Part, PartOutcome, Redaction, Span};
pub use origin::{Origin, OriginClass};
pub use overlay::overlay;
pub use query::{Dataset, Query, QueryId};
pub use reader::{Examined, Reader};
pub use rewrite::{BodyChange, Tidied};
pub use saved::{Landed, Prospect, SavedFiles, Would};
pub use store::{open_store, open_store_with};
pub use store_url::StoreUrl;
pub use unland::{SavedWindows, TakenBack, Unlanded};
pub use window::{Attempt, WindowKind, WindowRef, WindowSpec};
pub use writer::{NewBody, WindowSummary, WindowWriter};

/// The name of the file that completes a window.
pub const MANIFEST: &str = "manifest.json";

/// The program and version recorded in manifests.
pub const PROGRAM: &str = concat!("jobtide ", env!("CARGO_PKG_VERSION"));

/// The landing store below `landing/` of a storage root.
///
/// Cheap to clone; all clones see the same store.
#[derive(Clone, Debug)]
pub struct Landing {
    store: Arc<dyn ObjectStore>,
    /// Set once the store is known to be one of the program's: see [`Landing::claim`].
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

    /// The underlying object store.
    pub fn store(&self) -> &Arc<dyn ObjectStore> {
        &self.store
    }
}
