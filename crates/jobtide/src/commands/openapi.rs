//! `jobtide openapi`

use std::io::{Write as _, stdout};

use anyhow::{Context as _, Result};

/// Prints the OpenAPI document.
pub fn run() -> Result<()> {
    let text = server::description()?;
    // Not `println!`, which panics on a closed pipe.
    writeln!(stdout(), "{text}").context("cannot write the description")
}
