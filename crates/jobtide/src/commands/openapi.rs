//! `jobtide openapi`

use anyhow::Result;
use utoipa::OpenApi as _;

use crate::http::ApiDoc;

/// Prints the API's description.
pub fn run() -> Result<()> {
    println!("{}", ApiDoc::openapi().to_pretty_json()?);
    Ok(())
}
