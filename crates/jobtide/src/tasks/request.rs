//! What tasks say to other servers: the URL, headers and body with their values, and what a status means.
//!
//! A value never decides where a request goes: scheme, host and port are in the file, or the whole URL is
//! a secret. In the path and the query it is one encoded value, in a header one line, in JSON a value of
//! its type.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU64;
use std::time::Duration;

use http_client::{Answer, CallError, HeaderName, HeaderValue};
use jiff::Timestamp;
use kernel::excerpt;
use orchestrator::TaskError;
use serde::Deserialize;
use serde_json::{Map, Value};
use url::{Position, Url, form_urlencoded};

use super::template::{Filling, Part, Place, Template, plain};

/// Headers that would carry a secret in plain text, and those that the client sets.
const SECRET_HEADERS: [&str; 3] = ["authorization", "cookie", "proxy-authorization"];
const CLIENT_HEADERS: [&str; 5] = [
    "host",
    "content-length",
    "transfer-encoding",
    "connection",
    "te",
];

/// A server that asks for a longer wait is called again after this one.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 60 * 60);

/// Of the body of an answer in a message, in bytes and in characters.
const SHOWN_BYTES: usize = 2_048;
const SHOWN: usize = 200;

/// How often a task that waits looks unless the file says so.
pub fn a_minute() -> NonZeroU64 {
    NonZeroU64::MIN.saturating_add(59)
}

/// How long a whole answer may take unless the file says so.
pub fn five_minutes() -> NonZeroU64 {
    NonZeroU64::MIN.saturating_add(299)
}

/// A URL of a DAG file.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "Template")]
pub struct UrlTemplate {
    template: Template,
    /// The segments of the path, `None` for each with a value in it. Nothing where the whole URL is a
    /// secret.
    segments: Option<Vec<Option<String>>>,
}

impl TryFrom<Template> for UrlTemplate {
    type Error = String;

    fn try_from(template: Template) -> Result<Self, String> {
        if let [Part::Place(Place::Secret(_))] = template.parts() {
            return Ok(Self {
                template,
                segments: None,
            });
        }
        let written = template.written();
        let refused = |problem: String| match problem.contains("\nhint: ") {
            true => format!("`url`: {problem}"),
            false => format!("`url`: {problem}\nhint: write `https://host/path`"),
        };
        let begin = match template.parts().first() {
            Some(Part::Text(text)) => text.as_str(),
            _ => "",
        };
        let has_places = template
            .parts()
            .iter()
            .any(|part| matches!(part, Part::Place(_)));
        let host = begin.split_once("://").map(|(_, rest)| rest);
        if has_places && !host.is_some_and(|rest| rest.contains(['/', '?'])) {
            return Err(refused(format!(
                "in `{written}` a value would decide where the request goes"
            )));
        }
        let sample = |value: &str| {
            let parts = template.parts().iter();
            let sample: String = parts
                .map(|part| match part {
                    Part::Text(text) => text.as_str(),
                    Part::Place(_) => value,
                })
                .collect();
            // The message does not show a URL that may have a password in it.
            Url::parse(&sample).map_err(|error| refused(error.to_string()))
        };
        let (one, other) = (sample("x")?, sample("y")?);
        usable(&one).map_err(refused)?;
        let fixed = segments(&one).zip(segments(&other));
        let fixed = fixed.map(|(one, other)| (one == other).then(|| one.to_owned()));
        let segments = Some(fixed.collect());
        Ok(Self { template, segments })
    }
}

fn usable(url: &Url) -> Result<(), String> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err(format!("`{}` is not http or https", url.scheme()));
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err("there is no host".to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(
            "it has a user name or a password\nhint: send it in a header, as `{secret.VARIABLE}`"
                .to_owned(),
        );
    }
    Ok(())
}

fn segments(url: &Url) -> impl Iterator<Item = &str> {
    url.path_segments().into_iter().flatten()
}

