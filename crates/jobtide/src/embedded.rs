//! The pipeline's files, embedded in the program, and those of the user's folder.

use std::io::ErrorKind;
use std::path::Path;

use anyhow::{Context as _, Result};
use rust_embed::RustEmbed;
use warehouse::PipelineFiles;

#[derive(RustEmbed)]
#[folder = "../../pipeline"]
#[exclude = "tests/*"]
struct PipelineFolder;

/// The files of `pipeline/`, overlaid by those of the user's folder.
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
        if is_of_the_system(&entry.file_name().to_string_lossy()) {
            crate::messages::tell(&format!(
                "note: `{path}` in the pipeline folder is not a pipeline file; it is ignored"
            ));
        } else if entry.file_type()?.is_dir() {
            lay_over(files, &entry.path(), &path)?;
        } else if !std::fs::metadata(entry.path())?.is_file() {
            // A pipe would block the reader forever.
            let what = format!("`{path}` is not a regular file");
            return Err(std::io::Error::new(ErrorKind::InvalidInput, what));
        } else {
            let mut bytes = std::fs::read(entry.path())?;
            // Some editors write a byte order mark at the start of every file; SQL and TOML parsers reject it.
            bytes.drain(..kernel::byte_order_mark_len(&bytes));
            files.insert(path, bytes);
        }
    }
    Ok(())
}

/// Whether a file name is one that operating systems or editors leave behind.
fn is_of_the_system(name: &str) -> bool {
    let lower = name.to_lowercase();
    // Hidden files, `._x` of macOS and the swap files of editors among them.
    lower.starts_with('.')
        || ["thumbs.db", "desktop.ini", "__macosx"].contains(&lower.as_str())
        || lower.ends_with('~')
        || (lower.starts_with('#') && lower.ends_with('#'))
        || [".swp", ".bak", ".orig", ".rej", ".tmp"]
            .iter()
            .any(|ending| lower.ends_with(ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_left_by_systems_and_editors_are_ignored() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("visual_tables")).unwrap();
        for name in [
            "visual_tables/._own.sql",
            "visual_tables/own.sql~",
            "visual_tables/#own.sql#",
            "visual_tables/.own.sql.swp",
            "Thumbs.db",
            ".DS_Store",
        ] {
            std::fs::write(folder.path().join(name), [0xff, 0]).unwrap();
        }
        let own = folder.path().join("visual_tables/own.sql");
        std::fs::write(own, "\u{feff}select 1 as one").unwrap();
        let compiled = pipeline_files(None).unwrap();
        let mut laid_over = pipeline_files(Some(folder.path())).unwrap();
        let own = laid_over.remove("visual_tables/own.sql");
        assert_eq!(own.as_deref(), Some(b"select 1 as one".as_slice()));
        assert_eq!(laid_over, compiled);
    }
}
