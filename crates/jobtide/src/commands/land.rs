//! `jobtide land`

use anyhow::{Result, bail};
use landing::{Dataset, Landed};

use crate::app::App;
use crate::cli;
use crate::messages::{Messages, tell};

/// Lands files one after another; one that cannot be read does not hold up the others.
pub async fn run(app: &App, args: &cli::Land, messages: &Messages) -> Result<()> {
    let dataset = Dataset::new(args.source.name(), "recruit")?;
    let mut saved = app.landing.saved_files(dataset).await?;
    let (mut new, mut known) = (0_usize, 0_usize);
    let mut failed = Vec::new();
    for file in &args.files {
        match saved.land_file(file, app.now()).await {
            Ok(Landed::New(_)) => new += 1,
            Ok(Landed::Known(_)) => {
                known += 1;
                messages.say(&format!(
                    "`{}` was landed before: nothing to do",
                    file.display()
                ));
            }
            Err(error) => {
                tell(&format!("error: `{}`: {error}", file.display()));
                failed.push(file.display().to_string());
            }
        }
    }
    let next = match new {
        0 => "",
        _ => "; `jobtide build` makes tables of them",
    };
    messages.say(&format!("landed {new} new files, {known} known ones{next}"));
    if failed.is_empty() {
        return Ok(());
    }
    bail!(
        "{} of {} files were not landed: {}",
        failed.len(),
        args.files.len(),
        failed.join(", ")
    )
}
