//! Landed bodies to Arrow: the hot path. A body is parsed once into a flat tape and each record is
//! walked once against the known keys, so that typing columns and detecting new, missing and
//! retyped keys take one pass.
//!
//! A body that does not parse as a whole is read in pieces (`pieces.rs`): one unreadable record
//! does not affect others.
//!
//! A [`Decoder`] is immutable and shared between threads; [`Rows`] belongs to one thread. What
//! cannot be read becomes a [`Rejected`](super::rejects::Rejected) entry with its reason; decoding
//! itself never fails.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use simd_json::{Buffers, Node, StaticNode, Tape};
use xxhash_rust::xxh3::xxh3_64;

use super::cell;
use super::keys::{FieldTally, KeyId, KeyTree};
use super::rejects::short;
use super::rows::Rows;
use super::spec::{JsonType, RecordSpec};

/// Number of the columns before the specification's own.
const FIXED_COLUMNS: usize = 7;

/// The position of `landing_row` among them.
pub(super) const ROW_COLUMN: usize = 5;

/// Where the rows of a body come from.
#[derive(Debug, Clone)]
pub struct BodyOrigin {
    /// Path of the body below `landing/`.
    pub landing_path: String,
    /// When it was received, in microseconds since the epoch.
    pub collected_at: i64,
    /// When the source sent it; `None` for saved files.
    pub read_at: Option<i64>,
    /// The board or key that it is of.
    pub part: Option<String>,
    /// Whether the collector found that it holds no record.
    pub is_empty: bool,
}

/// The `id` of an entity in every table: XXH3-64 of source, unit separator and the source's own
/// identifier, as a signed integer. It is unique among the records of one entity.
pub fn entity_key(source: &str, own_id: &str) -> i64 {
    let mut bytes = Vec::with_capacity(source.len() + 1 + own_id.len());
    bytes.extend_from_slice(source.as_bytes());
    bytes.push(0x1f);
    bytes.extend_from_slice(own_id.as_bytes());
    xxh3_64(&bytes) as i64
}

/// The identifier of a record among all of its source, where one is distinct only within a part.
pub(crate) fn id_in_part(part: Option<&str>, own_id: &str) -> String {
    match part {
        Some(part) if !part.is_empty() => format!("{part}/{own_id}"),
        _ => own_id.to_owned(),
    }
}

/// Deeper nesting than this is not read. Records of job boards are five levels deep.
const MAX_DEPTH: usize = 128;

/// Buffers for [`tape`].
pub(crate) fn buffers() -> Buffers {
    Buffers::with_max_depth(0, MAX_DEPTH)
}

/// Parses strictly. The text is used as scratch space, even if parsing fails.
pub(crate) fn tape<'a>(
    text: &'a mut [u8],
    buffers: &mut Buffers,
) -> Result<Vec<Node<'a>>, simd_json::Error> {
    simd_json::to_tape_with_buffers(text, buffers).map(|Tape(nodes)| nodes)
}

/// Decodes the bodies of one specification.
#[derive(Debug)]
pub struct Decoder {
    pub(super) spec: RecordSpec,
    schema: SchemaRef,
    tree: KeyTree,
    /// For each column, its first slot; a column's slots are consecutive, best first.
    slot_starts: Vec<usize>,
    pub(super) kept_out: Arc<HashSet<i64>>,
}

impl Decoder {
    /// Compiles a specification.
    pub fn new(spec: RecordSpec) -> Arc<Self> {
        Self::keeping_out(spec, Arc::default())
    }

    /// Compiles a specification. Records with these keys were taken down: they are counted and
    /// become neither a row nor a reject.
    pub fn keeping_out(spec: RecordSpec, kept_out: Arc<HashSet<i64>>) -> Arc<Self> {
        let mut next = 0;
        let mut slot_starts = Vec::with_capacity(spec.columns.len() + 1);
        for column in &spec.columns {
            slot_starts.push(next);
            next += column.paths.len();
        }
        slot_starts.push(next);
        Arc::new(Self {
            schema: spec.schema(),
            tree: KeyTree::new(&spec),
            slot_starts,
            spec,
            kept_out,
        })
    }

    /// The specification it was compiled from.
    pub fn spec(&self) -> &RecordSpec {
        &self.spec
    }

    /// The staging table's schema.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// The known keys, for [`FieldTally::differences`].
    pub fn keys(&self) -> &KeyTree {
        &self.tree
    }

