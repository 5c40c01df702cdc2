//! Cutting records out of a body. What stays is byte for byte what it was: an element goes with one
//! separator, a line goes with its line break, and nothing is written anew. Counters that the body
//! itself carries (`count`, `total`) stay as they were received.
//!
//! A record counts as the posting when the build would read it as the posting. What the build could
//! not read (a record without an id, a body that is not JSON) stands in quarantine with its text, so
//! it goes when it mentions the source's own id.

use std::collections::BTreeSet;
use std::collections::HashSet;
use std::ops::Range;

use crate::staging::decode;
use crate::staging::spec::RecordSpec;

/// Ids shorter than this stand in too many other numbers to be searched for as text.
const LEAST_MENTION: usize = 5;

/// What is looked for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wanted {
    /// Keys of postings.
    pub keys: HashSet<i64>,
    /// A source's own id, to be found in what cannot be read.
    pub mention: Option<String>,
}

/// A body without the records that were looked for.
#[derive(Debug)]
pub(crate) struct Cut {
    /// The body that stays.
    pub bytes: Vec<u8>,
    /// Records that are gone; `None` for a body that went whole because it could not be read.
    pub removed: Option<u64>,
    /// Keys of those that could be read.
    pub keys: BTreeSet<i64>,
}

/// Cuts what is wanted out of a body, or says that it is not there.
pub(crate) fn cut(spec: &RecordSpec, body: &[u8], lines: bool, wanted: &Wanted) -> Option<Cut> {
    if lines {
        return cut_lines(spec, body, wanted);
    }
    let start = if body.starts_with(b"\xef\xbb\xbf") {
        3
    } else {
        0
    };
    let whole = |keys: BTreeSet<i64>, removed: Option<u64>| {
        let mut bytes = body[..start].to_vec();
        bytes.extend_from_slice(empty_document(spec).as_bytes());
        Cut {
            bytes,
            removed,
            keys,
        }
    };
    let unread = || wanted.mentioned(body).then(|| whole(BTreeSet::new(), None));
    let document = &body[start..];
    if !decode::is_json(document) {
        return unread();
    }
    let root = value(document, 0);
    for path in &spec.records {
        let found = match path.as_str() {
            "." => member(document, root.clone(), &spec.id).map(|_| root.clone()),
            path => member(document, root.clone(), path),
        };
        let Some(found) = found else { continue };
        let bare = path == ".";
        return match document[found.start] {
            b'[' => cut_elements(spec, body, start, elements(document, found), wanted),
            b'{' => {
                let (key, goes) = wanted.judge(spec, &document[found.clone()]);
                let keys = key.into_iter().collect();
                goes.then(|| match bare {
                    true => whole(keys, Some(1)),
                    false => Cut {
                        bytes: [
                            &body[..start + found.start],
                            b"[]".as_slice(),
                            &document[found.end..],
                        ]
                        .concat(),
                        removed: Some(1),
                        keys,
                    },
                })
            }
            b'n' => None,
            _ => unread(),
        };
    }
    unread()
}

fn cut_lines(spec: &RecordSpec, body: &[u8], wanted: &Wanted) -> Option<Cut> {
    let mut bytes = Vec::with_capacity(body.len());
    let mut keys = BTreeSet::new();
    let mut removed = 0;
    for line in body.split_inclusive(|byte| *byte == b'\n') {
        if !line.trim_ascii().is_empty() {
            let (key, goes) = wanted.judge(spec, line);
            if goes {
                keys.extend(key);
                removed += 1;
                continue;
            }
        }
        bytes.extend_from_slice(line);
    }
    (removed > 0).then_some(Cut {
        bytes,
        removed: Some(removed),
        keys,
    })
}

fn cut_elements(
    spec: &RecordSpec,
    body: &[u8],
    start: usize,
    elements: Vec<Range<usize>>,
    wanted: &Wanted,
) -> Option<Cut> {
    let document = &body[start..];
    let mut keys = BTreeSet::new();
    let mut kept: Vec<(usize, Range<usize>)> = Vec::with_capacity(elements.len());
    for (at, element) in elements.iter().enumerate() {
        let (key, goes) = wanted.judge(spec, &document[element.clone()]);
        if goes {
            keys.extend(key);
        } else {
            kept.push((at, element.clone()));
        }
    }
    let removed = elements.len() - kept.len();
    if removed == 0 {
        return None;
    }
    let mut bytes = body[..start + elements[0].start].to_vec();
    for (position, (at, element)) in kept.iter().enumerate() {
        if position > 0 {
            // The separator that stood before it.
            bytes.extend_from_slice(&document[elements[at - 1].end..element.start]);
        }
        bytes.extend_from_slice(&document[element.clone()]);
    }
    bytes.extend_from_slice(&document[elements[elements.len() - 1].end..]);
    Some(Cut {
        bytes,
        removed: Some(removed as u64),
        keys,
    })
}

