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
pub(super) enum Caller {
    Program,
    User { memory_bytes: usize },
}

impl Caller {
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
    caller: Caller,
}

impl LocalPlan {
    pub fn new(frame: DataFrame, caller: Caller) -> Self {
        Self { frame, caller }
    }
}

fn rows(stream: SendableRecordBatchStream, caller: Caller) -> RowStream {
    stream.map_err(move |error| caller.error(error)).boxed()
}

#[async_trait]
impl Plan for LocalPlan {
    fn schema(&self) -> SchemaRef {
        Arc::new(self.frame.schema().as_arrow().clone())
    }

    async fn stream(self: Box<Self>) -> Result<RowStream> {
        let caller = self.caller;
        let stream = self.frame.execute_stream().await;
        Ok(rows(stream.map_err(|error| caller.error(error))?, caller))
    }

    async fn partitions(self: Box<Self>) -> Result<Vec<RowStream>> {
        let caller = self.caller;
        let failed = |error| caller.error(error);
        let context = Arc::new(self.frame.task_ctx());
        let plan = self.frame.create_physical_plan().await.map_err(failed)?;
        let streams = execute_stream_partitioned(plan, context).map_err(failed)?;
        Ok(streams
            .into_iter()
            .map(|stream| rows(stream, caller))
            .collect())
    }
}
