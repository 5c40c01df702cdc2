//! `jobtide openapi`

use std::io::{Write as _, stdout};

use anyhow::{Context as _, Result};
use utoipa::OpenApi as _;

use crate::http::ApiDoc;

/// Prints the API's description.
pub fn run() -> Result<()> {
    let text = ApiDoc::openapi().to_pretty_json()?;
    // Not `println!`, which panics on a closed pipe.
    writeln!(stdout(), "{text}").context("cannot write the description")
}