/// A body that says it holds nothing, for one that held nothing else.
fn empty_document(spec: &RecordSpec) -> String {
    let path = spec.records.iter().find(|path| *path != ".");
    let Some((parent, list)) = path.and_then(|path| path.rsplit_once('.')) else {
        return "[]\n".to_owned();
    };
    let empty = serde_json::json!({ "total": "0", list: [] });
    let document = parent
        .rsplit('.')
        .fold(empty, |inner, name| serde_json::json!({ name: inner }));
    format!("{document}\n")
}

impl Wanted {
    /// The key of a record that can be read, and whether the record goes.
    fn judge(&self, spec: &RecordSpec, record: &[u8]) -> (Option<i64>, bool) {
        match decode::record_key(spec, record) {
            Some(key) => (Some(key), self.keys.contains(&key)),
            None => (None, self.mentioned(record)),
        }
    }

    /// Whether a text holds the source's own id, and not as a part of a longer number or word.
    pub(super) fn mentioned(&self, text: &[u8]) -> bool {
        let Some(id) = self
            .mention
            .as_deref()
            .filter(|id| id.len() >= LEAST_MENTION)
        else {
            return false;
        };
        let id = id.as_bytes();
        let part = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
        text.windows(id.len()).enumerate().any(|(at, found)| {
            found == id
                && !part(at.checked_sub(1).and_then(|before| text.get(before)))
                && !part(text.get(at + id.len()))
        })
    }
}

// Positions in JSON that is known to be valid: brackets match and strings end.

/// The value that begins at or after `at`.
fn value(json: &[u8], at: usize) -> Range<usize> {
    let start = at + leading(json, at, |byte| byte.is_ascii_whitespace());
    let end = match json.get(start) {
        Some(b'"') => string_end(json, start),
        Some(b'{' | b'[') => {
            let mut depth = 0_usize;
            let mut at = start;
            loop {
                match json.get(at) {
                    Some(b'"') => {
                        at = string_end(json, at);
                        continue;
                    }
                    Some(b'{' | b'[') => depth += 1,
                    Some(b'}' | b']') => depth -= 1,
                    Some(_) => {}
                    None => break at,
                }
                at += 1;
                if depth == 0 {
                    break at;
                }
            }
        }
        _ => {
            let plain =
                |byte: u8| !matches!(byte, b',' | b']' | b'}') && !byte.is_ascii_whitespace();
            start + leading(json, start, plain)
        }
    };
    start..end
}

fn leading(json: &[u8], at: usize, like: impl Fn(u8) -> bool) -> usize {
    json[at..].iter().take_while(|byte| like(**byte)).count()
}

/// Position after the string that begins at `start`.
fn string_end(json: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(byte) = json.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    json.len()
}

/// Position after the separator at or after `at`, or `None` at the end of the container.
fn next(json: &[u8], at: usize) -> Option<usize> {
    let at = at + leading(json, at, |byte| byte.is_ascii_whitespace());
    (json.get(at) == Some(&b',')).then_some(at + 1)
}

/// The elements of an array.
fn elements(json: &[u8], array: Range<usize>) -> Vec<Range<usize>> {
    let mut elements = Vec::new();
    let mut at = Some(array.start + 1);
    while let Some(from) = at {
        let element = value(json, from);
        if element.is_empty() {
            break;
        }
        at = next(json, element.end);
        elements.push(element);
    }
    elements
}

/// The value at a key path; of a repeated key the last one, as the build reads it.
fn member(json: &[u8], object: Range<usize>, path: &str) -> Option<Range<usize>> {
    let mut found = object;
    for name in path.split('.') {
        if json.get(found.start) != Some(&b'{') {
            return None;
        }
        let mut at = Some(found.start + 1);
        let mut last = None;
        while let Some(from) = at {
            let key = value(json, from);
            if key.is_empty() {
                break;
            }
            let colon = key.end + leading(json, key.end, |byte| byte != b':');
            let entry = value(json, colon + 1);
            if serde_json::from_slice::<String>(&json[key]).is_ok_and(|key| key == name) {
                last = Some(entry.clone());
            }
            at = next(json, entry.end);
        }
        found = last?;
    }
    Some(found)
}

#[cfg(test)]
mod tests;
