//! What is built into the program: the pipeline and the page.

use std::io::ErrorKind;
use std::path::Path;

use anyhow::{Context as _, Result};
use rust_embed::RustEmbed;
use warehouse::PipelineFiles;

#[derive(RustEmbed)]
#[folder = "../../pipeline"]
#[exclude = "tests/*"]
struct PipelineFolder;

/// The page, as `npm run build` left it.
#[derive(RustEmbed)]
#[folder = "../../web/dist"]
pub struct Page;

/// The files of `pipeline/`, with those of a folder of the user's laid over them.
pub fn pipeline_files(folder: Option<&Path>) -> Result<PipelineFiles> {
    let mut files: PipelineFiles = PipelineFolder::iter()
        .filter_map(|path| {
            let file = PipelineFolder::get(&path)?;
            Some((path.into_owned(), file.data.into_owned()))
        })
        .collect();
    if let Some(folder) = folder {
        lay_over(&mut files, folder, "")
            .with_context(|| format!("cannot read the pipeline folder `{}`", folder.display()))?;
    }
    Ok(files)
}

fn lay_over(files: &mut PipelineFiles, folder: &Path, prefix: &str) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = match prefix {
            "" => name,
            prefix => format!("{prefix}/{name}"),
        };
        if entry.file_type()?.is_dir() {
            lay_over(files, &entry.path(), &path)?;
        } else if !std::fs::metadata(entry.path())?.is_file() {
            // A pipe would hold the reader for ever.
            let what = format!("`{path}` is not a regular file");
            return Err(std::io::Error::new(ErrorKind::InvalidInput, what));
        } else {
            files.insert(path, std::fs::read(entry.path())?);
        }
    }
    Ok(())
}
