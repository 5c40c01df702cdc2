//! The content of one saved file, read once as a stream.

use std::fs::{File, FileType};
use std::io::{self, Read, Write as _};
use std::path::Path as FilePath;
use std::sync::{Mutex, PoisonError};

use kernel::hex;
use sha2::{Digest, Sha256};

use crate::body::LEVEL;
use crate::preamble::LAND_ANSWERS;
use crate::preamble::NotRecords;
use crate::sniff::{Sniff, Sniffed};
use crate::unpack::{self, Unpacked};
use crate::{Error, Examined, Format, Reader};

/// Size limits of content, decompressed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub document: u64,
    pub lines: u64,
}

impl Limits {
    fn of(self, format: Format) -> u64 {
        match format {
            Format::JsonLines => self.lines,
            _ => self.document,
        }
    }
}

/// How content is read.
#[derive(Debug)]
pub(super) struct Reading<'a> {
    pub limits: Limits,
    /// Examines it, if set.
    pub reader: Option<&'a dyn Reader>,
    /// Whether to examine all of the content, instead of only enough to show that it can be read.
    pub count: bool,
    /// Held while a large content is in memory as a whole: one at a time.
    pub whole: &'a Mutex<()>,
}

/// A saved file, read once.
#[derive(Debug)]
pub(super) struct Content {
    pub stored: Vec<u8>,
    pub sha256: String,
    pub bytes: u64,
    pub format: Format,
    pub records: Option<u64>,
    /// What was found in it, or in its beginning if it is not counted. `None` without a reader.
    pub examined: Option<Examined>,
}

#[derive(Debug)]
pub(super) enum Failure {
    Io(io::Error),
    NotRegular(&'static str),
    NotJson(NotRecords),
    NoRecords(Examined),
    TooLarge { limit_bytes: u64 },
    Inflated { packed_bytes: u64, bytes: u64 },
}

impl From<NotRecords> for Failure {
    fn from(not: NotRecords) -> Self {
        Self::NotJson(not)
    }
}

impl From<unpack::Failure> for Failure {
    fn from(failure: unpack::Failure) -> Self {
        match failure {
            unpack::Failure::Io(error) => Self::Io(error),
            unpack::Failure::Inflated {
                packed_bytes,
                bytes,
            } => Self::Inflated {
                packed_bytes,
                bytes,
            },
        }
    }
}

impl Failure {
    pub fn of(self, name: &str, path: &FilePath) -> Error {
        match self {
            Self::Io(source) => Error::File {
                path: path.to_owned(),
                source,
            },
            Self::NotRegular(kind) => Error::NotRegular {
                path: path.to_owned(),
                kind,
            },
            Self::NotJson(NotRecords { reason, hint }) => Error::NotJson {
                name: name.to_owned(),
                reason,
                hint,
            },
            Self::NoRecords(examined) => {
                let reason = match examined.first_rejected {
                    Some((line, reason)) => format!("line {line}: {reason}"),
                    None => "it contains none".to_owned(),
                };
                Error::NoRecords {
                    name: name.to_owned(),
                    form: examined.form,
                    reason,
                    hint: LAND_ANSWERS,
                }
            }
            Self::TooLarge { limit_bytes } => Error::TooLarge {
                name: name.to_owned(),
                limit_bytes,
            },
            Self::Inflated {
                packed_bytes,
                bytes,
            } => Error::Inflated {
                name: name.to_owned(),
                packed_bytes,
                bytes,
            },
        }
    }
}

impl Content {
    pub fn read(name: &str, raw: impl Read, how: &Reading<'_>) -> Result<Self, Failure> {
        let mut plain = Unpacked::new(raw).map_err(Failure::Io)?;
        let mut encoder = zstd::Encoder::new(Vec::new(), LEVEL).map_err(Failure::Io)?;
        let mut hasher = Sha256::new();
        let mut sniffed = Sniffed::new(name);
        let mut bytes = 0;
        let mut chunk = vec![0; 64 * 1024];
        let mut limit_bytes = how.limits.lines;
        loop {
            let read = plain.read(&mut chunk)?;
            if read == 0 {
                break;
            }
            let part = &chunk[..read];
            bytes += read as u64;
            if bytes > limit_bytes {
                return Err(Failure::TooLarge { limit_bytes });
            }
            hasher.update(part);
            // The format is known from the beginning, before all of it is read.
            if sniffed.add(part)? == Some(Format::Json) {
                limit_bytes = how.limits.document;
            }
            encoder.write_all(part).map_err(Failure::Io)?;
        }
        let Sniff {
            format,
            lines,
            beginning,
            doubt,
        } = sniffed.end()?;
        let mut content = Self {
            stored: encoder.finish().map_err(Failure::Io)?,
            sha256: hex(&hasher.finalize()),
            bytes,
            format,
            records: lines,
            examined: None,
        };
        match (how.reader, doubt) {
            (Some(reader), doubt) => content.examine(beginning, doubt, reader, how)?,
            (None, Some(doubt)) => return Err(doubt.into()),
            (None, None) => {}
        }
        Ok(content)
    }

