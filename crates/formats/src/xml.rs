//! Elements to values. The reader of tokens is restarted behind a damaged record, so the names of
//! elements are compared here and not by it.

use std::collections::HashSet;

use memchr::memmem;
use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};
use serde_json::{Map, Value};

use crate::charset::Decoded;
use crate::{Converted, DEPTH, Damaged, Error, MOST_NAMES};

/// The most tokens without an end, such as comments, that are part of damaged records. Each is
/// searched for its end in all of the rest.
const MOST_UNCLOSED: usize = 64;

/// An element that is not closed yet.
struct Open {
    name: String,
    /// Whether it is one of the records.
    is_record: bool,
    /// Where it begins in the text.
    at: usize,
    /// Where the first element of its own name begins, directly inside: of a record whose end is
    /// missing, that is the next record.
    same: Option<usize>,
    members: Map<String, Value>,
    text: String,
}

impl Open {
    fn value(self) -> Value {
        let has_text = !self.text.trim().is_empty();
        let mut members = self.members;
        match (members.is_empty(), has_text) {
            (true, false) => Value::Null,
            (true, true) => self.text.into(),
            (false, has_text) => {
                if has_text {
                    members.insert("#text".to_owned(), self.text.into());
                }
                members.into()
            }
        }
    }
}

/// Adds a member; those of one name become a list.
fn add(members: &mut Map<String, Value>, name: String, value: Value) {
    match members.get_mut(&name) {
        // No element is a list by itself.
        Some(Value::Array(list)) => list.push(value),
        Some(one) => {
            let first = one.take();
            *one = Value::Array(vec![first, value]);
        }
        None => {
            members.insert(name, value);
        }
    }
}

struct Document<'a> {
    decoded: &'a Decoded<'a>,
    records: &'a [String],
    open: Vec<Open>,
    root: Option<(String, Value)>,
    damaged: Vec<Damaged>,
    unclosed: usize,
    /// Names of records of which the rest of the text has no end.
    endless: HashSet<String>,
}

/// Why a token is none.
enum Wrong {
    /// It may be of one record only.
    Damage(String),
    /// Whatever it is in, the document is not read.
    Refused(String),
}

fn damage(reason: impl ToString) -> Wrong {
    Wrong::Damage(reason.to_string())
}

pub(crate) fn read(decoded: &Decoded<'_>, records: &[String]) -> Result<Converted, Error> {
    let text = decoded.text.as_ref();
    let mut document = Document {
        decoded,
        records,
        open: Vec::new(),
        root: None,
        damaged: Vec::new(),
        unclosed: 0,
        endless: HashSet::new(),
    };
    let mut base = 0;
    'readers: loop {
        let mut reader = Reader::from_str(&text[base..]);
        let config = reader.config_mut();
        config.check_end_names = false;
        config.allow_unmatched_ends = true;
        loop {
            let at = base + position(reader.buffer_position());
            let wrong = match reader.read_event() {
                Ok(Event::Eof) => break 'readers,
                Ok(event) => match document.event(&event, at) {
                    Ok(()) => continue,
                    Err(wrong) => wrong,
                },
                Err(error) => document.unclosed(&error),
            };
            base = match wrong {
                Wrong::Damage(reason) => document.set_aside(text, at, &reason)?,
                Wrong::Refused(reason) => return Err(Error::Malformed(reason)),
            };
            continue 'readers;
        }
    }
    if let Some(open) = document.open.last() {
        let reason = format!("not well-formed XML: `<{}>` is not closed", open.name);
        return Err(Error::Malformed(reason));
    }
    let Some((name, root)) = document.root else {
        return Err(Error::Malformed("it holds no element".to_owned()));
    };
    Ok(Converted {
        json: Value::Object(Map::from_iter([(name, root)])),
        damaged: document.damaged,
    })
}

fn position(position: u64) -> usize {
    usize::try_from(position).unwrap_or(usize::MAX)
}

