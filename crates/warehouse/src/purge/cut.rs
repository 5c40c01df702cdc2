//! Cutting records out of a response or a posting; `forms.rs` handles other forms. The rest is
//! preserved byte for byte: an element is removed with one separator, a line with its line break,
//! and nothing is reserialised. Counters that the body itself carries (`count`, `total`) stay as
//! they were received.
//!
//! A record matches when the build would read it as the posting, or could read only its id. What
//! has no readable id (a record without one, a body that is not JSON) is in quarantine with its
//! text, so it is removed when it mentions the source's own id.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::Range;

use kernel::byte_order_mark_len;
use landing::json;

use crate::staging::pieces;
use crate::staging::spec::RecordSpec;

/// Shorter ids occur in too many other numbers to be searched for as text.
const LEAST_MENTION: usize = 5;

/// What to search for. Two entities may have the same key, so a record matches by those of its own.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wanted {
    /// Keys, by entity.
    keys: HashMap<String, HashSet<i64>>,
    /// An entity and a source's own id of it, searched for in unreadable text.
    mention: Option<(String, String)>,
}

/// A body without the matching records.
#[derive(Debug)]
pub(crate) struct Cut {
    /// The remaining body.
    pub bytes: Vec<u8>,
    /// Removed records; `None` for an unreadable body that was removed as a whole.
    pub removed: Option<u64>,
    /// Keys of those whose id could be read.
    pub keys: BTreeSet<i64>,
}

/// Cuts matches out of a body; `None` if there are none.
pub(crate) fn cut(
    spec: &RecordSpec,
    part: Option<&str>,
    body: &[u8],
    wanted: &Wanted,
) -> Option<Cut> {
    let start = byte_order_mark_len(body);
    let whole = |keys: BTreeSet<i64>, removed: Option<u64>| {
        let mut bytes = body[..start].to_vec();
        bytes.extend_from_slice(empty_document(spec).as_bytes());
        Cut {
            bytes,
            removed,
            keys,
        }
    };
    let unread = || unreadable(spec, body, wanted);
    let document = &body[start..];
    let root = json::root(document);
    for path in &spec.records {
        if spec.is_list() && document.get(root.start) == Some(&b'[') {
            if !json::is_list(document, root.clone()) {
                return unread();
            }
            return cut_value(spec, part, body, start, root, wanted);
        }
        if path == "." {
            if json::member(document, root.clone(), &spec.id).is_none() {
                continue;
            }
            let (key, goes) = wanted.judge(spec, part, &document[root]);
            return goes.then(|| whole(key.into_iter().collect(), Some(1)));
        }
        let found = json::members(document, root.clone(), path);
        if found.is_empty() {
            continue;
        }
        let is_place = |at: &Range<usize>| {
            let text = &document[at.clone()];
            json::is_list(document, at.clone())
                || (text.starts_with(b"{") && text.ends_with(b"}"))
                || text.starts_with(b"n")
        };
        if json::check_sound(document, &found).is_err() || !found.iter().all(is_place) {
            return unread();
        }
        // From last to first, so that earlier positions stay valid.
        return found
            .into_iter()
            .rev()
            .fold(None, |before: Option<Cut>, at| {
                let now = before.as_ref().map_or(body, |cut| &cut.bytes);
                match (cut_value(spec, part, now, start, at, wanted), before) {
                    (Some(cut), Some(before)) => Some(cut.after(before)),
                    (cut, before) => cut.or(before),
                }
            });
    }
    unread()
}

/// A body of which nothing can be read, removed as a whole where it mentions what is searched for.
pub(super) fn unreadable(spec: &RecordSpec, body: &[u8], wanted: &Wanted) -> Option<Cut> {
    wanted.mentioned(spec, body).then(|| {
        let mut bytes = body[..byte_order_mark_len(body)].to_vec();
        bytes.extend_from_slice(empty_document(spec).as_bytes());
        Cut {
            bytes,
            removed: None,
            keys: BTreeSet::new(),
        }
    })
}

