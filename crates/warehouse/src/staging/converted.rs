//! Bodies in XML and CSV: read as JSON ([`formats`]), and then like any other.

use formats::{Converted, Damaged, Layout};
use serde_json::Value;

use super::decode::{BodyOrigin, Decoder};
use super::rows::Rows;
use super::spec::RecordSpec;

impl Decoder {
    /// Decodes a body in another format. Damaged records are numbered after the others.
    pub(super) fn converted(
        &self,
        body: &[u8],
        layout: &Layout,
        origin: &BodyOrigin,
        rows: &mut Rows,
    ) {
        let spec = self.spec();
        let mut converted = match formats::to_json(body, layout, spec.charset.as_deref()) {
            Ok(converted) => converted,
            Err(error) => return rows.rejects.add(0, &error.to_string(), body),
        };
        // Where all records are damaged, XML has no list. They are counted, and not the body.
        if !converted.damaged.is_empty()
            && let Some(place @ Value::Null) = records(spec, &mut converted.json)
        {
            *place = Value::Array(Vec::new());
        }
        let json = converted.json.to_string();
        let before = (rows.received, rows.rejects.count(), rows.purged);
        if !self.document(&mut json.clone().into_bytes(), origin, rows) {
            self.in_pieces(json.as_bytes(), origin, rows);
        }
        let read =
            rows.received - before.0 + rows.rejects.count() - before.1 + rows.purged - before.2;
        let mut row = i64::try_from(read).unwrap_or(i64::MAX);
        for Damaged { reason, text } in converted.damaged {
            row = row.saturating_add(1);
            rows.rejects.add(row, &reason, text.as_bytes());
        }
    }
}

/// A body in another format as one JSON document, so that records can be cut out of it. A damaged
/// record stays, as its text, and stays unreadable. `None`: nothing of the body can be read.
pub(crate) fn as_json(spec: &RecordSpec, body: &[u8], layout: &Layout) -> Option<Vec<u8>> {
    let Converted { mut json, damaged } =
        formats::to_json(body, layout, spec.charset.as_deref()).ok()?;
    let mut texts: Vec<Value> = damaged
        .into_iter()
        .map(|damaged| damaged.text.into())
        .collect();
    if !texts.is_empty()
        && let Some(records) = records(spec, &mut json)
    {
        match records {
            Value::Array(list) => list.append(&mut texts),
            Value::Null => *records = texts.into(),
            _ => {
                texts.insert(0, records.take());
                *records = texts.into();
            }
        }
    }
    Some(json.to_string().into_bytes())
}

/// The place of the records; made where all of them are damaged.
fn records<'a>(spec: &RecordSpec, json: &'a mut Value) -> Option<&'a mut Value> {
    let path = spec.records.iter().find(|path| match path.as_str() {
        "." => json.is_array(),
        path => {
            let parent = path.rsplit_once('.').map_or("", |(parent, _)| parent);
            let parent = format!("/{}", parent.replace('.', "/"));
            json.pointer(parent.trim_end_matches('/')).is_some()
        }
    })?;
    if path == "." {
        return Some(json);
    }
    let mut place = json;
    for name in path.split('.') {
        if place.is_null() {
            *place = serde_json::json!({});
        }
        place = place.as_object_mut()?.entry(name).or_insert(Value::Null);
    }
    Some(place)
}
