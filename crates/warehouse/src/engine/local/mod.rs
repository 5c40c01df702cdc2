//! DataFusion, in this process.

mod catalog;
mod codes;
mod normalised;
mod plan;
mod session;
pub(super) mod sql;

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::common::DataFusionError;
use datafusion::common::hash_utils::{RandomState, create_hashes};
use datafusion::prelude::{col, lit};
use futures::{StreamExt as _, TryStreamExt as _};

pub(super) use self::session::Local;
pub use self::session::register_functions;

use self::catalog::LocalCatalog;
use self::session::{Tables, read_files};
use super::{Catalog, Engine, MemoryTable, Scan};
use crate::data_file::DataFile;
use crate::error::{Error, Result};

#[async_trait]
impl Engine for Local {
    fn catalog(&self) -> Arc<dyn Catalog> {
        Arc::new(LocalCatalog::new(self.clone(), Tables::new()))
    }

    async fn schema(&self, files: &[DataFile]) -> Result<SchemaRef> {
        let context = self.session(Tables::new());
        Ok(read_files(&context, files).await?.schema())
    }

    async fn scan(&self, files: &[DataFile], columns: Option<&[&str]>) -> Result<Scan> {
        let context = self.session(Tables::new());
        let frame = context.read_table(read_files(&context, files).await?)?;
        let frame = match columns {
            Some(columns) => frame.select_columns(columns)?,
            None => frame,
        };
        let stream = frame.execute_stream().await?;
        Ok(Scan {
            schema: stream.schema(),
            rows: stream.map_err(Error::from).boxed(),
        })
    }

    async fn lookup(
        &self,
        files: &[DataFile],
        key: &str,
        keys: &HashSet<i64>,
    ) -> Result<MemoryTable> {
        let context = self.lookup_session(Tables::new());
        let list = keys.iter().map(|id| lit(*id)).collect();
        let rows = context
            .read_table(read_files(&context, files).await?)?
            .filter(col(key).in_list(list, false))?;
        let schema = Arc::new(rows.schema().as_arrow().clone());
        Ok(MemoryTable {
            schema,
            partitions: vec![rows.collect().await?],
        })
    }
}

pub(super) fn hash_rows(columns: &[ArrayRef], seed: u64, hashes: &mut [u64]) -> Result<()> {
    create_hashes(columns, &RandomState::with_seed(seed), hashes)?;
    Ok(())
}

impl From<DataFusionError> for Error {
    fn from(error: DataFusionError) -> Self {
        Self::damage(&error).unwrap_or_else(|| Self::Engine(Box::new(error)))
    }
}
