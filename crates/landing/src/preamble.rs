//! Recognises what a saved file begins with instead of JSON, for the error message: headers written by
//! `curl -i`, the call of a JSONP response, log lines.

use kernel::excerpt;

use crate::json;

/// Maximum number of characters of a file that a message quotes.
const SHOWN: usize = 60;

/// Why a file holds no records, and what to do about it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NotRecords {
    pub(crate) reason: String,
    pub(crate) hint: &'static str,
}

impl NotRecords {
    pub(crate) fn because(reason: &str) -> Self {
        Self {
            reason: reason.to_owned(),
            hint: LAND_ANSWERS,
        }
    }
}

pub(crate) const LAND_ANSWERS: &str = "land responses of the API as received (JSON in UTF-8: responses, postings or lists of them, one document or several, or one a line in a `.jsonl` file), plain or compressed with gzip or zstd";

/// Why a file that does not begin with a bracket is refused.
pub(crate) fn before_json(beginning: &[u8]) -> NotRecords {
    let start = json::skip_separators(beginning, 0);
    let number = line_number(beginning, start);
    let line = &beginning[start..json::line_end(beginning, start)];
    let shown = shown(line);
    if line.starts_with(b"HTTP/") {
        return NotRecords {
            reason: format!(
                "line {number} is an HTTP header, `{shown}`{}",
                json_begins(beginning, start)
            ),
            hint: "save the body alone (`curl` without `-i` and `-v`), or remove the lines above the JSON",
        };
    }
    if let Some(call) = call(line) {
        return NotRecords {
            reason: format!("line {number} wraps the JSON in a call, `{call}(` (JSONP)"),
            hint: "remove the call with its brackets, or ask the source for plain JSON (without `callback`)",
        };
    }
    NotRecords {
        reason: format!(
            "it does not begin with `{{` or `[`; line {number} is `{shown}`{}",
            json_begins(beginning, start)
        ),
        hint: "remove what is not JSON, or call the file `.jsonl`: then the JSON in its lines is read, and the rest is quarantined",
    }
}

/// Why a file of lines is refused.
pub(crate) fn no_line(beginning: &[u8]) -> NotRecords {
    let start = json::skip_separators(beginning, 0);
    let line = &beginning[start..json::line_end(beginning, start)];
    NotRecords {
        reason: format!(
            "no line of it is a JSON record; line {} is `{}`",
            line_number(beginning, start),
            shown(line)
        ),
        hint: LAND_ANSWERS,
    }
}

/// The number of the line that a position is in, from 1.
pub(crate) fn line_number(text: &[u8], at: usize) -> usize {
    memchr::memchr_iter(b'\n', &text[..at]).count() + 1
}

/// A message that says on which later line JSON begins.
fn json_begins(beginning: &[u8], start: usize) -> String {
    let mut at = json::line_end(beginning, start);
    let mut number = line_number(beginning, at);
    while at < beginning.len() {
        if matches!(beginning[at], b'{' | b'[') {
            return format!("; the JSON begins in line {number}");
        }
        at = json::line_end(beginning, at);
        number += 1;
    }
    String::new()
}

/// The JSONP callback that a line calls.
fn call(line: &[u8]) -> Option<String> {
    let open = line.iter().position(|byte| *byte == b'(')?;
    let (name, rest) = line.split_at(open);
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"_$./* ".contains(byte);
    let rest = rest[1..].trim_ascii_start();
    let json = matches!(rest.first(), Some(b'{' | b'['));
    (json && open > 0 && name.iter().all(is_name)).then(|| shown(name))
}

/// The beginning of a line, without control characters.
fn shown(line: &[u8]) -> String {
    let line = &line[..line.len().min(4 * SHOWN)];
    excerpt(&String::from_utf8_lossy(line.trim_ascii()), SHOWN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_names_the_line_and_what_it_is() {
        for (text, reason) in [
            (
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{\"jobs\":{}}",
                "line 1 is an HTTP header, `HTTP/1.1 200 OK`; the JSON begins in line 4",
            ),
            (
                "\n/**/ callback({\"jobs\":{}});",
                "line 2 wraps the JSON in a call, `/**/ callback(` (JSONP)",
            ),
            (
                "10:00 INFO (main) body={\"jobs\":{}}\n",
                "it does not begin with `{` or `[`; line 1 is `10:00 INFO (main) body={\"jobs\":{}}`",
            ),
            (
                "10:00 \u{1b}[2J\n{\"jobs\":{}}\n",
                "it does not begin with `{` or `[`; line 1 is `10:00 \u{fffd}[2J`; the JSON begins in line 2",
            ),
        ] {
            assert_eq!(before_json(text.as_bytes()).reason, reason);
        }
        assert_eq!(
            no_line(b"a\nb\n").reason,
            "no line of it is a JSON record; line 1 is `a`"
        );
    }
}
