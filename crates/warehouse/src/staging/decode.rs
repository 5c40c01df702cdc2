//! Landed bodies to Arrow: the hot path. A body is parsed once into a flat tape and each record is
//! walked once against the known keys, so that typing the columns and noticing new, missing and
//! retyped keys is one pass.
//!
//! A [`Decoder`] is immutable and shared between threads; [`Rows`] belongs to one thread. What
//! cannot be read becomes a [`Rejected`] entry with its reason; decoding itself never fails.

use std::collections::HashSet;
use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, Int64Builder, RecordBatch, StringBuilder, TimestampMicrosecondBuilder,
};
use datafusion::arrow::datatypes::{DataType, SchemaRef};
use datafusion::arrow::error::ArrowError;
use simd_json::{Buffers, Node, StaticNode, Tape};
use xxhash_rust::xxh3::xxh3_64;

use super::cell::{self, Cell};
use super::keys::{FieldTally, KeyId, KeyTree};
use super::spec::RecordSpec;

/// Longest payload kept with a rejected record, in bytes.
const PAYLOAD_LIMIT: usize = 64 * 1024;

/// Number of the columns before the specification's own.
const FIXED_COLUMNS: usize = 7;

/// A record, or a whole body (`row` 0), that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// Position in the body, from 1; 0 for the body itself.
    pub row: i64,
    /// Why, in one sentence.
    pub reason: String,
    /// The text that could not be read, at most 64 KiB of it.
    pub payload: String,
}

/// Where the rows of a body come from.
#[derive(Debug, Clone)]
pub struct BodyOrigin {
    /// Path of the body below `landing/`.
    pub landing_path: String,
    /// When it was received, in microseconds since the epoch.
    pub collected_at: i64,
    /// One record a line instead of one document.
    pub lines: bool,
}

/// The posting's identifier in every table: XXH3-64 of source, unit separator and the source's own
/// identifier, as a signed integer.
pub fn posting_key(source: &str, posting_id: &str) -> i64 {
    let mut bytes = Vec::with_capacity(source.len() + 1 + posting_id.len());
    bytes.extend_from_slice(source.as_bytes());
    bytes.push(0x1f);
    bytes.extend_from_slice(posting_id.as_bytes());
    xxh3_64(&bytes) as i64
}

/// Whether a body is one JSON document, by the parser that reads it.
pub(crate) fn is_json(document: &[u8]) -> bool {
    simd_json::to_tape(&mut document.to_vec()).is_ok()
}

/// The key of the posting that a record is; `None` for one that cannot be read.
pub(crate) fn record_key(spec: &RecordSpec, record: &[u8]) -> Option<i64> {
    let mut record = record.to_vec();
    let Tape(nodes) = simd_json::to_tape(&mut record).ok()?;
    let id = cell::plain_text(nodes[find(&nodes, 0, &spec.id)?])?;
    Some(posting_key(&spec.source, &id))
}

/// Decodes the bodies of one specification.
#[derive(Debug)]
pub struct Decoder {
    spec: RecordSpec,
    schema: SchemaRef,
    tree: KeyTree,
    /// For each column, its first slot; a column's slots are consecutive, best first.
    slot_starts: Vec<usize>,
    kept_out: Arc<HashSet<i64>>,
}

impl Decoder {
    /// Compiles a specification.
    pub fn new(spec: RecordSpec) -> Arc<Self> {
        Self::keeping_out(spec, Arc::default())
    }

    /// Compiles a specification. Postings with these keys were taken down: they are counted and
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

    /// The specification this was made of.
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

    /// Decodes one body into `rows`. The buffer is used as scratch space and left in pieces.
    pub fn body(&self, body: &mut [u8], origin: &BodyOrigin, rows: &mut Rows) {
        if !origin.lines {
            self.document(body, origin, rows);
            return;
        }
        for (row, line) in (1..).zip(body.split_mut(|byte| *byte == b'\n')) {
            if line.trim_ascii().is_empty() {
                continue;
            }
            let kept = line.to_vec();
            match simd_json::to_tape(line) {
                Ok(Tape(nodes)) => self.record(&nodes, 0, row, origin, rows),
                Err(error) => rows.reject(row, format!("not JSON: {error}"), &kept),
            }
        }
    }