    /// Decodes a body that is one document. `false`: it does not parse as a whole or contains no
    /// records, and nothing of it was decoded; [`Decoder::in_pieces`] reads it from the received
    /// bytes. The buffer is used as scratch space and its content is destroyed.
    #[must_use]
    pub fn document(&self, body: &mut [u8], origin: &BodyOrigin, rows: &mut Rows) -> bool {
        let mut row = 0;
        tape(body, &mut rows.buffers)
            .is_ok_and(|nodes| self.records(&nodes, 0, &mut row, origin, rows).is_ok())
    }

    /// Decodes the records of the document at `top`, numbered on from `row`; `Err` says why there are none,
    /// and then none was decoded.
    pub(super) fn records(
        &self,
        nodes: &[Node<'_>],
        top: usize,
        row: &mut i64,
        origin: &BodyOrigin,
        rows: &mut Rows,
    ) -> Result<(), String> {
        for path in &self.spec.records {
            let found = match path.as_str() {
                // A response that is a list.
                "." if self.spec.is_list() && matches!(nodes[top], Node::Array { .. }) => vec![top],
                "." if find(nodes, top, &self.spec.id).is_none() => Vec::new(),
                "." => vec![top],
                path => find_all(nodes, top, path),
            };
            if found.is_empty() {
                continue;
            }
            let is_place = |at: &usize| match nodes[*at] {
                Node::Array { .. } | Node::Object { .. } | Node::Static(StaticNode::Null) => true,
                Node::String(text) => text.trim().is_empty(),
                Node::Static(_) => false,
            };
            if !found.iter().all(is_place) {
                return Err(format!("`{path}` holds no records"));
            }
            rows.forms.count(path);
            for at in found {
                match nodes[at] {
                    Node::Array { len, .. } => {
                        let mut item = at + 1;
                        for _ in 0..len {
                            *row += 1;
                            self.record(nodes, item, *row, origin, rows);
                            item = skip(nodes, item);
                        }
                    }
                    // XML converters write an empty list as an empty element.
                    Node::Object { len: 0, .. } if path != "." => {}
                    // And a list of one element as the element itself.
                    Node::Object { .. } => {
                        *row += 1;
                        self.record(nodes, at, *row, origin, rows);
                    }
                    Node::String(_) | Node::Static(_) => {}
                }
            }
            return Ok(());
        }
        // A response that reports no records may omit the list.
        let container = self
            .spec
            .records
            .iter()
            .find_map(|path| path.rsplit_once('.').map(|(parent, _)| parent));
        let says_nothing = container.is_some_and(|parent| {
            find(nodes, top, &format!("{parent}.total"))
                .and_then(|at| cell::plain_text(nodes[at]))
                .is_some_and(|total| total == "0")
        });
        if says_nothing || origin.is_empty {
            rows.forms.answers += 1;
            return Ok(());
        }
        let message = find(nodes, top, "message").and_then(|at| cell::plain_text(nodes[at]));
        Err(match message {
            Some(message) => format!("an error answer: {}", short(&message)),
            None => format!(
                "neither {} nor `{}` is there",
                self.spec
                    .records
                    .iter()
                    .filter(|path| *path != ".")
                    .map(|path| format!("`{path}`"))
                    .collect::<Vec<_>>()
                    .join(" nor "),
                self.spec.id
            ),
        })
    }

    pub(super) fn record(
        &self,
        nodes: &[Node<'_>],
        at: usize,
        row: i64,
        origin: &BodyOrigin,
        rows: &mut Rows,
    ) {
        let Node::Object { .. } = nodes[at] else {
            return rows.reject_nodes(row, "not an object", nodes, at);
        };
        let id = find(nodes, at, &self.spec.id);
        let Some(own_id) = id.and_then(|id| cell::plain_text(nodes[id])) else {
            let reason = self.without_id(id.map(|id| nodes[id]));
            return rows.reject_nodes(row, &reason, nodes, at);
        };
        let own_id = match self.spec.id_by_part {
            true => id_in_part(origin.part.as_deref(), &own_id).into(),
            false => own_id,
        };
        let key = entity_key(&self.spec.source, &own_id);
        if self.kept_out.contains(&key) {
            rows.purged += 1;
            return;
        }
        rows.slots.clear();
        rows.slots.resize(self.tree.slot_count(), 0);
        rows.fields.record();
        self.walk(nodes, at, KeyTree::ROOT, &mut rows.slots, &mut rows.fields);

        rows.content.clear();
        let (fixed, columns) = rows.builders.split_at_mut(FIXED_COLUMNS);
        for ((builder, column), slots) in columns
            .iter_mut()
            .zip(&self.spec.columns)
            .zip(self.slot_starts.windows(2))
        {
            if column.part {
                builder.append_part(origin.part.as_deref(), &mut rows.content);
                continue;
            }
            let values = rows.slots[slots[0]..slots[1]]
                .iter()
                .filter(|at| **at != 0)
                .map(|at| nodes[*at]);
            let otherwise = origin.read_at.filter(|_| column.reading_time);
            builder.append_first(column, values, otherwise, &mut rows.content);
        }
        if let [id, source, own, collected, path, number, hash] = fixed {
            id.append_number(key);
            source.append_text(&self.spec.source);
            own.append_text(&own_id);
            collected.append_number(origin.collected_at);
            path.append_text(&origin.landing_path);
            number.append_number(row);
            hash.append_number(xxh3_64(&rows.content) as i64);
        }
        rows.row_is_done();
    }

    /// Why a record has no usable id.
    fn without_id(&self, id: Option<Node<'_>>) -> String {
        let path = &self.spec.id;
        match id.map(cell::json_type) {
            None | Some(JsonType::Null) => format!("no `{path}`"),
            Some(JsonType::String) => format!("`{path}` is blank"),
            Some(other) => format!(
                "`{path}` is neither text nor a whole number ({})",
                other.name()
            ),
        }
    }

    /// Fills the slots of an object's known keys; returns the position after it.
    fn walk(
        &self,
        nodes: &[Node<'_>],
        at: usize,
        key: KeyId,
        slots: &mut [usize],
        fields: &mut FieldTally,
    ) -> usize {
        let Node::Object { len, .. } = nodes[at] else {
            return skip(nodes, at);
        };
        let mut hint = 0;
        let mut at = at + 1;
        for _ in 0..len {
            let Node::String(name) = nodes[at] else {
                return at;
            };
            let value = at + 1;
            let json_type = cell::json_type(nodes[value]);
            at = match self.tree.child(key, name, &mut hint) {
                Some(child) => {
                    fields.known(child, json_type);
                    // The last value of a repeated key wins, also for what it lacks.
                    for slot in self.tree.below(child) {
                        slots[*slot as usize] = 0;
                    }
                    for slot in self.tree.slots(child) {
                        slots[*slot as usize] = value;
                    }
                    if self.tree.has_children(child) {
                        self.walk(nodes, value, child, slots, fields)
                    } else {
                        skip(nodes, value)
                    }
                }
                None => {
                    fields.unknown(key, name, json_type);
                    skip(nodes, value)
                }
            };
        }
        at
    }
}

/// Position after the value at `at`.
pub(super) fn skip(nodes: &[Node<'_>], at: usize) -> usize {
    match nodes[at] {
        Node::Object { count, .. } | Node::Array { count, .. } => at + 1 + count,
        _ => at + 1,
    }
}

/// Position of the value at a key path below `at`; the last one of a repeated key.
pub(super) fn find(nodes: &[Node<'_>], at: usize, path: &str) -> Option<usize> {
    path.split('.')
        .try_fold(at, |at, name| entries(nodes, at, name).last())
}

/// Positions of all values at a key path, in order: several if keys are repeated.
fn find_all(nodes: &[Node<'_>], at: usize, path: &str) -> Vec<usize> {
    path.split('.').fold(vec![at], |objects, name| {
        let found = objects.into_iter().map(|at| entries(nodes, at, name));
        found.flatten().collect()
    })
}

/// Positions of the values of the entries with that name; none unless it is an object.
fn entries(nodes: &[Node<'_>], object: usize, name: &str) -> impl Iterator<Item = usize> {
    let mut left = match nodes[object] {
        Node::Object { len, .. } => len,
        _ => 0,
    };
    let mut entry = object + 1;
    std::iter::from_fn(move || {
        while left > 0 {
            left -= 1;
            let (key, value) = (entry, entry + 1);
            entry = skip(nodes, value);
            if nodes[key] == Node::String(name) {
                return Some(value);
            }
        }
        None
    })
}
