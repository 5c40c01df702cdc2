//! `jobtide init`

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::Write;

use anyhow::{Context as _, Result, bail};

use crate::cli;
use crate::config::DEFAULTS;
use crate::embedded;
use crate::messages::Messages;
use crate::sources::Sources;

/// Writes the commented defaults; never overwrites a file.
pub fn run(args: &cli::Init, messages: &Messages) -> Result<()> {
    let sources = Sources::read(&embedded::pipeline_files(None)?, &BTreeMap::new())?;
    let text = format!("{DEFAULTS}\n{}", sources.sections());
    let file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&args.file);
    let mut file = match file {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            bail!(
                "`{}` is already there\nhint: name another file: jobtide init FILE",
                args.file.display()
            )
        }
        Err(error) => {
            return Err(error).with_context(|| format!("cannot write `{}`", args.file.display()));
        }
    };
    file.write_all(text.as_bytes())
        .with_context(|| format!("cannot write `{}`", args.file.display()))?;
    messages.say(&format!(
        "wrote `{}`: every setting with its default",
        args.file.display()
    ));
    Ok(())
}