impl Document<'_> {
    fn unclosed(&mut self, error: &quick_xml::Error) -> Wrong {
        if matches!(error, quick_xml::Error::Syntax(_)) {
            self.unclosed += 1;
        }
        match self.unclosed > MOST_UNCLOSED {
            true => Wrong::Refused(format!("more than {MOST_UNCLOSED} tokens have no end")),
            false => damage(error),
        }
    }

    fn event(&mut self, event: &Event<'_>, at: usize) -> Result<(), Wrong> {
        match event {
            Event::Start(start) => self.start(start, at),
            Event::Empty(start) => {
                self.start(start, at)?;
                self.close();
                Ok(())
            }
            Event::End(end) => {
                let name = end.name();
                match self.open.last() {
                    Some(open) if open.name.as_bytes() == name.as_ref() => {
                        self.close();
                        Ok(())
                    }
                    Some(open) => Err(damage(format!(
                        "`</{}>` where `</{}>` belongs",
                        String::from_utf8_lossy(name.as_ref()),
                        open.name
                    ))),
                    None => Err(damage("an end without a beginning")),
                }
            }
            Event::Text(text) => self.text(&text.xml_content().map_err(damage)?),
            Event::CData(text) => self.text(&text.xml_content().map_err(damage)?),
            Event::GeneralRef(reference) => self.reference(reference),
            Event::DocType(_) => Err(Wrong::Refused(
                "a document type declaration, which is not read: entities could expand without limit"
                    .to_owned(),
            )),
            Event::Comment(_) | Event::PI(_) | Event::Decl(_) | Event::Eof => Ok(()),
        }
    }

    fn start(&mut self, start: &BytesStart<'_>, at: usize) -> Result<(), Wrong> {
        if self.open.is_empty() && self.root.is_some() {
            return Err(damage("an element behind the root"));
        }
        if self.open.len() >= DEPTH {
            return Err(damage(format!("nested deeper than {DEPTH} elements")));
        }
        let name = std::str::from_utf8(start.name().into_inner()).map_err(damage)?;
        let mut members = Map::new();
        let mut attributes = start.attributes();
        // Those of the library compare each with all others.
        for attribute in attributes.with_checks(false) {
            let attribute = attribute.map_err(damage)?;
            if members.len() == MOST_NAMES {
                return Err(damage(format!("more than {MOST_NAMES} attributes")));
            }
            let value = attribute.unescape_value().map_err(damage)?;
            let key = std::str::from_utf8(attribute.key.into_inner()).map_err(damage)?;
            self.trusted(&value)?;
            if members.insert(format!("@{key}"), value.into()).is_some() {
                return Err(damage(format!("a duplicate attribute `{key}`")));
            }
        }
        let is_record = self.open.iter().all(|open| !open.is_record) && {
            let names = self.open.iter().map(|open| open.name.as_str());
            let path = names.chain([name]).collect::<Vec<_>>().join(".");
            self.records.contains(&path)
        };
        if let Some(parent) = self.open.last_mut()
            && parent.is_record
            && parent.name == name
        {
            parent.same.get_or_insert(at);
        }
        self.open.push(Open {
            name: name.to_owned(),
            is_record,
            at,
            same: None,
            members,
            text: String::new(),
        });
        Ok(())
    }

    fn close(&mut self) {
        let Some(open) = self.open.pop() else { return };
        let name = open.name.clone();
        let value = open.value();
        match self.open.last_mut() {
            Some(parent) => add(&mut parent.members, name, value),
            None => self.root = Some((name, value)),
        }
    }

    fn text(&mut self, text: &str) -> Result<(), Wrong> {
        self.trusted(text)?;
        match self.open.last_mut() {
            Some(open) => open.text.push_str(text),
            None if text
                .trim_matches(['\u{feff}', ' ', '\t', '\r', '\n'])
                .is_empty() => {}
            None => return Err(damage("text outside of the root")),
        }
        Ok(())
    }

    fn reference(&mut self, reference: &BytesRef<'_>) -> Result<(), Wrong> {
        let character = match reference.resolve_char_ref().map_err(damage)? {
            Some(character) => character,
            None => {
                let name = reference.decode().map_err(damage)?;
                match name.as_ref() {
                    "lt" => '<',
                    "gt" => '>',
                    "amp" => '&',
                    "apos" => '\'',
                    "quot" => '"',
                    name => return Err(damage(format!("`&{name};` is not defined"))),
                }
            }
        };
        self.text(character.encode_utf8(&mut [0; 4]))
    }

    fn trusted(&self, text: &str) -> Result<(), Wrong> {
        match self.decoded.damage(text) {
            Some(reason) => Err(damage(reason)),
            None => Ok(()),
        }
    }

    /// Sets the record aside that is being read; returns where reading goes on. `at` is where the
    /// damage begins.
    fn set_aside(&mut self, text: &str, at: usize, reason: &str) -> Result<usize, Error> {
        let reason = format!("not well-formed XML: {reason}");
        let Some(depth) = self.open.iter().position(|open| open.is_record) else {
            return Err(Error::Malformed(reason));
        };
        let record = &self.open[depth];
        let from = at.max(record.at + 1);
        let end = match record.same {
            None if self.endless.contains(&record.name) => None,
            None => end_of(text, from, &record.name),
            same => same,
        };
        let end = match end {
            Some(end) => end,
            None => {
                self.endless.insert(record.name.clone());
                let parent = depth.checked_sub(1).map(|parent| &self.open[parent].name);
                let end = start_of(text, record.at + 1, &record.name)
                    .or_else(|| tag(text, from, &format!("</{}", parent?)).map(|found| found.0));
                end.ok_or_else(|| Error::Malformed(reason.clone()))?
            }
        };
        self.damaged.push(Damaged {
            reason,
            text: text[record.at..end].to_owned(),
        });
        self.open.truncate(depth);
        Ok(end)
    }
}

/// The position behind the next end of an element of this name.
fn end_of(text: &str, from: usize, name: &str) -> Option<usize> {
    tag(text, from, &format!("</{name}")).map(|(_, end)| end)
}

/// The positions of and behind the next end that begins so.
fn tag(text: &str, from: usize, tag: &str) -> Option<(usize, usize)> {
    let rest = text.as_bytes().get(from..)?;
    memmem::find_iter(rest, tag).find_map(|found| {
        let behind = from + found + tag.len();
        let blank = text[behind..].len() - text[behind..].trim_start().len();
        text[behind + blank..]
            .starts_with('>')
            .then_some((from + found, behind + blank + 1))
    })
}

/// The position of the next element of this name.
fn start_of(text: &str, from: usize, name: &str) -> Option<usize> {
    let tag = format!("<{name}");
    let rest = text.as_bytes().get(from..)?;
    memmem::find_iter(rest, &tag).find_map(|found| {
        let behind = rest.get(found + tag.len());
        let is_end = |byte: &u8| matches!(byte, b'>' | b'/') || byte.is_ascii_whitespace();
        behind.is_some_and(is_end).then_some(from + found)
    })
}
