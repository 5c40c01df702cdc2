//! The shared state of the handlers.

use std::future::Future;
use std::sync::Arc;

use axum::body::Bytes;
use axum::http::HeaderMap;
use axum::response::Response;
use semantic::{Definitions, Kind, Request};
use serde::Serialize;
use tokio::sync::Semaphore;
use warehouse::Warehouse;

use crate::answer::{self, Prepared};
use crate::attribution::Attribution;
use crate::error::ApiError;
use crate::frames::Frames;
use crate::images::{Held, Images};
use crate::kept::Kept;
use crate::lanes::Lanes;
use crate::published::Published;
use crate::sql::Queries;

/// The shared state of the handlers.
#[derive(Clone)]
pub struct Server {
    pub warehouse: Arc<Warehouse>,
    pub published: Arc<Published>,
    pub definitions: Arc<Definitions>,
    /// Tiles and pages, as embedded in the page.
    pub layout: Arc<str>,
    /// Digest of all files of the pipeline: responses from a build change with them.
    pub pipeline_digest: Arc<str>,
    pub images: Arc<Images>,
    pub lanes: Arc<Lanes>,
    /// Cache of the engine's responses, and of compressed ones.
    pub kept: Arc<Kept>,
    /// Responses that are constant while the program runs.
    pub definitions_answer: Arc<Prepared>,
    pub models_answer: Arc<Prepared>,
    pub description: Arc<Prepared>,
    /// SQL over HTTP; `None` if it is disabled.
    pub queries: Option<Arc<Queries>>,
    /// Permits for lists that are sent as files.
    pub downloads: Arc<Semaphore>,
    /// Permits for the threads that write these files.
    pub writing: Arc<Semaphore>,
    pub frames: Arc<Frames>,
    /// Of all sources of postings, whether or not a build has any.
    pub attributions: Arc<[Attribution]>,
}

impl Server {
    /// The published build, or the one of a number.
    pub async fn record(
        &self,
        build: Option<u64>,
    ) -> Result<Arc<warehouse::BuildRecord>, ApiError> {
        let published = self.published.current().await?;
        match build {
            Some(build) if build != published.build => {
                let turn = self.lanes.records.turn().await?;
                let warehouse = self.warehouse.clone();
                let read = async move { warehouse.builds().build(build).await };
                Ok(Arc::new(self.lanes.engine.run(turn, read).await??))
            }
            _ => Ok(published),
        }
    }

    /// The image of the published build, or of the one that a link is pinned to.
    pub async fn held(&self, build: Option<u64>) -> Result<Arc<Held>, ApiError> {
        let mut record = self.record(build).await?;
        loop {
            let held = match build {
                Some(build) if build != self.published.current().await?.build => {
                    if let Some(held) = self.images.known(&record) {
                        return Ok(held);
                    }
                    let _turn = self.lanes.images.turn().await?;
                    self.images.pinned(record.clone()).await
                }
                _ => self.images.published(record.clone()).await,
            };
            let error = match held {
                Ok(held) => return Ok(held),
                Err(error) => error,
            };
            // A build that was found damaged is set aside: the previous one answers.
            let next = self.record(build).await?;
            if next.generation >= record.generation {
                return Err(ApiError::internal(&format!("{error:#}")));
            }
            record = next;
        }
    }

    /// The response with this tag: from the cache, or else computed by the engine after waiting for a
    /// turn.
    pub async fn ask_engine(
        &self,
        tag: &str,
        work: impl Future<Output = Result<Vec<u8>, ApiError>> + Send + 'static,
    ) -> Result<Bytes, ApiError> {
        if let Some(bytes) = self.kept.get(tag) {
            return Ok(bytes);
        }
        let turn = self.lanes.engine.turn().await?;
        // Another request may have computed it meanwhile.
        if let Some(bytes) = self.kept.get(tag) {
            return Ok(bytes);
        }
        let bytes = Bytes::from(self.lanes.engine.run(turn, work).await??);
        self.kept.put(tag, bytes.clone());
        Ok(bytes)
    }

    /// Parses a query string.
    pub fn request(&self, question: Kind, query: Option<&str>) -> Result<Request, ApiError> {
        let pairs = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes())
            .map(|(name, value)| (name.into_owned(), value.into_owned()));
        Ok(Request::parse(question, pairs, &self.definitions)?)
    }

    /// The ETag of a response from a build's image: it identifies the build, the definitions and
    /// the query.
    pub fn tag(&self, record: &warehouse::BuildRecord, kind: Kind, question: &str) -> String {
        let digest = answer::short_digest(format!("{} {question}", self.pipeline_digest));
        answer::tag(record, &format!("{kind:?}-{digest}"))
    }

    /// Answers from an image, off the threads that serve requests. Responses are determined by the
    /// build and the query.
    pub async fn answer<T: Serialize + Send + 'static>(
        &self,
        headers: &HeaderMap,
        question: Kind,
        query: Option<String>,
        ask: impl FnOnce(&explore::Image, &Request) -> T + Send + 'static,
    ) -> Result<Response, ApiError> {
        let request = self.request(question, query.as_deref())?;
        let held = self.held(request.build()).await?;
        let tag = self.tag(&held.record, question, query.as_deref().unwrap_or_default());
        if answer::is_known(headers, &tag) {
            return Ok(answer::not_modified(&tag));
        }
        let lane = match question {
            Kind::Tiles => &self.lanes.tiles,
            _ => &self.lanes.lists,
        };
        let answered = move || serde_json::to_vec(&ask(&held.image, &request));
        let body = lane.compute(answered).await?;
        let body = body.map_err(|error| ApiError::internal(&error))?;
        Ok(answer::tagged(answer::json(body), &tag))
    }
}
