//! Plans, and the errors of running them.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::common::DataFusionError;
use datafusion::dataframe::DataFrame;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::execute_stream_partitioned;
use futures::{StreamExt as _, TryStreamExt as _};

use crate::engine::{Plan, RowStream};
use crate::error::{Error, Result};

/// Whose query it is, which decides the words of an error.
#[derive(Debug, Clone, Copy)]
pub(super) enum Asker {
    Program,
    User { memory_bytes: usize },
}

impl Asker {
    pub fn error(self, error: DataFusionError) -> Error {
        let Self::User { memory_bytes } = self else {
            return error.into();
        };
        match error.find_root() {
            DataFusionError::ResourcesExhausted(_) => Error::QueryMemory(memory_bytes >> 20),
            _ => Error::damage(&error).unwrap_or_else(|| Error::Query(error.strip_backtrace())),
        }
    }
}

pub(super) struct LocalPlan {
    frame: DataFrame,
    asker: Asker,
}

impl LocalPlan {
    pub fn new(frame: DataFrame, asker: Asker) -> Self {
        Self { frame, asker }
    }
}

fn rows(stream: SendableRecordBatchStream, asker: Asker) -> RowStream {
    stream.map_err(move |error| asker.error(error)).boxed()
}

#[async_trait]
impl Plan for LocalPlan {
    fn schema(&self) -> SchemaRef {
        Arc::new(self.frame.schema().as_arrow().clone())
    }

    async fn stream(self: Box<Self>) -> Result<RowStream> {
        let asker = self.asker;
        let stream = self.frame.execute_stream().await;
        Ok(rows(stream.map_err(|error| asker.error(error))?, asker))
    }

    async fn partitions(self: Box<Self>) -> Result<Vec<RowStream>> {
        let asker = self.asker;
        let failed = |error| asker.error(error);
        let context = Arc::new(self.frame.task_ctx());
        let plan = self.frame.create_physical_plan().await.map_err(failed)?;
        let streams = execute_stream_partitioned(plan, context).map_err(failed)?;
        Ok(streams
            .into_iter()
            .map(|stream| rows(stream, asker))
            .collect())
    }
}
