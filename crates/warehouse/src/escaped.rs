//! Escaping untrusted text for a terminal: control sequences and bidirectional marks are shown as
//! escapes. For display only: machine-readable formats keep every byte.

use std::borrow::Cow;

/// Text for one line of a terminal or one cell of a table: control characters, line ends and tabs
/// among them, line separators, and bidirectional control characters are written as in Rust
/// (`\u{1b}`, `\n`).
pub fn escaped(text: &str) -> Cow<'_, str> {
    escape(text, acts)
}

/// The same for text of several lines, which stay lines.
pub fn escaped_lines(text: &str) -> Cow<'_, str> {
    escape(text, |letter| letter != '\n' && acts(letter))
}

fn escape(text: &str, acts: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&acts) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        match acts(letter) {
            true => shown.extend(letter.escape_default()),
            false => shown.push(letter),
        }
    }
    Cow::Owned(shown)
}

/// Whether a terminal interprets it instead of showing it.
fn acts(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_shown_as_escapes() {
        for (text, shown) in [
            ("\u{1b}]0;x\u{7}", r"\u{1b}]0;x\u{7}"),
            ("a\rb\u{8}\u{7f}", r"a\rb\u{8}\u{7f}"),
            ("\u{80}\u{9b}31m\u{9f}", r"\u{80}\u{9b}31m\u{9f}"),
            (
                "\u{202a}\u{202e}x\u{2066}\u{2069}",
                r"\u{202a}\u{202e}x\u{2066}\u{2069}",
            ),
            ("\u{2028}\u{2029}\0", r"\u{2028}\u{2029}\u{0}"),
            (
                "개발자 · \u{a0}é 👩\u{200d}💻 \\u{1b}",
                "개발자 · \u{a0}é 👩\u{200d}💻 \\u{1b}",
            ),
        ] {
            assert_eq!(escaped(text), shown);
            assert_eq!(escaped_lines(text), shown);
            assert_eq!(escaped(&escaped(text)), shown, "twice is once");
        }
        assert_eq!(escaped("a\nb\tc"), r"a\nb\tc");
        assert_eq!(escaped_lines("a\nb\tc"), "a\nb\\tc");
    }
}
