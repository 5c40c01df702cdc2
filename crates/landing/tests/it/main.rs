//! The landing store's public API, in memory and on a folder.

mod backfills;
mod mortal;
mod origins;
mod polls;
mod saved;
mod stores;
mod takedown;
mod unland;
mod windows;

use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;
use landing::{
    Dataset, Format, Landing, NewBody, Origin, Query, WindowKind, WindowRef, WindowSpec,
    WindowSummary,
};
use object_store::memory::InMemory;

fn memory() -> Landing {
    Landing::new(Arc::new(InMemory::new()))
}

fn time(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

fn now() -> Timestamp {
    time("2026-05-01T09:00:00.25Z")
}

fn recruit() -> Dataset {
    Dataset::new("saramin", "recruit").expect("a dataset")
}

fn query() -> Query {
    Query::from([("ind_cd".to_owned(), "3".to_owned())])
}

fn spec(kind: WindowKind, from: &str, to: &str) -> WindowSpec {
    WindowSpec {
        dataset: recruit(),
        kind,
        from: time(from),
        to: time(to),
        query: query(),
    }
}

fn body(text: &str, records: u64) -> NewBody {
    NewBody {
        bytes: Bytes::copy_from_slice(text.as_bytes()),
        format: Format::Json,
        records: Some(records),
        received_at: now(),
        name: None,
        part: None,
    }
}

fn summary(origin: Origin) -> WindowSummary {
    WindowSummary {
        origin,
        total_reported: Some(1),
        records: Some(1),
        duplicates: 0,
        finished_at: now(),
    }
}

/// Lands a window of one hour with one body.
async fn land_hour(landing: &Landing, origin: Origin) -> landing::Result<WindowRef> {
    let spec = spec(
        WindowKind::Collect,
        "2026-05-01T00:00:00Z",
        "2026-05-01T01:00:00Z",
    );
    let writer = landing.begin(spec, now())?;
    writer.put(1, body("{\"jobs\":{}}", 1)).await?;
    writer.finish(summary(origin)).await
}
