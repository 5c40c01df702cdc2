//! Bytes to text, by the charset that is declared.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

use crate::Error;

/// A document as text.
pub(crate) struct Decoded<'a> {
    pub text: Cow<'a, str>,
    /// The charset, if some bytes are not of it: they are replacement characters in the text.
    pub damaged: Option<&'static str>,
}

impl Decoded<'_> {
    /// The reason why a text of it cannot be trusted.
    pub fn damage(&self, text: &str) -> Option<String> {
        let charset = self.damaged?;
        let is_hit = text.contains(char::REPLACEMENT_CHARACTER);
        is_hit.then(|| format!("not valid {charset}"))
    }
}

/// The charset of a name, by the names of the web: `euc-kr` includes what CP949 adds.
pub(crate) fn named(name: &str) -> Option<&'static Encoding> {
    let name = name.trim();
    // Names that are common in Korea, and not among those of the web.
    match name.to_ascii_lowercase().as_str() {
        "cp949" | "ms949" | "uhc" => Encoding::for_label(b"euc-kr"),
        _ => Encoding::for_label(name.as_bytes()),
    }
}

pub(crate) fn decode<'a>(
    body: &'a [u8],
    declared: Option<&str>,
    is_xml: bool,
) -> Result<Decoded<'a>, Error> {
    let declared = match declared {
        Some(name) => Some(named(name).ok_or_else(|| Error::Charset(name.to_owned()))?),
        None if is_xml => of_declaration(body)?,
        None => None,
    };
    // A byte order mark precedes all that is declared.
    let (text, charset, is_damaged) = declared.unwrap_or(UTF_8).decode(body);
    Ok(Decoded {
        text,
        damaged: is_damaged.then(|| charset.name()),
    })
}

/// The charset that the XML declaration names.
fn of_declaration(body: &[u8]) -> Result<Option<&'static Encoding>, Error> {
    match body {
        [b'<', 0, ..] => return Ok(Some(UTF_16LE)),
        [0, b'<', ..] => return Ok(Some(UTF_16BE)),
        _ => {}
    }
    let head = &body[..body.len().min(300)];
    let head = String::from_utf8_lossy(head);
    let head = head.trim_start_matches(['\u{feff}', char::REPLACEMENT_CHARACTER]);
    let declaration = head.trim_start().strip_prefix("<?xml");
    let declaration = declaration.and_then(|rest| rest.split_once("?>"));
    let Some((_, after)) = declaration.and_then(|(own, _)| own.split_once("encoding")) else {
        return Ok(None);
    };
    let value = after.trim_start().strip_prefix('=').map(str::trim_start);
    let quote = value.and_then(|value| value.chars().next());
    let name = match (value, quote) {
        (Some(value), Some(quote @ ('"' | '\''))) => value[1..].split(quote).next(),
        _ => None,
    };
    let Some(name) = name else { return Ok(None) };
    let known = named(name).ok_or_else(|| Error::Charset(name.to_owned()))?;
    // What could be read as ASCII is not of two bytes a character, whatever it says.
    let is_wide = [UTF_16LE, UTF_16BE].contains(&known);
    Ok((!is_wide).then_some(known))
}
