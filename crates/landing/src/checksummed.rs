//! JSON documents that carry a checksum of their own: the last field, `digest`, is the SHA-256 of
//! all bytes before it. It detects damage that leaves readable JSON, not forgery. Documents of
//! earlier versions have no such field and are read by their shape alone.

use kernel::hex;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Separates the checksum from the rest.
const FIELD: &str = ",\n  \"digest\": \"";

/// Follows the checksum.
const END: &str = "\"\n}\n";

/// Hex digits of a SHA-256.
const DIGITS: usize = 64;

/// A document as it is stored: indented, to be readable in the store, and with its checksum.
///
/// # Errors
/// When the document is not a JSON object with at least one field.
pub fn to_checked_json(document: &impl Serialize) -> serde_json::Result<String> {
    let text = serde_json::to_string_pretty(document)?;
    let rest = text.strip_suffix("\n}").ok_or_else(|| {
        serde::ser::Error::custom("only an object with fields can carry a checksum")
    })?;
    let digest = hex(&Sha256::digest(rest));
    Ok(format!("{rest}{FIELD}{digest}{END}"))
}

/// Reads a document and compares its checksum, if it has one.
///
/// # Errors
/// A message: the document is empty, malformed, or does not match its checksum.
pub fn from_checked_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    if bytes.is_empty() {
        return Err("it is empty".to_owned());
    }
    let document = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    match parts(bytes) {
        Some((rest, digest)) if hex(&Sha256::digest(rest)).as_bytes() == digest => Ok(document),
        Some(_) => Err("it is not as it was written: its checksum differs".to_owned()),
        None if has_digest(bytes) => {
            Err("it is not as it was written: its checksum is out of place".to_owned())
        }
        None => Ok(document),
    }
}

/// The bytes before the checksum, and the checksum.
fn parts(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let document = bytes.strip_suffix(END.as_bytes())?;
    let (rest, digest) = document.split_at_checked(document.len().checked_sub(DIGITS)?)?;
    Some((rest.strip_suffix(FIELD.as_bytes())?, digest))
}

fn has_digest(bytes: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Checked {
        digest: Option<IgnoredAny>,
    }
    serde_json::from_slice::<Checked>(bytes).is_ok_and(|document| document.digest.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Document {
        name: String,
        rows: u64,
    }

    #[test]
    fn no_flipped_bit_changes_what_is_read() {
        let document = Document {
            name: "recruits".to_owned(),
            rows: 4711,
        };
        let text = to_checked_json(&document).expect("an object");
        assert_eq!(
            from_checked_json::<Document>(text.as_bytes()).as_ref(),
            Ok(&document)
        );
        for bit in 0..text.len() * 8 {
            let mut bytes = text.clone().into_bytes();
            bytes[bit / 8] ^= 1 << (bit % 8);
            let read = from_checked_json::<Document>(&bytes);
            assert!(
                read.is_err() || read.as_ref() == Ok(&document),
                "bit {bit}: {read:?}"
            );
        }
        for end in 0..text.len() - 1 {
            assert!(
                from_checked_json::<Document>(&text.as_bytes()[..end]).is_err(),
                "{end}"
            );
        }
    }

    #[test]
    fn documents_without_a_checksum_are_read_by_their_shape() {
        let earlier = b"{\n  \"name\": \"recruits\",\n  \"rows\": 1\n}\n";
        assert!(from_checked_json::<Document>(earlier).is_ok());
        assert!(from_checked_json::<Document>(b"{\"rows\": 1}").is_err());
        to_checked_json(&7).expect_err("a number has no fields");
    }
}