    fn document(&self, body: &mut [u8], origin: &BodyOrigin, rows: &mut Rows) {
        let kept = body[..body.len().min(PAYLOAD_LIMIT)].to_vec();
        let mut buffers = std::mem::replace(&mut rows.buffers, Buffers::new(0));
        let parsed = simd_json::to_tape_with_buffers(body, &mut buffers);
        rows.buffers = buffers;
        let nodes = match parsed {
            Ok(Tape(nodes)) => nodes,
            Err(error) => {
                let reason = if kept.trim_ascii_start().starts_with(b"<") {
                    "HTML or XML where JSON belongs".to_owned()
                } else {
                    format!("not JSON: {error}")
                };
                return rows.reject(0, reason, &kept);
            }
        };
        for path in &self.spec.records {
            let at = match path.as_str() {
                "." => Some(0).filter(|_| find(&nodes, 0, &self.spec.id).is_some()),
                path => find(&nodes, 0, path),
            };
            let Some(at) = at else { continue };
            match nodes[at] {
                Node::Array { len, .. } => {
                    let mut item = at + 1;
                    for row in 1..=len {
                        self.record(&nodes, item, row as i64, origin, rows);
                        item = skip(&nodes, item);
                    }
                    return;
                }
                // XML converters write a list of one as the element itself.
                Node::Object { .. } => return self.record(&nodes, at, 1, origin, rows),
                Node::Static(StaticNode::Null) => return,
                _ => {
                    let reason = format!("`{path}` holds no records");
                    return rows.reject(0, reason, &kept);
                }
            }
        }
        // An answer that says it holds nothing may leave the list out.
        let container = self
            .spec
            .records
            .iter()
            .find_map(|path| path.rsplit_once('.').map(|(parent, _)| parent));
        let says_nothing = container.is_some_and(|parent| {
            find(&nodes, 0, &format!("{parent}.total"))
                .and_then(|at| cell::plain_text(nodes[at]))
                .is_some_and(|total| total == "0")
        });
        if !says_nothing {
            let reason = match find(&nodes, 0, "message").and_then(|at| cell::plain_text(nodes[at]))
            {
                Some(message) => format!("an error answer: {message}"),
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
            };
            rows.reject(0, reason, &kept);
        }
    }

    fn record(
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
        let Some(posting_id) =
            find(nodes, at, &self.spec.id).and_then(|at| cell::plain_text(nodes[at]))
        else {
            let reason = format!("no `{}`", self.spec.id);
            return rows.reject_nodes(row, &reason, nodes, at);
        };
        let key = posting_key(&self.spec.source, &posting_id);
        if self.kept_out.contains(&key) {
            rows.purged += 1;
            return;
        }
        let mut slots: Vec<Option<Node<'_>>> = vec![None; self.tree.slot_count()];
        rows.fields.record();
        self.walk(nodes, at, KeyTree::ROOT, &mut slots, &mut rows.fields);

        rows.scratch.clear();
        for (at, column) in self.spec.columns.iter().enumerate() {
            let range = self.slot_starts[at]..self.slot_starts[at + 1];
            let cell = slots[range]
                .iter()
                .flatten()
                .map(|node| cell::cell(column, *node))
                .find(|cell| *cell != Cell::Null)
                .unwrap_or(Cell::Null);
            if !column.counter {
                match &cell {
                    Cell::Null => rows.scratch.push(0),
                    Cell::Int(number) => {
                        rows.scratch.push(1);
                        rows.scratch.extend_from_slice(&number.to_le_bytes());
                    }
                    Cell::Text(text) => {
                        rows.scratch.push(2);
                        rows.scratch.extend_from_slice(text.as_bytes());
                    }
                }
                // A separator that no text can hold keeps ("ab", "c") apart from ("a", "bc").
                rows.scratch.push(0xff);
            }
            rows.builders[FIXED_COLUMNS + at].append(&cell);
        }
        let content_hash = xxh3_64(&rows.scratch) as i64;
        let fixed = [
            Cell::Int(key),
            Cell::Text(self.spec.source.as_str().into()),
            Cell::Text(posting_id),
            Cell::Int(origin.collected_at),
            Cell::Text(origin.landing_path.as_str().into()),
            Cell::Int(row),
            Cell::Int(content_hash),
        ];
        for (builder, cell) in rows.builders.iter_mut().zip(&fixed) {
            builder.append(cell);
        }
        rows.len += 1;
        rows.received += 1;
    }

