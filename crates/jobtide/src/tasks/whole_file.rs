//! Files of tasks: written whole or not at all.
//!
//! What is written gets its name once it is synced, so that a reader sees the whole earlier file or the
//! whole new one, also after a power cut and when two runs write one file: the last to end wins. The
//! operator names the folder; a value that is filled in cannot leave it.

use std::fs::File;
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use kernel::hex;
use orchestrator::{TaskContext, TaskError};
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::template::{Filling, Template, plain};
use crate::exit;

/// A path of a DAG file: absolute, or below the working folder of the program.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "Template")]
pub struct FilePath(Template);

impl TryFrom<Template> for FilePath {
    type Error = String;

    fn try_from(template: Template) -> Result<Self, String> {
        let written = template.written();
        if written.is_empty() || written.ends_with('/') || written.contains('\0') {
            return Err(format!("`{written}` is not the path of a file"));
        }
        if template.has_secret() {
            return Err(format!(
                "`{written}`: a secret cannot be in the path of a file"
            ));
        }
        Ok(Self(template))
    }
}

impl FilePath {
    /// As the file has it.
    pub fn written(&self) -> &str {
        self.0.written()
    }

    /// The path with its values.
    ///
    /// # Errors
    /// When a value is missing, or would name a file of another folder.
    pub fn path(&self, filling: &mut Filling) -> Result<PathBuf, TaskError> {
        let path = self.0.fill(filling, part_of_name)?;
        // Two values beside each other could make one of them.
        let depth = |path: &str| path.split('/').filter(|part| *part == "..").count();
        if depth(&path) != depth(self.0.written()) {
            return Err(self.0.refused("it names another folder"));
        }
        Ok(PathBuf::from(path))
    }
}

/// A value as a part of the name of a file.
fn part_of_name(value: &Value) -> Result<String, String> {
    let text = plain(value)?;
    if text.is_empty() {
        return Err("it is empty".to_owned());
    }
    if text == "." || text == ".." || text.contains(['/', '\\']) || text.contains(char::is_control)
    {
        return Err(format!(
            "`{}` is not a part of the name of a file",
            kernel::excerpt(&text, 40)
        ));
    }
    Ok(text)
}

/// Who writes: a task of a run, for an item.
pub fn writer(context: &TaskContext, task: &str) -> String {
    let item = context.item::<Value>().ok();
    format!("{}\0{task}\0{item:?}", context.run().as_str())
}

/// A file that is being written; nothing is left of it when it is dropped.
pub struct WholeFile {
    path: PathBuf,
    part: PathBuf,
    file: Option<File>,
}

impl WholeFile {
    /// Begins a file, and makes its folder if there is none. `writer` tells apart who may write it at the
    /// same time: see [`writer`].
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn create(path: &Path, writer: &str) -> Result<Self, TaskError> {
        let digest = hex(&Sha256::digest(writer));
        let name = format!(".jobtide-{}.part", &digest[..16]);
        let part = path.with_file_name(name);
        let create = || -> io::Result<File> {
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder)?;
            }
            // Of an attempt that was killed. Another file, not the same one emptied: a write of an attempt
            // that was given up may still be on its way to it.
            match std::fs::remove_file(&part) {
                Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
                _ => File::create_new(&part),
            }
        };
        let file = create().map_err(|error| failed(path, error))?;
        Ok(Self {
            path: path.to_owned(),
            part,
            file: Some(file),
        })
    }

    /// Appends bytes.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), TaskError> {
        match &mut self.file {
            Some(file) => file
                .write_all(bytes)
                .map_err(|error| failed(&self.path, error)),
            None => Ok(()),
        }
    }

    /// A handle for another process to write to.
    ///
    /// # Errors
    /// When the system has none left.
    pub fn handle(&self) -> Result<File, TaskError> {
        let file = self.file.as_ref().map(File::try_clone);
        let handle = file.unwrap_or_else(|| Err(ErrorKind::NotFound.into()));
        handle.map_err(|error| failed(&self.path, error))
    }

    /// [`WholeFile::finish`], elsewhere: a sync takes its time.
    ///
    /// # Errors
    /// As that.
    pub async fn finished(self) -> Result<u64, TaskError> {
        let finished = tokio::task::spawn_blocking(move || self.finish()).await;
        finished.unwrap_or_else(|error| Err(TaskError::retryable(error)))
    }

    /// Gives it its name, and returns its size in bytes.
    ///
    /// # Errors
    /// When it cannot be synced or named; the file of that name is then as it was.
    fn finish(mut self) -> Result<u64, TaskError> {
        let Some(file) = &self.file else {
            return Ok(0);
        };
        let finish = || -> io::Result<u64> {
            file.sync_all()?;
            let bytes = file.metadata()?.len();
            // An attempt that was given up may come here while the next one is writing.
            if !self.is_ours() {
                return Err(io::Error::other("another attempt has begun it again"));
            }
            std::fs::rename(&self.part, &self.path)?;
            // The name is durable once its folder is.
            let folder = self.path.parent().filter(|folder| *folder != Path::new(""));
            File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
            Ok(bytes)
        };
        let finished = finish().map_err(|error| failed(&self.path, error));
        if finished.is_ok() {
            self.file = None;
        }
        finished
    }

    /// Whether the partial file is still the one that was begun, and not that of a later attempt.
    fn is_ours(&self) -> bool {
        let there = std::fs::symlink_metadata(&self.part).ok();
        let own = self.file.as_ref().and_then(|file| file.metadata().ok());
        there
            .zip(own)
            .is_some_and(|(there, own)| (there.dev(), there.ino()) == (own.dev(), own.ino()))
    }
}

