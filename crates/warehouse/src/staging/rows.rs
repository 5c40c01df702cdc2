//! Rows while they are decoded: column builders, rejects and key counts of one thread.

use std::sync::Arc;

use arrow::array::{
    ArrayBuilder, ArrayRef, AsArray as _, Date32Builder, Int64Builder, RecordBatch, StringBuilder,
    TimestampMicrosecondBuilder,
};
use arrow::datatypes::{DataType, Int64Type, SchemaRef};
use arrow::error::ArrowError;
use simd_json::{Buffers, Node, StaticNode};

use super::cell;
use super::decode::{Decoder, ROW_COLUMN, buffers, skip};
use super::forms::Forms;
use super::keys::FieldTally;
use super::rejects::Rejects;
use super::spec::Column;

/// Builds one column.
#[derive(Debug)]
pub(super) enum Builder {
    Text(StringBuilder),
    Int(Int64Builder),
    Time(TimestampMicrosecondBuilder),
    Day(Date32Builder),
}

/// Tag bytes of values in the hash of a row's content. Every value ends with a byte that no text
/// contains, which distinguishes ("ab", "c") from ("a", "bc").
const NULL: u8 = 0;
const NUMBER: u8 = 1;
const TEXT: u8 = 2;
const END: u8 = 0xff;

impl Builder {
    fn of(data_type: &DataType) -> Self {
        match data_type {
            DataType::Int64 => Self::Int(Int64Builder::new()),
            DataType::Timestamp(..) => {
                Self::Time(TimestampMicrosecondBuilder::new().with_timezone("UTC"))
            }
            DataType::Date32 => Self::Day(Date32Builder::new()),
            _ => Self::Text(StringBuilder::new()),
        }
    }

    /// Appends the first value that fits the column; else, for a time, `otherwise`; else null. Adds
    /// it to `content`.
    pub(super) fn append_first<'a>(
        &mut self,
        column: &Column,
        mut values: impl Iterator<Item = Node<'a>>,
        otherwise: Option<i64>,
        content: &mut Vec<u8>,
    ) {
        let begin = content.len();
        match self {
            Self::Text(builder) => match values.find_map(|node| cell::text(column, node)) {
                Some(text) => {
                    content.push(TEXT);
                    content.extend_from_slice(text.as_bytes());
                    builder.append_value(text);
                }
                None => {
                    content.push(NULL);
                    builder.append_null();
                }
            },
            Self::Int(builder) => {
                let number = values.find_map(|node| cell::number(column, node));
                push_number(content, number);
                builder.append_option(number);
            }
            Self::Time(builder) => {
                let micros = values.find_map(|node| cell::number(column, node));
                let micros = micros.or(otherwise);
                push_number(content, micros);
                builder.append_option(micros);
            }
            Self::Day(builder) => {
                let day = values.find_map(cell::day);
                push_number(content, day.map(i64::from));
                builder.append_option(day);
            }
        }
        if column.counter {
            content.truncate(begin);
        } else {
            content.push(END);
        }
    }

    /// Appends the name of the part that a record came in, or null, and adds it to `content`.
    pub(super) fn append_part(&mut self, part: Option<&str>, content: &mut Vec<u8>) {
        match part.filter(|part| !part.is_empty()) {
            Some(part) => {
                content.push(TEXT);
                content.extend_from_slice(part.as_bytes());
                self.append_text(part);
            }
            None => {
                content.push(NULL);
                self.append_null();
            }
        }
        content.push(END);
    }

    /// Appends a text; null to a builder of another type.
    pub(super) fn append_text(&mut self, text: &str) {
        match self {
            Self::Text(builder) => builder.append_value(text),
            other => other.append_null(),
        }
    }

    /// Appends an integer or a time in microseconds; null to a builder of another type.
    pub(super) fn append_number(&mut self, number: i64) {
        match self {
            Self::Int(builder) => builder.append_value(number),
            Self::Time(builder) => builder.append_value(number),
            other => other.append_null(),
        }
    }

    fn append_null(&mut self) {
        match self {
            Self::Text(builder) => builder.append_null(),
            Self::Int(builder) => builder.append_null(),
            Self::Time(builder) => builder.append_null(),
            Self::Day(builder) => builder.append_null(),
        }
    }

    /// The column so far; a text builder is replaced by one of the same capacity.
    fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Text(builder) => {
                let (rows, bytes) = (builder.len(), builder.values_slice().len());
                let column = builder.finish();
                *builder = StringBuilder::with_capacity(rows, bytes + bytes / 8);
                Arc::new(column)
            }
            Self::Int(builder) => Arc::new(builder.finish()),
            Self::Time(builder) => Arc::new(builder.finish()),
            Self::Day(builder) => Arc::new(builder.finish()),
        }
    }
}

