//! `jobtide export`

use std::fs::File;
use std::io::{BufWriter, Write as _};

use anyhow::{Context as _, Result};
use warehouse::TableName;

use crate::app::App;
use crate::cli;
use crate::messages::Messages;

/// Writes each table to its own file; an incomplete file keeps its `.part` name.
pub async fn run(app: &App, args: &cli::Export, messages: &Messages) -> Result<()> {
    let names = args
        .tables
        .iter()
        .map(|name| Ok(name.parse::<TableName>()?))
        .collect::<Result<Vec<_>>>()?;
    let record = app
        .warehouse
        .builds()
        .published()
        .await?
        .ok_or(warehouse::Error::NothingPublished)?;
    std::fs::create_dir_all(&args.to)
        .with_context(|| format!("cannot make the folder `{}`", args.to.display()))?;
    let format = warehouse::query::Format::from(args.format);
    let mark = match record.origin {
        // Exported files are labelled as generated.
        warehouse::publish::Origin::Generated => ".demo",
        _ => "",
    };
    for name in names {
        let rows = app.warehouse.read_table(&record, &name).await?;
        let file = args.to.join(format!("{name}{mark}.{}", format.ending()));
        let part = args
            .to
            .join(format!("{name}{mark}.{}.part", format.ending()));
        let written = |path: &std::path::Path| format!("cannot write `{}`", path.display());
        let mut out = BufWriter::new(File::create(&part).with_context(|| written(&part))?);
        rows.write(format, &mut out)?;
        out.flush().with_context(|| written(&part))?;
        std::fs::rename(&part, &file).with_context(|| written(&file))?;
        messages.say(&format!(
            "wrote {} rows to `{}`",
            rows.len(),
            file.display()
        ));
    }
    Ok(())
}
