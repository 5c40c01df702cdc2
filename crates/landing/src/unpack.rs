//! Reading a file that may be compressed, with protection against decompression bombs.
//!
//! A few kilobytes of gzip or zstd, in one stream or in thousands of joined ones, decompress to
//! gigabytes. The output is compared with the input while decompressing, so that at most a few
//! megabytes of such a file are produced. In memory: a buffer and the decompression window.

use std::cell::Cell;
use std::io::{self, BufReader, Cursor, Read};
use std::rc::Rc;

/// Postings compress 10 to 50 times. A file that decompresses to more than this many times its
/// size, beyond a few megabytes, is a decompression bomb.
const MOST_TIMES: u64 = 250;
const UNSUSPECTED_BYTES: u64 = 8 << 20;

/// The largest window of a zstd file: 128 MiB, which `zstd --long` writes, and the memory that
/// decompressing takes.
const ZSTD_WINDOW_LOG: u32 = 27;

/// Why reading ended early.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Also a truncated or damaged compressed file.
    Io(io::Error),
    /// It decompresses to more than [`MOST_TIMES`] its size: at least `bytes` from `packed_bytes`.
    Inflated { packed_bytes: u64, bytes: u64 },
}

/// A file being decompressed: gzip and zstd by their first bytes, anything else as it is.
pub(crate) struct Unpacked<'a> {
    plain: Box<dyn Read + 'a>,
    /// Bytes read of a compressed file.
    packed_bytes: Option<Rc<Cell<u64>>>,
    bytes: u64,
}

impl<'a> Unpacked<'a> {
    /// Reads the first bytes of `raw`.
    pub fn new(mut raw: impl Read + 'a) -> io::Result<Self> {
        let mut magic = Vec::with_capacity(4);
        raw.by_ref().take(4).read_to_end(&mut magic)?;
        let packed_bytes = Rc::new(Cell::new(0));
        let whole = BufReader::new(Counted {
            inner: Cursor::new(magic.clone()).chain(raw),
            bytes: packed_bytes.clone(),
        });
        let (plain, packed): (Box<dyn Read + 'a>, bool) = match magic.as_slice() {
            [0x1f, 0x8b, ..] => (Box::new(flate2::bufread::MultiGzDecoder::new(whole)), true),
            [0x28, 0xb5, 0x2f, 0xfd] => {
                let mut decoder = zstd::Decoder::with_buffer(whole)?;
                decoder.window_log_max(ZSTD_WINDOW_LOG)?;
                (Box::new(decoder), true)
            }
            _ => (Box::new(whole), false),
        };
        Ok(Self {
            plain,
            packed_bytes: packed.then_some(packed_bytes),
            bytes: 0,
        })
    }

    /// Reads the next part into `chunk`; 0 at the end.
    pub fn read(&mut self, chunk: &mut [u8]) -> Result<usize, Failure> {
        let read = loop {
            match self.plain.read(chunk) {
                Ok(read) => break read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Failure::Io(error)),
            }
        };
        self.bytes += read as u64;
        if let Some(packed_bytes) = self.packed_bytes.as_deref().map(Cell::get)
            && self.bytes > UNSUSPECTED_BYTES
            && self.bytes / MOST_TIMES > packed_bytes
        {
            return Err(Failure::Inflated {
                packed_bytes,
                bytes: self.bytes,
            });
        }
        Ok(read)
    }
}

/// Counts the bytes read of a file.
struct Counted<R> {
    inner: R,
    bytes: Rc<Cell<u64>>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, part: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(part)?;
        self.bytes.set(self.bytes.get() + read as u64);
        Ok(read)
    }
}