/// Shorter parts of a secret URL are common words, and no secrets.
const LEAST_SECRET: usize = 6;

/// What a server may repeat of a URL that is a secret: with the longest first, so that it is removed whole.
fn secret_parts(written: &str, url: &Url) -> Vec<String> {
    let mut parts: BTreeSet<String> = BTreeSet::new();
    for text in [written, url.as_str()] {
        parts.extend(text.split_once("://").map(|(_, rest)| rest.to_owned()));
    }
    parts.insert(url[Position::BeforePath..Position::AfterQuery].to_owned());
    parts.insert(url.path().to_owned());
    for segment in segments(url) {
        parts.insert(segment.to_owned());
        // As the value of a form, a segment is decoded by the same rules.
        let form = segment.replace('&', "%26").replace('+', "%2B");
        let decoded = form_urlencoded::parse(format!("={form}").as_bytes())
            .map(|(_, value)| value.into_owned())
            .collect::<Vec<_>>();
        parts.extend(decoded);
    }
    let query = url.query().unwrap_or_default();
    for pair in query.split('&') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        parts.insert(if value.is_empty() { name } else { value }.to_owned());
    }
    for (name, value) in url.query_pairs() {
        parts.insert(if value.is_empty() { name } else { value }.into_owned());
    }
    let mut parts: Vec<String> = parts.into_iter().collect();
    parts.retain(|part| part.chars().count() >= LEAST_SECRET);
    parts.sort_by_key(|part| std::cmp::Reverse(part.len()));
    parts
}

impl UrlTemplate {
    /// As the file has it.
    pub fn written(&self) -> &str {
        self.template.written()
    }

    /// Whether it has a secret.
    pub fn has_secret(&self) -> bool {
        self.template.has_secret()
    }

    /// The URL with its values.
    ///
    /// # Errors
    /// When a value is missing, or would be more than one segment of the path, or none.
    pub fn url(&self, filling: &mut Filling) -> Result<Url, TaskError> {
        let Some(fixed) = &self.segments else {
            let text = self.template.text(filling)?;
            let url = Url::parse(&text).map_err(|error| error.to_string());
            let url = url.and_then(|url| usable(&url).map(|()| url));
            let url = url.map_err(|problem| {
                TaskError::permanent(format!("`{}` is no URL: {problem}", self.written()))
            })?;
            for part in secret_parts(&text, &url) {
                filling.add_secret(&part);
            }
            return Ok(url);
        };
        let mut in_path = self.places_of_path();
        let text = self.template.fill(filling, |value| {
            let text = plain(value)?;
            // Another resource, such as the whole of a list instead of one entry.
            if in_path > 0 && text.is_empty() {
                return Err("it is empty".to_owned());
            }
            in_path = in_path.saturating_sub(1);
            Ok(encoded(&text))
        })?;
        let url = Url::parse(&text).map_err(|error| self.template.refused(&error.to_string()))?;
        // `..` is a step up and `.` none, even if they are encoded.
        let same = |(is, fixed): (&str, &Option<String>)| match fixed {
            Some(fixed) => is == fixed,
            None => !is.is_empty(),
        };
        match segments(&url).count() == fixed.len() && segments(&url).zip(fixed).all(same) {
            true => Ok(url),
            false => Err(self.template.refused("it changes the path")),
        }
    }

    /// How many of its places are before the query.
    fn places_of_path(&self) -> usize {
        let parts = self.template.parts().iter();
        let path =
            parts.take_while(|part| !matches!(part, Part::Text(text) if text.contains(['?', '#'])));
        path.filter(|part| matches!(part, Part::Place(_))).count()
    }
}

