//! Whether a build would find anything new, without building.

use std::collections::HashSet;

use landing::{Dataset, Listing, WindowRef};
use object_store::path::Path;

use crate::error::{Error, Result};
use crate::files::RowDigest;
use crate::staging::csv;
use crate::staging::spec::StagingSpec;
use crate::warehouse::Warehouse;

impl Warehouse {
    /// How many windows of the landing the published build does not contain, or contains and the landing
    /// no longer has. Windows that it could not read are not counted, nor those of datasets that no
    /// staging table reads.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn unbuilt_windows(&self, listing: &Listing) -> Result<usize> {
        let datasets: HashSet<Dataset> = self
            .record_specs()
            .map(|(_, spec)| spec.landed())
            .collect::<Result<_>>()?;
        let landed = listing.windows.iter();
        let landed: HashSet<String> = landed
            .filter(|window| datasets.contains(&window.dataset))
            .map(|window| window.path().to_string())
            .collect();
        let Some(record) = self.builds.published().await? else {
            return Ok(landed.len());
        };
        let staged = self.texts(&record, "select distinct window from staging.windows");
        let staged: HashSet<String> = match staged.await {
            Ok(staged) => staged.into_iter().collect(),
            // A build reads everything again.
            Err(Error::DamagedFile { .. }) => HashSet::new(),
            Err(error) => return Err(error),
        };
        let unread: HashSet<&str> = record
            .unread
            .iter()
            .map(|file| file.window.as_str())
            .collect();
        let is_known = |window: &&String| !unread.contains(window.as_str());
        let is_read = |window: &&String| {
            WindowRef::parse(&Path::from(window.as_str()))
                .is_some_and(|window| datasets.contains(&window.dataset))
        };
        let new = landed.difference(&staged).filter(is_known).count();
        let gone = staged.difference(&landed).filter(is_known).filter(is_read);
        Ok(new + gone.count())
    }

    /// Whether a data file of the pipeline has other rows than the table of it in the published build; also
    /// where there is no such table.
    ///
    /// # Errors
    /// When the file does not fit its table, or the store cannot be read.
    pub async fn is_unbuilt(&self, data_file: &str) -> Result<bool> {
        let published = self.builds.published().await?;
        let tables = published.as_ref().map(|record| &record.tables);
        for (name, spec) in &self.pipeline.staging {
            let StagingSpec::Csv(spec) = spec else {
                continue;
            };
            let Some(bytes) = self.pipeline.data.get(&spec.csv) else {
                continue;
            };
            if spec.csv != data_file {
                continue;
            }
            let mut digest = RowDigest::default();
            digest.add(&csv::data_table(spec, bytes)?)?;
            let built = tables.and_then(|tables| tables.get(name));
            if built.is_none_or(|built| built.digest != digest.text()) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