    /// Fills the slots of an object's known keys; returns the position after it.
    fn walk<'a>(
        &self,
        nodes: &[Node<'a>],
        at: usize,
        key: KeyId,
        slots: &mut [Option<Node<'a>>],
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
                    for slot in self.tree.slots(child) {
                        slots[*slot as usize] = Some(nodes[value]);
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
fn skip(nodes: &[Node<'_>], at: usize) -> usize {
    match nodes[at] {
        Node::Object { count, .. } | Node::Array { count, .. } => at + 1 + count,
        _ => at + 1,
    }
}

/// Position of the value at a key path below `at`; of a repeated key the last one.
fn find(nodes: &[Node<'_>], at: usize, path: &str) -> Option<usize> {
    let mut at = at;
    for name in path.split('.') {
        let Node::Object { len, .. } = nodes[at] else {
            return None;
        };
        let mut entry = at + 1;
        let mut found = None;
        for _ in 0..len {
            if nodes[entry] == Node::String(name) {
                found = Some(entry + 1);
            }
            entry = skip(nodes, entry + 1);
        }
        at = found?;
    }
    Some(at)
}

#[derive(Debug)]
enum Builder {
    Text(StringBuilder),
    Int(Int64Builder),
    Time(TimestampMicrosecondBuilder),
}

impl Builder {
    fn append(&mut self, cell: &Cell<'_>) {
        match (self, cell) {
            (Self::Text(builder), Cell::Text(text)) => builder.append_value(text),
            (Self::Text(builder), _) => builder.append_null(),
            (Self::Int(builder), Cell::Int(number)) => builder.append_value(*number),
            (Self::Int(builder), _) => builder.append_null(),
            (Self::Time(builder), Cell::Int(micros)) => builder.append_value(*micros),
            (Self::Time(builder), _) => builder.append_null(),
        }
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Text(builder) => Arc::new(builder.finish()),
            Self::Int(builder) => Arc::new(builder.finish()),
            Self::Time(builder) => Arc::new(builder.finish()),
        }
    }
}

/// The rows, rejects and key counts of one thread.
pub struct Rows {
    schema: SchemaRef,
    builders: Vec<Builder>,
    len: usize,
    /// Rows decoded so far, over all batches.
    pub received: u64,
    buffers: Buffers,
    scratch: Vec<u8>,
    /// Key counts since the last [`std::mem::take`].
    pub fields: FieldTally,
    /// Rejects since the last [`std::mem::take`].
    pub rejected: Vec<Rejected>,
    /// Records of postings that were taken down, since the last [`std::mem::take`].
    pub purged: u64,
}

impl Rows {
    /// Empty rows for a decoder.
    pub fn new(decoder: &Decoder) -> Self {
        let builders = decoder
            .schema
            .fields()
            .iter()
            .map(|field| match field.data_type() {
                DataType::Int64 => Builder::Int(Int64Builder::new()),
                DataType::Timestamp(..) => {
                    Builder::Time(TimestampMicrosecondBuilder::new().with_timezone("UTC"))
                }
                _ => Builder::Text(StringBuilder::new()),
            })
            .collect();
        Self {
            schema: decoder.schema.clone(),
            builders,
            len: 0,
            received: 0,
            buffers: Buffers::default(),
            scratch: Vec::new(),
            fields: FieldTally::default(),
            rejected: Vec::new(),
            purged: 0,
        }
    }

    /// Rows decoded since the last [`Self::take`].
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is nothing to take.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The rows so far as a batch; the builders start anew.
    pub fn take(&mut self) -> Result<RecordBatch, ArrowError> {
        self.len = 0;
        let columns = self.builders.iter_mut().map(Builder::finish).collect();
        RecordBatch::try_new(self.schema.clone(), columns)
    }

    fn reject(&mut self, row: i64, reason: String, payload: &[u8]) {
        let payload = &payload[..payload.len().min(PAYLOAD_LIMIT)];
        self.rejected.push(Rejected {
            row,
            reason,
            payload: String::from_utf8_lossy(payload).into_owned(),
        });
    }

    fn reject_nodes(&mut self, row: i64, reason: &str, nodes: &[Node<'_>], at: usize) {
        let payload = to_json(nodes, at).to_string();
        self.reject(row, reason.to_owned(), payload.as_bytes());
    }
}

fn to_json(nodes: &[Node<'_>], at: usize) -> serde_json::Value {
    match nodes[at] {
        Node::String(text) => text.into(),
        Node::Static(StaticNode::Null) => serde_json::Value::Null,
        Node::Static(StaticNode::Bool(value)) => value.into(),
        Node::Static(StaticNode::I64(value)) => value.into(),
        Node::Static(StaticNode::U64(value)) => value.into(),
        Node::Static(StaticNode::F64(value)) => value.into(),
        Node::Array { len, .. } => {
            let mut item = at + 1;
            let mut list = Vec::with_capacity(len);
            for _ in 0..len {
                list.push(to_json(nodes, item));
                item = skip(nodes, item);
            }
            list.into()
        }
        Node::Object { len, .. } => {
            let mut entry = at + 1;
            let mut map = serde_json::Map::new();
            for _ in 0..len {
                if let Node::String(name) = nodes[entry] {
                    map.insert(name.to_owned(), to_json(nodes, entry + 1));
                }
                entry = skip(nodes, entry + 1);
            }
            map.into()
        }
    }
}
