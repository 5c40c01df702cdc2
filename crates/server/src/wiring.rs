//! The state of the handlers, from the parts of a server.

use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use explore::ImageBuilder;
use semantic::Definitions;
use tokio::sync::Semaphore;
use utoipa::openapi::OpenApi;
use warehouse::PipelineFiles;

use crate::Parts;
use crate::answer::columns::AllDefinitions;
use crate::answer::{self, Prepared};
use crate::frames::Frames;
use crate::images::Images;
use crate::lanes::Lanes;
use crate::page;
use crate::published::Published;
use crate::resources::tables::SERVED_LAYERS;
use crate::resources::{DIALECT, models_of, postings};
use crate::sql::Queries;
use crate::state::Server;

impl Server {
    pub fn new(parts: &Parts<'_>, description: &OpenApi) -> Result<Self> {
        let definitions = Arc::new(Definitions::parse(parts.files)?);
        ImageBuilder::check(&definitions)?;
        for series in &definitions.series {
            let schema = series
                .table
                .split_once('.')
                .map_or("", |(schema, _)| schema);
            if !SERVED_LAYERS.contains(&schema) {
                bail!(
                    "the series `{}` shows `{}`, which the API does not serve\nhint: show a table of {}",
                    series.name,
                    series.table,
                    SERVED_LAYERS.map(|layer| format!("`{layer}`")).join(" or ")
                );
            }
        }
        let published = Arc::new(Published::new(parts.warehouse.clone(), parts.report));
        let roles = parts
            .files
            .get("roles.toml")
            .context("there is no `roles.toml`")?;
        let roles = warehouse::roles::parse(std::str::from_utf8(roles)?)?;
        let lanes = Arc::new(Lanes::new().context("cannot start the engine's threads")?);
        Ok(Self {
            warehouse: parts.warehouse.clone(),
            images: Arc::new(Images::new(
                parts.warehouse.clone(),
                definitions.clone(),
                published.clone(),
                lanes.engine.handle().clone(),
            )),
            published,
            layout: page::layout(&definitions)?.into(),
            lanes,
            kept: Arc::default(),
            definitions_answer: Arc::new(Prepared::new(&AllDefinitions::new(
                &definitions,
                definitions.answer(&DIALECT),
            ))?),
            models_answer: Arc::new(Prepared::new(&models_of(
                parts.warehouse.pipeline(),
                &roles,
            ))?),
            description: Arc::new(Prepared::new(description)?),
            definitions,
            pipeline_digest: pipeline_digest(parts.files).into(),
            queries: parts.sql.clone().map(Queries::new).map(Arc::new),
            downloads: Arc::new(Semaphore::new(postings::DOWNLOADS_AT_ONCE)),
            writing: Arc::new(Semaphore::new(1)),
            frames: Arc::new(Frames::new(&parts.settings.frame_hosts)?),
            attributions: parts.attributions.clone().into(),
        })
    }
}

fn pipeline_digest(files: &PipelineFiles) -> String {
    let mut digests = String::new();
    for (path, content) in files {
        digests += &format!("{path} {}\n", answer::short_digest(content));
    }
    answer::short_digest(digests)
}
