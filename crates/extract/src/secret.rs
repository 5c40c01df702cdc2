//! A value that must not be seen.

use std::fmt;

/// An access key. It has no `Display` and no serialisation, and its `Debug` shows nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes the key without blanks and line ends around it (keys are often kept in files).
    /// `None` when nothing is left.
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        (!text.is_empty()).then(|| Self(text.to_owned()))
    }

    /// The key itself: for the request, nowhere else.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }

    /// `text` without the key, as it is or as it stands in a URL. For texts that come from outside:
    /// some servers repeat the key in their messages.
    pub(crate) fn scrub(&self, text: &str) -> String {
        let encoded: String = url::form_urlencoded::byte_serialize(self.0.as_bytes()).collect();
        text.replace(&self.0, MASK).replace(&encoded, MASK)
    }
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
}
