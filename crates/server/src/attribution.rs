//! The sources that are named with what is shown.

use serde::Serialize;
use utoipa::ToSchema;

/// The source, as its terms want it named.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Attribution {
    /// Name in the tables.
    pub source: String,
    /// Korean name.
    pub name_ko: String,
    /// English name.
    pub name_en: String,
    /// Its site; empty if the description of the source cannot be read.
    pub url: String,
}
