//! Names that are safe everywhere.

/// Whether a name is of lower-case letters, digits and `_` and begins with a letter: it needs no
/// quotes in SQL, no encoding in a URL, and is a name of a file everywhere.
pub fn is_identifier(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && name
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_begins_with_a_lower_case_letter() {
        for name in ["a", "job_type", "x2_"] {
            assert!(is_identifier(name), "{name}");
        }
        for name in [
            "", "_a", "2a", "A", "aB", "a-b", "a b", "a.b", "역할", "a역할",
        ] {
            assert!(!is_identifier(name), "{name}");
        }
    }
}
