//! Cutting records out of a saved body of any form: see `staging/forms.rs`, which reads it by the
//! same pieces. The rest is preserved byte for byte.

use std::collections::BTreeSet;

use landing::json::{self, Piece};

use super::cut::{self, Cut, Wanted, empty_document};
use crate::staging::decode::{buffers, tape};
use crate::staging::forms::{NESTED_LISTS, several, trusted, unit};
use crate::staging::spec::RecordSpec;

/// Cuts matches out of a saved body; `None` if there are none.
pub(crate) fn cut(spec: &RecordSpec, body: &[u8], lines: bool, wanted: &Wanted) -> Option<Cut> {
    let mut cutting = Cutting {
        spec,
        wanted,
        removed: 0,
        keys: BTreeSet::new(),
    };
    let bytes = if lines {
        cutting.lines(body)
    } else if several(body) {
        match cutting.documents(body) {
            Some(bytes) => bytes,
            None => empty_document(spec).into_bytes(),
        }
    } else {
        let start = json::skip_separators(body, 0);
        let list = json::root(&body[start..]);
        if !body[start..].starts_with(b"[") || !json::is_list(&body[start..], list) {
            return cut::cut(spec, None, body, wanted);
        }
        let list = cutting.value(&body[start..], NESTED_LISTS);
        [&body[..start], &list.unwrap_or_else(|| b"[]".to_vec())].concat()
    };
    (cutting.removed > 0).then_some(Cut {
        bytes,
        removed: Some(cutting.removed),
        keys: cutting.keys,
    })
}

/// What was cut so far. Each method returns the rest of a text, or `None` if nothing remains.
struct Cutting<'a> {
    spec: &'a RecordSpec,
    wanted: &'a Wanted,
    removed: u64,
    keys: BTreeSet<i64>,
}