    /// The sha-256 of a file's decompressed content, of any format.
    pub fn sha256_of(path: &FilePath) -> Result<String, Failure> {
        let mut plain = Unpacked::new(open(path)?).map_err(Failure::Io)?;
        let mut hasher = Sha256::new();
        let mut chunk = vec![0; 64 * 1024];
        loop {
            let read = plain.read(&mut chunk)?;
            if read == 0 {
                return Ok(hex(&hasher.finalize()));
            }
            hasher.update(&chunk[..read]);
        }
    }

    /// Refuses content without a readable record. The beginning of JSON lines usually contains one; if
    /// it does not, and for a document, the whole content is read into memory.
    fn examine(
        &mut self,
        beginning: Vec<u8>,
        doubt: Option<NotRecords>,
        reader: &dyn Reader,
        how: &Reading<'_>,
    ) -> Result<(), Failure> {
        let is_whole = beginning.len() as u64 == self.bytes;
        if !is_whole && !how.count && self.format == Format::JsonLines {
            let lines = memchr::memrchr(b'\n', &beginning).map_or(0, |end| end + 1);
            let examined = reader.examine(&beginning[..lines], Format::JsonLines);
            if examined.records > 0 {
                self.take(Format::JsonLines, examined);
                return Ok(());
            }
        }
        let mut one = None;
        let whole = match is_whole {
            true => beginning,
            false => {
                drop(beginning);
                one = Some(how.whole.lock().unwrap_or_else(PoisonError::into_inner));
                zstd::decode_all(self.stored.as_slice()).map_err(Failure::Io)?
            }
        };
        let examined = reader.examine(&whole, self.format);
        if examined.is_readable() {
            self.take(self.format, examined);
            return Ok(());
        }
        // The name, or a broken first line, can be misleading about the format.
        let other = match self.format {
            Format::JsonLines => Format::Json,
            _ => Format::JsonLines,
        };
        if self.bytes <= how.limits.of(other) {
            let otherwise = reader.examine(&whole, other);
            if otherwise.records > 0 {
                self.records = None;
                self.take(other, otherwise);
                return Ok(());
            }
        }
        drop(one);
        Err(match doubt.filter(|_| self.format == Format::JsonLines) {
            Some(doubt) => Failure::NotJson(doubt),
            None => Failure::NoRecords(examined),
        })
    }

    fn take(&mut self, format: Format, examined: Examined) {
        self.format = format;
        // Without one record per line, the count is unknown.
        self.records = self.records.filter(|_| examined.one_a_line);
        self.examined = Some(examined);
    }
}

/// Opens a plain file. A pipe, a socket or a device may block a reader forever, or be endless.
pub(super) fn open(path: &FilePath) -> Result<File, Failure> {
    let about = std::fs::metadata(path).map_err(Failure::Io)?;
    match kind_of_no_file(about.file_type()) {
        Some(kind) => Err(Failure::NotRegular(kind)),
        None => File::open(path).map_err(Failure::Io),
    }
}

/// The kind of a file that is not regular.
fn kind_of_no_file(kind: FileType) -> Option<&'static str> {
    if kind.is_file() {
        return None;
    }
    if kind.is_dir() {
        return Some("a folder");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt as _;
        if kind.is_fifo() {
            return Some("a pipe");
        }
        if kind.is_socket() {
            return Some("a socket");
        }
        if kind.is_block_device() || kind.is_char_device() {
            return Some("a device");
        }
    }
    Some("something else")
}