/// Cuts matches out of one list of records.
fn cut_value(
    spec: &RecordSpec,
    part: Option<&str>,
    body: &[u8],
    start: usize,
    found: Range<usize>,
    wanted: &Wanted,
) -> Option<Cut> {
    let document = &body[start..];
    match document.get(found.start)? {
        b'[' => {
            let elements = json::elements(document, found).collect();
            cut_elements(spec, part, body, start, elements, wanted)
        }
        b'{' => {
            let (key, goes) = wanted.judge(spec, part, &document[found.clone()]);
            goes.then(|| Cut {
                bytes: [
                    &body[..start + found.start],
                    b"[]".as_slice(),
                    &document[found.end..],
                ]
                .concat(),
                removed: Some(1),
                keys: key.into_iter().collect(),
            })
        }
        _ => None,
    }
}

impl Cut {
    /// Combines this cut with the one before it.
    fn after(mut self, before: Self) -> Self {
        self.removed = self
            .removed
            .zip(before.removed)
            .map(|(now, then)| now + then);
        self.keys.extend(before.keys);
        self
    }
}

fn cut_elements(
    spec: &RecordSpec,
    part: Option<&str>,
    body: &[u8],
    start: usize,
    elements: Vec<Range<usize>>,
    wanted: &Wanted,
) -> Option<Cut> {
    let document = &body[start..];
    let mut keys = BTreeSet::new();
    let mut kept: Vec<(usize, Range<usize>)> = Vec::with_capacity(elements.len());
    for (at, element) in elements.iter().enumerate() {
        let (key, goes) = wanted.judge(spec, part, &document[element.clone()]);
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
            // The separator before it.
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

/// An empty response, for a body of which nothing remains.
pub(super) fn empty_document(spec: &RecordSpec) -> String {
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
    /// One of an entity; `own_id` is the source's own id, where that is known.
    pub fn new(entity: &str, key: i64, own_id: Option<&str>) -> Self {
        let mut wanted = Self::default();
        wanted.add(entity, [key]);
        wanted.mention = own_id.map(|own_id| (entity.to_owned(), own_id.to_owned()));
        wanted
    }

    /// Adds keys of an entity.
    pub fn add(&mut self, entity: &str, keys: impl IntoIterator<Item = i64>) {
        self.keys.entry(entity.to_owned()).or_default().extend(keys);
    }

    /// Keys of what a specification's records describe; `None` where there are none.
    pub fn keys(&self, spec: &RecordSpec) -> Option<&HashSet<i64>> {
        self.keys.get(&spec.entity).filter(|keys| !keys.is_empty())
    }

    /// The part of what is searched for, where the ids of a specification need it.
    pub(super) fn part(&self, spec: &RecordSpec) -> Option<&str> {
        let (_, id) = self.mention.as_ref().filter(|_| spec.id_by_part)?;
        Some(id.split_once('/')?.0)
    }

    /// The key of a record whose id can be read, and whether the record is removed.
    pub(super) fn judge(
        &self,
        spec: &RecordSpec,
        part: Option<&str>,
        record: &[u8],
    ) -> (Option<i64>, bool) {
        match pieces::record_key(spec, part, record) {
            Some(key) => {
                let goes = self.keys(spec).is_some_and(|keys| keys.contains(&key));
                (Some(key), goes)
            }
            None => (None, self.mentioned(spec, record)),
        }
    }

    /// Whether a text of a dataset holds the source's own id, as a whole word.
    pub(super) fn mentioned(&self, spec: &RecordSpec, text: &[u8]) -> bool {
        let Some((_, id)) = self
            .mention
            .as_ref()
            .filter(|(entity, _)| *entity == spec.entity)
        else {
            return false;
        };
        // No record contains the part that its id is distinct within.
        let own = id.split_once('/').filter(|_| spec.id_by_part);
        let id = own.map_or(id.as_str(), |(_, own)| own);
        if id.len() < LEAST_MENTION {
            return false;
        }
        let id = id.as_bytes();
        let part = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
        text.windows(id.len()).enumerate().any(|(at, found)| {
            found == id
                && !part(at.checked_sub(1).and_then(|before| text.get(before)))
                && !part(text.get(at + id.len()))
        })
    }
}

#[cfg(test)]
mod tests;