impl Cutting<'_> {
    fn lines(&mut self, body: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(body.len());
        let mut buffers = buffers();
        let mut at = 0;
        while at < body.len() {
            let mut end = json::line_end(body, at);
            let line = &body[at..end];
            let text = line[json::skip_separators(line, 0)..].trim_ascii_end();
            if text.is_empty() {
                bytes.extend_from_slice(line);
            } else if tape(&mut text.to_vec(), &mut buffers).is_ok() {
                bytes.extend(self.in_place(line, text));
            } else {
                end = unit(body, at, end, &mut buffers);
                let unit = &body[at..end];
                let text = &unit[json::skip_separators(unit, 0)..];
                let stays = match trusted(text.trim_ascii_end()) {
                    true => self.documents(unit),
                    false => self.record(unit),
                };
                bytes.extend(stays.unwrap_or_default());
            }
            at = end;
        }
        bytes
    }

    /// A line around a document.
    fn in_place(&mut self, line: &[u8], text: &[u8]) -> Vec<u8> {
        let Some(stays) = self.value(text, NESTED_LISTS) else {
            return Vec::new();
        };
        let start = json::skip_separators(line, 0);
        [&line[..start], &stays, &line[start + text.len()..]].concat()
    }

    /// A text of several documents; nothing remains of it if no document does.
    fn documents(&mut self, text: &[u8]) -> Option<Vec<u8>> {
        let mut bytes = Vec::with_capacity(text.len());
        let mut from = 0;
        let mut stay = 0_u64;
        for (piece, at) in json::documents(text) {
            bytes.extend_from_slice(&text[from..at.start]);
            from = at.end;
            let stays = match piece {
                Piece::Document => self.value(&text[at], NESTED_LISTS),
                Piece::Text | Piece::Stray | Piece::Unclosed => self.record(&text[at]),
            };
            if let Some(stays) = stays {
                stay += 1;
                bytes.extend(stays);
            }
        }
        bytes.extend_from_slice(&text[from..]);
        (stay > 0).then_some(bytes)
    }

    /// A list, a response or a record.
    fn value(&mut self, text: &[u8], lists: usize) -> Option<Vec<u8>> {
        let root = json::root(text);
        match text.get(root.start) {
            Some(b'[') if lists > 0 && json::is_list(text, root.clone()) => {
                Some(self.list(text, lists - 1))
            }
            Some(b'{') if self.is_answer(text) => {
                match cut::cut(self.spec, None, text, self.wanted) {
                    Some(cut) => {
                        self.removed += cut.removed.unwrap_or(1);
                        self.keys.extend(cut.keys);
                        Some(cut.bytes)
                    }
                    None => Some(text.to_vec()),
                }
            }
            _ => self.record(text),
        }
    }

    /// Whether the first existing record path is not the document itself.
    fn is_answer(&self, text: &[u8]) -> bool {
        let root = json::root(text);
        let is_there = |path: &&String| match path.as_str() {
            "." => json::member(text, root.clone(), &self.spec.id).is_some(),
            path => !json::members(text, root.clone(), path).is_empty(),
        };
        let first = self.spec.records.iter().find(is_there);
        first.is_some_and(|path| path != ".")
    }

    /// An element is removed with one separator.
    fn list(&mut self, text: &[u8], lists: usize) -> Vec<u8> {
        let elements: Vec<_> = json::elements(text, json::root(text)).collect();
        let (Some(first), Some(last)) = (elements.first(), elements.last()) else {
            return text.to_vec();
        };
        let mut bytes = text[..first.start].to_vec();
        let mut is_first = true;
        for (at, element) in elements.iter().enumerate() {
            let Some(stays) = self.value(&text[element.clone()], lists) else {
                continue;
            };
            if !is_first {
                bytes.extend_from_slice(&text[elements[at - 1].end..element.start]);
            }
            is_first = false;
            bytes.extend(stays);
        }
        bytes.extend_from_slice(&text[last.end..]);
        bytes
    }

    fn record(&mut self, text: &[u8]) -> Option<Vec<u8>> {
        let (key, goes) = self.wanted.judge(self.spec, None, text);
        if !goes {
            return Some(text.to_vec());
        }
        self.keys.extend(key);
        self.removed += 1;
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::staging::decode::entity_key;

    fn spec() -> RecordSpec {
        let text = "what = 'x'\nsource = 's'\ndataset = 'd'\nentity = 'posting'\nid_column = 'posting_id'\nrecords = ['jobs.job', '.']\nid = 'id'\n[[column]]\nname = 'url'\ntype = 'text'\npaths = ['url']\n";
        toml::from_str(text).expect("a specification")
    }

    #[test]
    fn one_posting_is_removed_and_all_else_is_unchanged() {
        let wanted = Wanted::new("posting", entity_key("s", "70007"), Some("70007"));
        let gone = "{\"id\":\"70007\"}";
        for (lines, body, expected) in [
            (
                false,
                "[{\"id\":1}, @ ,{\"id\":2}]",
                Some("[{\"id\":1} ,{\"id\":2}]"),
            ),
            (false, "\u{feff}[@]", Some("\u{feff}[]")),
            (
                false,
                "[{\"jobs\":{\"job\":[@,{\"id\":1}]}},{\"jobs\":{\"job\":[]}}]",
                Some("[{\"jobs\":{\"job\":[{\"id\":1}]}},{\"jobs\":{\"job\":[]}}]"),
            ),
            (false, "@{\"id\":1}\nDONE", Some("{\"id\":1}\nDONE")),
            (false, "{\"id\":1}\u{feff}@", Some("{\"id\":1}\u{feff}")),
            (
                false,
                "{\"id\":1}\nlog 70007\n{\"id\":2}",
                Some("{\"id\":1}\n\n{\"id\":2}"),
            ),
            (
                false,
                "@@",
                Some("{\"jobs\":{\"job\":[],\"total\":\"0\"}}\n"),
            ),
            (true, "{\"id\":1}\n@\nlog\n", Some("{\"id\":1}\nlog\n")),
            (
                true,
                "[@,{\"id\":1}]\r\n{\"jobs\":{\"job\":[{\"id\":2},@]}}\n",
                Some("[{\"id\":1}]\r\n{\"jobs\":{\"job\":[{\"id\":2}]}}\n"),
            ),
            (
                true,
                "{\n\"id\":\n\"70007\"\n}\n{\n\"id\":1\n}\n",
                Some("{\n\"id\":1\n}\n"),
            ),
            (
                true,
                "@{\"id\":1}\n\n@ done\n",
                Some("{\"id\":1}\n\n done\n"),
            ),
            (
                true,
                "{\"id\":\"70007\",\"t\":\"\n{\"id\":1}\n",
                Some("{\"id\":1}\n"),
            ),
            (true, "{\"id\":1}\n[{\"id\":2}]\n", None),
        ] {
            let body = body.replace('@', gone);
            let cut = cut(&spec(), body.as_bytes(), lines, &wanted);
            let cut = cut.map(|cut| String::from_utf8(cut.bytes).expect("UTF-8"));
            assert_eq!(cut.as_deref(), expected, "{body}");
        }
    }

    /// What the builds read of a body and what a take-down cuts out of it are the same pieces.
    #[test]
    fn what_is_left_is_read_as_before_less_the_posting() {
        use landing::{Format, Reader as _};
        use proptest::prelude::*;
        use serde_json::{Value, json};

        use crate::staging::SavedReader;
        use crate::staging::decode::Decoder;

        let reader = SavedReader::new(Decoder::new(spec()));
        let wanted = Wanted::new("posting", entity_key("s", "70001"), Some("70001"));
        let unit = (0..5_u8, proptest::collection::vec(70_001..70_004_u32, 1..4));
        let units = proptest::collection::vec(unit, 1..6);
        proptest!(|(units in units, separator in 0..6_usize, lines: bool)| {
            let posting = |id: &u32| json!({"url": "}{", "id": id.to_string()});
            let document = |(kind, ids): &(u8, Vec<u32>)| {
                let postings: Vec<Value> = ids.iter().map(posting).collect();
                let answer = json!({"jobs": {"job": postings, "total": "9"}});
                match kind {
                    0 => postings.iter().map(Value::to_string).collect::<Vec<_>>().join("\n"),
                    1 => answer.to_string(),
                    2 => Value::from(postings).to_string(),
                    3 => json!([answer]).to_string(),
                    _ => serde_json::to_string_pretty(&answer).expect("text"),
                }
            };
            let between = ["\n", "", ",\n", "\u{feff}", "\nDONE 200\n", "\n\u{1e}"];
            let documents: Vec<String> = units.iter().map(document).collect();
            let body = documents.join(between[separator]);
            let format = if lines { Format::JsonLines } else { Format::Json };
            let ids = || units.iter().flat_map(|(_, ids)| ids);
            let gone = ids().filter(|id| **id == 70_001).count() as u64;
            let before = reader.examine(body.as_bytes(), format);
            prop_assert_eq!(before.records, ids().count() as u64, "{}", body);
            let cut = cut(&spec(), body.as_bytes(), lines, &wanted);
            let Some(cut) = cut else {
                prop_assert_eq!(gone, 0);
                return Ok(());
            };
            prop_assert_eq!(cut.removed, Some(gone), "{}", body);
            let text = String::from_utf8_lossy(&cut.bytes).into_owned();
            prop_assert!(!text.contains("70001"), "{}", text);
            let after = reader.examine(&cut.bytes, format);
            prop_assert_eq!(after.records, before.records - gone, "{} {}", body, text);
        });
    }
}
