//! Untrusted texts: byte order marks, and excerpts for messages.

/// The byte order mark of UTF-8; not part of the text.
pub const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The length in bytes of the byte order mark at the beginning of a text: 3, or 0 without one. Some
/// editors write one at the start of every file, and parsers reject it.
pub fn byte_order_mark_len(text: impl AsRef<[u8]>) -> usize {
    match text.as_ref().starts_with(BYTE_ORDER_MARK) {
        true => BYTE_ORDER_MARK.len(),
        false => 0,
    }
}

/// The character, or a replacement character (U+FFFD) instead of a control character.
pub fn printable(letter: char) -> char {
    match letter.is_control() {
        true => char::REPLACEMENT_CHARACTER,
        false => letter,
    }
}

/// The first `limit` characters of a text without control characters (see [`printable`]); if there
/// are more, `…` follows.
pub fn excerpt(text: &str, limit: usize) -> String {
    let mut letters = text.chars();
    let mut excerpt: String = letters.by_ref().take(limit).map(printable).collect();
    if letters.next().is_some() {
        excerpt.push('…');
    }
    excerpt
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_order_mark_is_three_bytes_or_none() {
        let marked = "\u{feff}{}";
        assert_eq!(&marked[byte_order_mark_len(marked)..], "{}");
        assert_eq!(byte_order_mark_len("{}"), 0);
        assert_eq!(byte_order_mark_len([0xef, 0xbb]), 0);
    }

    #[test]
    fn an_excerpt_is_printable_and_says_when_it_is_one() {
        assert_eq!(excerpt("a\u{1b}b", 3), "a\u{fffd}b");
        assert_eq!(excerpt("공고문", 2), "공고…");
        assert_eq!(excerpt("", 0), "");
    }
}
