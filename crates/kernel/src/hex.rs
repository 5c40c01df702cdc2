//! Digests as text.

use std::fmt::Write as _;

/// Two lower-case hex digits a byte.
pub fn hex(bytes: &[u8]) -> String {
    let text = String::with_capacity(2 * bytes.len());
    bytes.iter().fold(text, |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Whether a text has no other characters than those that [`hex`] writes.
pub fn is_lower_hex(text: &str) -> bool {
    text.bytes()
        .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_two_lower_case_digits_each() {
        assert_eq!(hex(&[]), "");
        assert_eq!(hex(&[0, 0x0a, 0xff]), "000aff");
        assert!(is_lower_hex(&hex(&[0x12, 0xcd])));
        for other in ["0A", "0g", "0 ", "가"] {
            assert!(!is_lower_hex(other), "{other}");
        }
    }
}