impl Drop for WholeFile {
    fn drop(&mut self) {
        // After `finish` there is none.
        if self.is_ours() {
            std::fs::remove_file(&self.part).ok();
        }
    }
}

fn failed(path: &Path, error: io::Error) -> TaskError {
    let is_permanent = matches!(
        error.kind(),
        ErrorKind::PermissionDenied
            | ErrorKind::NotADirectory
            // A file in place of a folder.
            | ErrorKind::AlreadyExists
            | ErrorKind::IsADirectory
            | ErrorKind::ReadOnlyFilesystem
            | ErrorKind::InvalidFilename
    );
    let error = Err::<(), _>(error).with_context(|| format!("cannot write `{}`", path.display()));
    let text = error
        .err()
        .map(|error| exit::text(&error))
        .unwrap_or_default();
    match is_permanent {
        true => TaskError::permanent(text),
        // A full disk among them: somebody makes room.
        false => TaskError::retryable(text),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::template::tests::filling;
    use super::*;

    fn path(text: &str, item: Value) -> Result<String, String> {
        let template = Template::try_from(text.to_owned())?;
        let path = FilePath::try_from(template)?.path(&mut filling(item));
        match path {
            Ok(path) => Ok(path.display().to_string()),
            Err(error) => Err(error.to_string()),
        }
    }

    #[test]
    fn a_value_cannot_leave_the_folder_that_the_file_names() {
        for (text, item, expected) in [
            (
                "/srv/out/{item}.json",
                json!("서울 1"),
                "/srv/out/서울 1.json",
            ),
            ("../out/{from.day}/{item}", json!(7), "../out/2026-05-01/7"),
            ("{item}", json!("a..b"), "a..b"),
        ] {
            assert_eq!(path(text, item).as_deref(), Ok(expected));
        }
        for (text, item) in [
            ("out/{item}", json!("../etc/passwd")),
            ("out/{item}", json!("/etc/passwd")),
            ("out/{item}/x", json!("..")),
            ("out/{item}/x", json!(".")),
            ("out/{item}.{item}/x", json!("")),
            ("out/.{item}/x", json!(".")),
            ("out/{item}", json!("a\0b")),
            ("out/{item}", json!("a\nb")),
            ("out/{item}", json!(null)),
            ("out/{item}", json!(["a"])),
        ] {
            let error = path(text, item.clone()).unwrap_err();
            assert!(
                error.contains("a value cannot be in `out/"),
                "{item}: {error}"
            );
        }
        for text in ["", "out/", "out/{secret.TOKEN}", "a\0b"] {
            path(text, json!(1)).unwrap_err();
        }
    }

    #[test]
    fn a_file_is_there_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/out.txt");
        let names = || {
            let entries = std::fs::read_dir(folder.path().join("new")).unwrap();
            let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
            names
                .filter(|name| !name.starts_with('.'))
                .collect::<Vec<_>>()
        };
        let mut one = WholeFile::create(&path, "one").unwrap();
        let mut two = WholeFile::create(&path, "two").unwrap();
        one.write(b"one ").unwrap();
        two.write(b"two").unwrap();
        one.write(b"and all").unwrap();
        assert_eq!(names(), Vec::<String>::new());
        assert_eq!(one.finish().unwrap(), 11);
        assert_eq!(std::fs::read(&path).unwrap(), b"one and all");
        assert_eq!(two.finish().unwrap(), 3);
        assert_eq!(std::fs::read(&path).unwrap(), b"two");

        // Given up half way, and begun again after an attempt that was killed.
        let mut three = WholeFile::create(&path, "one").unwrap();
        three.write(b"half").unwrap();
        std::mem::forget(three);
        let mut four = WholeFile::create(&path, "one").unwrap();
        four.write(b"half").unwrap();
        drop(four);
        assert_eq!(std::fs::read(&path).unwrap(), b"two");
        assert_eq!(
            std::fs::read_dir(path.parent().unwrap()).unwrap().count(),
            1
        );

        // Given up while it was synced: the part of that name is the next attempt's.
        let mut five = WholeFile::create(&path, "one").unwrap();
        five.write(b"late").unwrap();
        let mut six = WholeFile::create(&path, "one").unwrap();
        six.write(b"ha").unwrap();
        assert!(five.finish().unwrap_err().is_retryable());
        assert_eq!(std::fs::read(&path).unwrap(), b"two");
        six.write(b"lf").unwrap();
        assert_eq!(six.finish().unwrap(), 4);
        assert_eq!(std::fs::read(&path).unwrap(), b"half");

        let file = WholeFile::create(folder.path(), "one").unwrap();
        let error = file.finish().unwrap_err();
        assert!(error.to_string().starts_with("cannot write `"), "{error}");
        let below = WholeFile::create(&path.join("x"), "one").err().unwrap();
        assert!(!below.is_retryable(), "{below}");
        // A device that is always full.
        if Path::new("/dev/full").exists() {
            let mut full = WholeFile::create(&path, "full").unwrap();
            let device = File::options().write(true).open("/dev/full").unwrap();
            let own = full.file.replace(device);
            let error = full.write(b"x").unwrap_err();
            assert!(error.is_retryable(), "{error}");
            assert!(
                error.to_string().contains("hint: the disk is full"),
                "{error}"
            );
            full.file = own;
            drop(full);
            assert_eq!(
                std::fs::read_dir(path.parent().unwrap()).unwrap().count(),
                1
            );
        }
    }
}
