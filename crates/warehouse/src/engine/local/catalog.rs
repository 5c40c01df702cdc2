//! Catalogues and their sessions. A catalogue keeps one session of each kind: making one registers
//! hundreds of functions.

use std::sync::{Arc, OnceLock};

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::datasource::MemTable;
use datafusion::execution::context::SQLOptions;
use datafusion::prelude::SessionContext;

use super::plan::{Caller, LocalPlan};
use super::session::{Local, Tables, read_files};
use super::sql;
use crate::data_file::DataFile;
use crate::engine::{Access, Catalog, MemoryTable, Plan};
use crate::error::Result;
use crate::name::TableName;

pub(super) struct LocalCatalog {
    engine: Local,
    tables: Arc<Tables>,
    scan: OnceLock<SessionContext>,
    lookup: OnceLock<SessionContext>,
}

impl LocalCatalog {
    pub fn new(engine: Local, tables: Arc<Tables>) -> Self {
        Self {
            engine,
            tables,
            scan: OnceLock::new(),
            lookup: OnceLock::new(),
        }
    }

    fn session(&self, access: Access) -> &SessionContext {
        let tables = || self.tables.clone();
        match access {
            Access::Scan => self.scan.get_or_init(|| self.engine.session(tables())),
            Access::Lookup => {
                let lookup = || self.engine.lookup_session(tables());
                self.lookup.get_or_init(lookup)
            }
        }
    }
}

impl std::fmt::Debug for LocalCatalog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.tables.fmt(f)
    }
}

#[async_trait]
impl Catalog for LocalCatalog {
    async fn add_files(&self, name: &TableName, files: &[DataFile]) -> Result<()> {
        let table = read_files(self.session(Access::Scan), files).await?;
        self.tables.insert(name, table);
        Ok(())
    }

    fn add_files_lazily(&self, name: &TableName, files: Vec<DataFile>, columns: Option<SchemaRef>) {
        self.tables.insert_files(name, &self.engine, files, columns);
    }

    fn add_rows(&self, name: &TableName, rows: &MemoryTable) -> Result<()> {
        let table = MemTable::try_new(rows.schema.clone(), rows.partitions.clone())?;
        self.tables.insert(name, Arc::new(table));
        Ok(())
    }

    fn fork(&self) -> Arc<dyn Catalog> {
        Arc::new(Self::new(self.engine.clone(), self.tables.fork()))
    }

    async fn plan(&self, sql: &str, access: Access) -> Result<Box<dyn Plan>> {
        let frame = self.session(access).sql(sql).await?;
        Ok(Box::new(LocalPlan::new(frame, Caller::Program)))
    }

    async fn plan_for_user(&self, sql: &str) -> Result<Box<dyn Plan>> {
        sql::only_a_query(sql)?;
        let options = SQLOptions::new()
            .with_allow_ddl(false)
            .with_allow_dml(false)
            .with_allow_statements(false);
        let caller = Caller::User {
            memory_bytes: self.engine.memory_bytes(),
        };
        let session = self.session(Access::Scan);
        let frame = session.sql_with_options(sql, options).await;
        let frame = frame.map_err(|error| caller.error(error))?;
        Ok(Box::new(LocalPlan::new(frame, caller)))
    }
}
