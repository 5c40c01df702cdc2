//! A value that must not be seen.

use std::borrow::Cow;
use std::fmt;

/// A shorter key is not searched for in responses: it would match ordinary words. Real ones have
/// dozens of characters; `jobtide demo` uses the key `demo` with its simulator.
const LEAST_FOUND: usize = 6;

/// An access key. It has no `Display` and no serialisation, and its `Debug` shows nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Trims the key (keys are often kept in files). `None` when nothing is left.
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        (!text.is_empty()).then(|| Self(text.to_owned()))
    }

    /// The key itself: for the request, nowhere else.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// `text` with the key redacted, plain or URL-encoded. For external texts: some servers repeat
    /// the key in their messages. The whole text is redacted if the key is escaped in another way.
    pub fn scrub(&self, text: &str) -> String {
        let encoded: String = url::form_urlencoded::byte_serialize(self.0.as_bytes()).collect();
        let scrubbed = text.replace(&self.0, MASK).replace(&encoded, MASK);
        if self.is_in(scrubbed.as_bytes()) {
            // In an unknown encoding: where it begins and ends is unknown.
            return MASK.to_owned();
        }
        scrubbed
    }

    /// Whether external bytes contain the key: plain, JSON-escaped, URL- or form-encoded, or doubly
    /// URL-encoded, also within JSON.
    pub fn is_in(&self, bytes: &[u8]) -> bool {
        if self.0.len() < LEAST_FOUND {
            return false;
        }
        let mut text = Cow::Borrowed(bytes);
        // As received, with JSON escapes decoded, then with one and two layers of percent-encoding
        // decoded.
        for undo in [
            unchanged,
            without_escapes,
            without_percents,
            without_percents,
        ] {
            text = match undo(&text) {
                Some(undone) => Cow::Owned(undone),
                None => text,
            };
            if holds(&text, self.0.as_bytes()) {
                return true;
            }
        }
        false
    }
}

/// Whether `text` holds `key`; a form writes a blank as `+`.
fn holds(text: &[u8], key: &[u8]) -> bool {
    let like = |(found, wanted): (&u8, &u8)| found == wanted || (*wanted == b' ' && *found == b'+');
    text.windows(key.len())
        .any(|found| like((&found[0], &key[0])) && found.iter().zip(key).all(like))
}

fn unchanged(_: &[u8]) -> Option<Vec<u8>> {
    None
}

/// Decodes JSON escapes such as `\/`; other text is unchanged.
fn without_escapes(text: &[u8]) -> Option<Vec<u8>> {
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.iter().position(|byte| *byte == b'\\') {
        plain.extend_from_slice(&rest[..at]);
        let (stands_for, length) = match rest.get(at + 1) {
            Some(b'u') => (hex(rest.get(at + 2..at + 6)), 6),
            Some(escaped) => (Some(u32::from(*escaped)), 2),
            None => (None, 1),
        };
        match stands_for.and_then(char::from_u32) {
            Some(character) => {
                let mut bytes = [0; 4];
                plain.extend_from_slice(character.encode_utf8(&mut bytes).as_bytes());
                rest = &rest[at + length..];
            }
            None => {
                plain.push(b'\\');
                rest = &rest[at + 1..];
            }
        }
    }
    if plain.is_empty() && rest.len() == text.len() {
        return None;
    }
    plain.extend_from_slice(rest);
    Some(plain)
}

fn without_percents(text: &[u8]) -> Option<Vec<u8>> {
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.iter().position(|byte| *byte == b'%') {
        plain.extend_from_slice(&rest[..at]);
        match hex(rest.get(at + 1..at + 3)).and_then(|code| u8::try_from(code).ok()) {
            Some(byte) => {
                plain.push(byte);
                rest = &rest[at + 3..];
            }
            None => {
                plain.push(b'%');
                rest = &rest[at + 1..];
            }
        }
    }
    if plain.is_empty() && rest.len() == text.len() {
        return None;
    }
    plain.extend_from_slice(rest);
    Some(plain)
}

fn hex(digits: Option<&[u8]>) -> Option<u32> {
    let digits = digits.filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))?;
    u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

const MASK: &str = "[access key]";

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Secret")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_shows_nothing() {
        let secret = Secret::new(" k+y/1 \n").expect("a key");
        assert_eq!(format!("{secret:?}"), "Secret");
        assert_eq!(secret.expose(), "k+y/1");
        assert_eq!(
            secret.scrub("Invalid k+y/1 at ?access-key=k%2By%2F1&x"),
            "Invalid [access key] at ?access-key=[access key]&x"
        );
        assert_eq!(Secret::new(" \n"), None);
    }

    #[test]
    fn a_secret_is_found_however_it_is_written() {
        let secret = Secret::new("k+y/한글 a%2").expect("a key");
        let url = "k%2By%2F%ed%95%9c%EA%B8%80+a%252";
        let inner: String = url::form_urlencoded::byte_serialize(url.as_bytes()).collect();
        for text in [
            "x k+y/한글 a%2 x".to_owned(),
            r"x k+y\/한글 a%2 x".to_owned(),
            r"\u006B\u002by\u002f\uD55C\uae00\u0020\u0061%2".to_owned(),
            format!("?key={url}&x"),
            format!("?key={}&x", url.replace('+', "%20")),
            format!("?to={inner}&x"),
            format!(r#"{{"x":"\u003fkey={}"}}"#, url.replace('%', r"\u0025")),
        ] {
            assert!(secret.is_in(text.as_bytes()), "{text}");
        }
        for text in [
            "",
            "k+y/한글 a%",
            "k y/한글 a%2",
            r"\",
            r"\u00",
            "%",
            "%2",
            "%zz",
        ] {
            assert!(!secret.is_in(text.as_bytes()), "{text}");
        }
        assert!(!Secret::new("demo").expect("a key").is_in(b"a demo"));
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..80)) {
            Secret::new("hunter2hunter2").expect("a key").is_in(&bytes);
        }
    }
}
