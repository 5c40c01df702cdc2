//! The definitions of the tables, for the page on methods.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;
use warehouse::roles::Role;
use warehouse::{Level, Pipeline};

use crate::state::Server;

/// The definitions in `pipeline/` that every figure is computed by.
#[derive(Debug, Serialize, ToSchema)]
pub struct ModelsAnswer {
    /// Tables defined by SQL, each after its inputs.
    pub models: Vec<ModelInfo>,
    /// Queries that must return no rows.
    pub checks: Vec<CheckInfo>,
    /// Which posting belongs to which role.
    pub roles: Vec<RoleInfo>,
}

/// A table defined by SQL.
#[derive(Debug, Serialize, ToSchema)]
pub struct ModelInfo {
    /// `schema.table`
    pub name: String,
    /// One sentence: what one row is.
    pub what: String,
    /// Columns that identify a row.
    pub grain: Vec<String>,
    /// What readers should know.
    pub notes: Vec<String>,
    /// Conditions that every row meets.
    pub checks: Vec<String>,
    /// Tables it reads.
    pub inputs: Vec<String>,
    /// The query.
    pub sql: String,
}

/// A query that must return no rows.
#[derive(Debug, Serialize, ToSchema)]
pub struct CheckInfo {
    /// Its name.
    pub name: String,
    /// `error`: nothing is published; `warning`: the build is published with a warning.
    pub level: String,
    /// What returned rows would mean.
    pub what: String,
    /// The query.
    pub sql: String,
}

/// The rule of a role; patterns are SQL LIKE patterns.
#[derive(Debug, Serialize, ToSchema)]
pub struct RoleInfo {
    /// Name in the tables.
    pub role: String,
    /// Korean label.
    pub label_ko: String,
    /// English label.
    pub label_en: String,
    /// Names of job-code keywords.
    pub keywords: Vec<String>,
    /// Titles.
    pub titles: Vec<String>,
    /// Titles in lower case, for sources without codes.
    pub titles_without_codes: Vec<String>,
    /// Roles whose postings together make this one.
    pub union: Vec<String>,
}

/// The models, checks and roles that define the tables
#[utoipa::path(get, path = "/api/v1/models",
    responses(
        (status = 200, body = ModelsAnswer, headers(("ETag" = String, description = "changes whenever a model, check or role changes"))),
        (status = 304, description = "`If-None-Match` matches the ETag")))]
pub async fn models(State(server): State<Server>, headers: HeaderMap) -> Response {
    server.models_answer.answer(&headers)
}

/// The definitions in the files of a pipeline.
pub fn of(pipeline: &Pipeline, roles: &BTreeMap<String, Role>) -> ModelsAnswer {
    let models = pipeline.models.iter().map(|model| ModelInfo {
        name: model.name.to_string(),
        what: model.what.clone(),
        grain: model.grain.clone(),
        notes: model.notes.clone(),
        checks: model
            .checks
            .iter()
            .map(|check| check.condition.clone())
            .collect(),
        inputs: model.inputs.iter().map(ToString::to_string).collect(),
        sql: model.sql.clone(),
    });
    let checks = pipeline.checks.iter().map(|check| CheckInfo {
        name: check.name.clone(),
        level: match check.level {
            Level::Error => "error",
            Level::Warning => "warning",
        }
        .to_owned(),
        what: check.what.clone(),
        sql: check.sql.clone(),
    });
    let roles = roles.iter().map(|(name, role)| RoleInfo {
        role: name.clone(),
        label_ko: role.label_ko.clone(),
        label_en: role.label_en.clone(),
        keywords: role.keywords.clone(),
        titles: role.titles.clone(),
        titles_without_codes: role.titles_without_codes.clone(),
        union: role.union.clone(),
    });
    ModelsAnswer {
        models: models.collect(),
        checks: checks.collect(),
        roles: roles.collect(),
    }
}
