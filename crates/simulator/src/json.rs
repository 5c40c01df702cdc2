//! A minimal JSON writer for the responses.

use crate::posting::Gap;

/// Bytes of JSON. Names of the code tables need no escaping (a test of the catalogue holds that).
pub(crate) struct Out(Vec<u8>);

impl Out {
    pub(crate) fn with_capacity(bytes: usize) -> Self {
        Self(Vec::with_capacity(bytes))
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    pub(crate) fn raw(&mut self, text: &str) {
        self.0.extend_from_slice(text.as_bytes());
    }

    /// A quoted string.
    pub(crate) fn text(&mut self, text: &str) {
        self.0.push(b'"');
        let mut rest = text;
        while let Some(at) = rest.find(|c: char| matches!(c, '"' | '\\') || c.is_control()) {
            self.raw(&rest[..at]);
            let character = rest[at..].chars().next().unwrap_or_default();
            match character {
                '"' => self.raw("\\\""),
                '\\' => self.raw("\\\\"),
                other => self.raw(&format!("\\u{:04x}", u32::from(other))),
            }
            rest = &rest[at + character.len_utf8()..];
        }
        self.raw(rest);
        self.0.push(b'"');
    }

    pub(crate) fn number_as(&mut self, digits: &str, quoted: bool) {
        if quoted {
            self.raw("\"");
        }
        self.raw(digits);
        if quoted {
            self.raw("\"");
        }
    }

    /// Comma-separated, inside quotes that are already open.
    pub(crate) fn list<T: AsRef<str>>(&mut self, items: impl Iterator<Item = T>) {
        for (at, item) in items.enumerate() {
            if at > 0 {
                self.raw(",");
            }
            self.raw(item.as_ref());
        }
    }

    /// `{"code":"…","name":"…"}`, or what remains of it with a gap.
    pub(crate) fn coded(
        &mut self,
        gap: Option<Gap>,
        code: impl FnOnce(&mut Self),
        name: Option<impl FnOnce(&mut Self)>,
    ) {
        self.raw("{");
        let with_code = gap.is_none();
        if with_code {
            self.raw(r#""code":""#);
            code(self);
            self.raw("\"");
        }
        if gap != Some(Gap::Empty)
            && let Some(name) = name
        {
            self.raw(if with_code {
                r#","name":""#
            } else {
                r#""name":""#
            });
            name(self);
            self.raw("\"");
        }
        self.raw("}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped() {
        let mut out = Out::with_capacity(0);
        out.text("a \"b\" \\ \n <&> 가");
        assert_eq!(
            String::from_utf8_lossy(&out.0),
            "\"a \\\"b\\\" \\\\ \\u000a <&> 가\""
        );
    }
}