/// A value as one part of a path or a query.
fn encoded(value: &str) -> String {
    let mut encoded = String::new();
    for byte in value.bytes() {
        match byte {
            b'-' | b'_' | b'.' | b'~' => encoded.push(char::from(byte)),
            _ if byte.is_ascii_alphanumeric() => encoded.push(char::from(byte)),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

/// Headers of a DAG file.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(try_from = "BTreeMap<String, Template>")]
pub struct Headers(Vec<(HeaderName, Template)>);

impl TryFrom<BTreeMap<String, Template>> for Headers {
    type Error = String;

    fn try_from(written: BTreeMap<String, Template>) -> Result<Self, String> {
        let mut headers = Vec::new();
        for (name, value) in written {
            let header =
                HeaderName::try_from(&*name).map_err(|_| format!("`{name}` is no header"))?;
            if CLIENT_HEADERS.contains(&header.as_str()) {
                return Err(format!("the header `{name}` is set by the program"));
            }
            if SECRET_HEADERS.contains(&header.as_str()) && !value.has_secret() {
                return Err(format!(
                    "the header `{name}` is a secret\nhint: put it into an environment variable and write `{{secret.VARIABLE}}`"
                ));
            }
            headers.push((header, value));
        }
        Ok(Self(headers))
    }
}

impl Headers {
    /// Whether one of them has a secret.
    pub fn have_secret(&self) -> bool {
        self.0.iter().any(|(_, value)| value.has_secret())
    }

    /// Whether there is one of this name, in lower case.
    pub fn have(&self, name: &str) -> bool {
        self.0.iter().any(|(own, _)| own == name)
    }

    /// Each with its value.
    ///
    /// # Errors
    /// When a value is missing, or cannot be in a header.
    pub fn fill(&self, filling: &mut Filling) -> Result<Vec<(HeaderName, HeaderValue)>, TaskError> {
        let filled = self.0.iter().map(|(name, template)| {
            let text = template.text(filling)?;
            let value = HeaderValue::from_str(&text);
            let mut value = value.map_err(|_| template.refused("a header is one line"))?;
            value.set_sensitive(template.has_secret());
            Ok((name.clone(), value))
        });
        filled.collect()
    }
}

/// JSON of a DAG file. A text that is one place becomes its value, with its type.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "toml::Value")]
pub enum Json {
    Text(Template),
    Value(Value),
    List(Vec<Self>),
    Object(BTreeMap<String, Self>),
}

impl TryFrom<toml::Value> for Json {
    type Error = String;

    fn try_from(written: toml::Value) -> Result<Self, String> {
        Ok(match written {
            toml::Value::String(text) => Self::Text(text.try_into()?),
            toml::Value::Datetime(at) => Self::Value(at.to_string().into()),
            toml::Value::Array(list) => Self::List(
                list.into_iter()
                    .map(Self::try_from)
                    .collect::<Result<_, _>>()?,
            ),
            toml::Value::Table(table) => {
                let members = table.into_iter();
                let members = members.map(|(name, value)| Ok((name, Self::try_from(value)?)));
                Self::Object(members.collect::<Result<_, String>>()?)
            }
            other => Self::Value(serde_json::to_value(other).map_err(|error| error.to_string())?),
        })
    }
}

impl Json {
    /// Whether it has a secret.
    pub fn has_secret(&self) -> bool {
        match self {
            Self::Text(template) => template.has_secret(),
            Self::Value(_) => false,
            Self::List(list) => list.iter().any(Self::has_secret),
            Self::Object(members) => members.values().any(Self::has_secret),
        }
    }

    /// With its values.
    ///
    /// # Errors
    /// When one is missing.
    pub fn fill(&self, filling: &mut Filling) -> Result<Value, TaskError> {
        Ok(match self {
            Self::Text(template) => template.value(filling)?,
            Self::Value(value) => value.clone(),
            Self::List(list) => {
                let list = list.iter().map(|value| value.fill(filling));
                Value::Array(list.collect::<Result<_, _>>()?)
            }
            Self::Object(members) => {
                let members = members.iter();
                let members = members.map(|(name, value)| Ok((name.clone(), value.fill(filling)?)));
                Value::Object(members.collect::<Result<Map<_, _>, TaskError>>()?)
            }
        })
    }
}

/// What the statuses of answers mean.
#[derive(Debug, Clone, Default)]
pub struct Statuses {
    /// Without them: 200 to 299.
    pub succeeds: Option<Vec<u16>>,
    pub nothing_new: Vec<u16>,
    /// Without them: 408, 425, 429, and 500 to 599.
    pub retries: Option<Vec<u16>>,
}

/// What a status means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    Succeeds,
    NothingNew,
    Retries,
    Fails,
}

impl Statuses {
    /// # Errors
    /// When one is no HTTP status, or is in two of the lists.
    pub fn check(&self) -> Result<(), String> {
        let lists = [
            ("succeeds", self.succeeds.as_deref()),
            ("nothing_new", Some(&*self.nothing_new)),
            ("retries", self.retries.as_deref()),
        ];
        let mut seen = BTreeMap::new();
        for (list, statuses) in lists {
            for status in statuses.unwrap_or_default() {
                if !(200..600).contains(status) {
                    return Err(format!("`{list}`: {status} is no status of an answer"));
                }
                if let Some(other) = seen.insert(*status, list)
                    && other != list
                {
                    return Err(format!("{status} is in `{other}` and in `{list}`"));
                }
            }
        }
        Ok(())
    }

    /// What a status means.
    pub fn meaning(&self, status: u16) -> Meaning {
        let listed =
            |list: &Option<Vec<u16>>| list.as_ref().is_some_and(|list| list.contains(&status));
        if self.nothing_new.contains(&status) {
            Meaning::NothingNew
        } else if listed(&self.retries) {
            Meaning::Retries
        } else if listed(&self.succeeds) {
            Meaning::Succeeds
        } else if self.retries.is_none() && matches!(status, 408 | 425 | 429 | 500..=599) {
            Meaning::Retries
        } else if self.succeeds.is_none() && (200..300).contains(&status) {
            Meaning::Succeeds
        } else {
            Meaning::Fails
        }
    }
}

/// The error of a call without an answer, or without a whole one. `called` names it without values.
pub fn no_answer(called: &str, error: &CallError, filling: &Filling) -> TaskError {
    let text = format!("{called}: {}", filling.scrub(&error.to_string()));
    match error.is_retryable() {
        true => TaskError::retryable(text),
        false => TaskError::permanent(text),
    }
}

/// The error of an answer with a status that is a failure: with what the server says, and how long it
/// asks to wait.
/// `could_follow`: whether the file has a key that has redirects followed, and does not use it.
pub async fn refused(
    called: &str,
    answer: Answer,
    meaning: Meaning,
    filling: &Filling,
    now: Timestamp,
    could_follow: bool,
) -> TaskError {
    let status = answer.status();
    let mut text = format!("{called} was answered with {status}");
    let wait = answer.retry_after(now).map(|wait| wait.min(LONGEST_WAIT));
    if (300..400).contains(&status)
        && let Some(to) = answer.location()
    {
        let to = filling.scrub(&to);
        let or = match could_follow {
            true => ", or `redirects = true`",
            false => "",
        };
        text.push_str(&format!(", a redirect to `{to}`\nhint: write that URL{or}"));
    } else {
        let said = answer.beginning(SHOWN_BYTES).await;
        let said = filling.scrub(&String::from_utf8_lossy(&said));
        let said = said.trim();
        if !said.is_empty() {
            text.push_str(&format!(": {}", excerpt(said, SHOWN)));
        }
    }
    match (meaning, wait) {
        (Meaning::Retries, Some(wait)) => TaskError::retryable_after(text, wait),
        (Meaning::Retries, None) => TaskError::retryable(text),
        _ => TaskError::permanent(text),
    }
}

#[cfg(test)]
mod tests;