fn push_number(content: &mut Vec<u8>, number: Option<i64>) {
    match number {
        Some(number) => {
            content.push(NUMBER);
            content.extend_from_slice(&number.to_le_bytes());
        }
        None => content.push(NULL),
    }
}

/// The rows, rejects and key counts of one thread.
pub struct Rows {
    schema: SchemaRef,
    pub(super) builders: Vec<Builder>,
    len: usize,
    /// Rows decoded so far, over all batches.
    pub received: u64,
    pub(super) buffers: Buffers,
    /// Scratch space for parsing a line.
    pub(super) scratch: Vec<u8>,
    /// What was found so far, over all bodies.
    pub(super) forms: Forms,
    /// Content of the current row, to be hashed.
    pub(super) content: Vec<u8>,
    /// Tape positions of the current record's values, by slot; 0 is none.
    pub(super) slots: Vec<usize>,
    /// Key counts since the last [`std::mem::take`].
    pub fields: FieldTally,
    /// What could not be read since the last [`Rejects::take`].
    pub rejects: Rejects,
    /// Records of postings that were taken down, since the last [`std::mem::take`].
    pub purged: u64,
}

impl Rows {
    /// Empty rows for a decoder.
    pub fn new(decoder: &Decoder) -> Self {
        let builders = decoder
            .schema()
            .fields()
            .iter()
            .map(|field| Builder::of(field.data_type()))
            .collect();
        Self {
            schema: decoder.schema().clone(),
            builders,
            len: 0,
            received: 0,
            buffers: buffers(),
            scratch: Vec::new(),
            forms: Forms::default(),
            content: Vec::new(),
            slots: Vec::new(),
            fields: FieldTally::default(),
            rejects: Rejects::default(),
            purged: 0,
        }
    }

    /// Rows decoded since the last [`Self::take`].
    pub fn len(&self) -> usize {
        self.len
    }

    /// Counts a row whose columns were all appended.
    pub(super) fn row_is_done(&mut self) {
        self.len += 1;
        self.received += 1;
    }

    /// Whether there is nothing to take.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The rows so far as a batch; the builders are reset.
    pub fn take(&mut self) -> Result<RecordBatch, ArrowError> {
        self.len = 0;
        let columns = self.builders.iter_mut().map(Builder::finish).collect();
        RecordBatch::try_new(self.schema.clone(), columns)
    }

    /// As [`Self::take`], with rows numbered on from this one.
    pub(super) fn take_from(&mut self, row: i64) -> Result<RecordBatch, ArrowError> {
        let batch = self.take()?;
        let mut columns = batch.columns().to_vec();
        let numbers = columns[ROW_COLUMN].as_primitive::<Int64Type>();
        columns[ROW_COLUMN] = Arc::new(numbers.unary::<_, Int64Type>(|number| number + row));
        RecordBatch::try_new(batch.schema(), columns)
    }

    /// Discards what was decoded since the last [`Self::take`].
    pub(super) fn discard(&mut self) {
        for builder in &mut self.builders {
            builder.finish();
        }
        self.received -= self.len as u64;
        self.len = 0;
        self.fields = FieldTally::default();
        self.rejects = Rejects::default();
        self.purged = 0;
    }

    pub(super) fn reject_nodes(&mut self, row: i64, reason: &str, nodes: &[Node<'_>], at: usize) {
        let payload = to_json(nodes, at).to_string();
        self.rejects.add(row, reason, payload.as_bytes());
    }
}

/// Recursion depth is the nesting of the text, which [`super::decode::tape`] limits.
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
