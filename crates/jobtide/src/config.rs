//! Settings: compiled-in defaults, overridden by a file, overridden by the environment. Text is
//! parsed into typed values once, here; the rest of the program sees [`Settings`] only.
//!
//! Layered by hand. `figment` (0.10) would guess the type of a variable from its text, so that a
//! folder `007` became the number 7; here it has the type of the default. It would name unknown keys
//! only after merging, without the file or the variable that they came from, and brings a second
//! version of `toml`. Defaults in serde would be a second list beside the commented file, which is
//! what `jobtide init` writes.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use jiff::civil::Date;
use kernel::{byte_order_mark_len, nearest, without_credentials};
use serde::Deserialize;
use toml::{Table, Value};

/// The commented defaults, which are also what `jobtide init` writes.
pub const DEFAULTS: &str = include_str!("defaults.toml");

/// The file that is read when none is named.
pub const FILE: &str = "jobtide.toml";

/// The table whose keys are names of sources, which only the pipeline's files know.
const SOURCES: &str = "sources";

/// The table in the section of a source whose keys are the source's own.
const QUERY: &str = "query";

/// Values of such a section that are text in any case, also when they look like numbers.
const SOURCE_TEXTS: [&str; 3] = ["access_key_env", "base_url", "start"];

/// What `storage.lease_seconds` may be.
const LEASE_SECONDS: RangeInclusive<u64> = 1..=3_600;

/// Prefix of environment variables that override settings.
const ENVIRONMENT_PREFIX: &str = "JOBTIDE__";

/// Prefixes of the variables of bucket providers.
const BUCKET_VARIABLES: [&str; 5] = ["AWS_", "AZURE_", "AZURITE_", "GOOGLE_", "IDENTITY_"];

/// All settings.
#[derive(Debug, Clone, Deserialize)]
pub struct Settings {
    pub storage: Storage,
    /// By the name of the source.
    #[serde(default)]
    pub sources: BTreeMap<String, SourceSettings>,
    pub analysis: Analysis,
    pub server: Server,
    pub query: Query,
    pub engine: Engine,
    pub pipeline: PipelineSettings,
}

/// `[storage]`
#[derive(Debug, Clone, Deserialize)]
pub struct Storage {
    pub url: String,
    pub state: String,
    pub keep_builds: usize,
    pub lease_seconds: u64,
}

/// `[sources.<name>]`: what differs from the source's description in the pipeline.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct SourceSettings {
    pub base_url: Option<String>,
    pub access_key_env: Option<String>,
    #[serde(deserialize_with = "optional_date")]
    pub start: Option<Date>,
    pub daily_quota: Option<u32>,
    pub check_clock: Option<bool>,
    pub concurrency: Option<usize>,
    pub requests_per_second: Option<f64>,
    pub overlap_hours: Option<f64>,
    pub sweep_days: Option<f64>,
    pub boards: Option<Vec<String>>,
    pub keys: Option<Vec<String>>,
    pub query: BTreeMap<String, Value>,
}

/// The keys of such a section.
const SOURCE_KEYS: [&str; 12] = [
    "access_key_env",
    "base_url",
    "boards",
    "check_clock",
    "concurrency",
    "daily_quota",
    "keys",
    "overlap_hours",
    "query",
    "requests_per_second",
    "start",
    "sweep_days",
];

/// `[analysis]`
#[derive(Debug, Clone, Deserialize)]
pub struct Analysis {
    pub employment_types: Vec<String>,
    pub period: Period,
    pub open_ended_days: i64,
    pub time_zone: String,
}

/// `analysis.period`
#[derive(Debug, Clone, Deserialize)]
pub struct Period {
    #[serde(deserialize_with = "optional_date")]
    pub start: Option<Date>,
    #[serde(deserialize_with = "optional_date")]
    pub end: Option<Date>,
}

/// `[server]`
#[derive(Debug, Clone, Deserialize)]
pub struct Server {
    pub listen: String,
    pub hosts: Vec<String>,
    pub connections: usize,
    pub sql: bool,
    pub frame_hosts: Vec<String>,
}

/// `[query]`
#[derive(Debug, Clone, Deserialize)]
pub struct Query {
    pub memory_mb: u64,
    pub seconds: u64,
}

/// `[engine]`
#[derive(Debug, Clone, Deserialize)]
pub struct Engine {
    pub memory_mb: usize,
    pub partitions: usize,
}

/// `[pipeline]`
#[derive(Debug, Clone, Deserialize)]
pub struct PipelineSettings {
    pub folder: String,
}

fn optional_date<'de, D: serde::Deserializer<'de>>(value: D) -> Result<Option<Date>, D::Error> {
    let text = match Value::deserialize(value)? {
        Value::String(text) => text,
        // An unquoted TOML date means the same.
        Value::Datetime(date) => date.to_string(),
        other => {
            return Err(serde::de::Error::custom(format!(
                "expected a day such as \"2023-05-01\", not `{other}`"
            )));
        }
    };
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| {
        serde::de::Error::custom(format!("`{text}` is not a day such as \"2023-05-01\""))
    })
}

impl Storage {
    /// The URL for messages: without credentials.
    pub fn shown(&self) -> String {
        without_credentials(&self.url)
    }
}

/// `jobtide.toml` of the working folder, if it exists.
pub fn file_here() -> Option<PathBuf> {
    Some(PathBuf::from(FILE)).filter(|file| file.exists())
}

impl Settings {
    /// The compiled-in defaults and nothing else.
    pub fn defaults() -> Result<Self> {
        Self::load(None, [])
    }

    /// Reads the settings: defaults, then the file, then the environment.
    pub fn load(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self> {
        let defaults: Table = DEFAULTS.parse().context("the compiled-in defaults")?;
        let mut settings = defaults.clone();
        if let Some(file) = file {
            let text = std::fs::read_to_string(file)
                .with_context(|| format!("cannot read the configuration `{}`", file.display()))?;
            let table: Table = text[byte_order_mark_len(&text)..]
                .parse()
                .with_context(|| format!("`{}` is not valid TOML", file.display()))?;
            merge(&mut settings, table, "").with_context(|| format!("in `{}`", file.display()))?;
        }
        for (name, value) in environment {
            let Some(path) = name.strip_prefix(ENVIRONMENT_PREFIX) else {
                continue;
            };
            let path = path.to_lowercase().replace("__", ".");
            set(&mut settings, &path, value)
                .with_context(|| format!("in the environment variable `{name}`"))?;
        }
        let mut settings: Self = settings
            .try_into()
            .context("a setting has a value of the wrong type")?;
        let Self {
            storage, pipeline, ..
        } = &mut settings;
        for path in [&mut storage.url, &mut storage.state, &mut pipeline.folder] {
            if let Some(inside) = path.strip_prefix("~/") {
                *path = home()?.join(inside).to_string_lossy().into_owned();
            }
        }
        let seconds = storage.lease_seconds;
        if !LEASE_SECONDS.contains(&seconds) {
            bail!(
                "`storage.lease_seconds` is {seconds}\nhint: from {} to {}",
                LEASE_SECONDS.start(),
                LEASE_SECONDS.end()
            );
        }
        Ok(settings)
    }
}

/// Expands `~/x` to the home folder, as a shell does. No shell expands a path that is a value in a
/// file or of an option (`--folder=~/x`).
pub fn from_home(path: PathBuf) -> Result<PathBuf> {
    match path.strip_prefix("~") {
        Ok(inside) => Ok(home()?.join(inside)),
        Err(_) => Ok(path),
    }
}

fn home() -> Result<PathBuf> {
    std::env::home_dir()
        .filter(|home| !home.as_os_str().is_empty())
        .context("the home folder is unknown, so `~/` cannot be expanded; write the path in full")
}

/// Merges `over` into `base`; a key that `base` does not know is an error naming the nearest one.
fn merge(base: &mut Table, over: Table, path: &str) -> Result<()> {
    for (key, value) in over {
        let full = match path {
            "" => key.clone(),
            path => format!("{path}.{key}"),
        };
        match (base.get_mut(&key), value) {
            (_, Value::Table(over)) if full == SOURCES => merge_sources(base, over)?,
            (Some(Value::Table(base)), Value::Table(over)) => merge(base, over, &full)?,
            (Some(Value::Table(_)), _) => bail!("`{full}` is a section, not a value"),
            (Some(slot), value) => *slot = value,
            (None, _) => bail!("{}", unknown(&full, &key, base.keys().map(String::as_str))),
        }
    }
    Ok(())
}

/// Merges the sections of sources. Whether there are such sources shows when the pipeline is read.
fn merge_sources(base: &mut Table, over: Table) -> Result<()> {
    for (name, section) in over {
        let Value::Table(section) = section else {
            bail!("`{SOURCES}.{name}` is a section, not a value");
        };
        table_in(table_in(base, SOURCES)?, &name)?;
        for (key, value) in section {
            set_of_source(base, &name, &key, value)?;
        }
    }
    Ok(())
}

fn set_of_source(base: &mut Table, name: &str, key: &str, value: Value) -> Result<()> {
    let full = format!("{SOURCES}.{name}.{key}");
    if !SOURCE_KEYS.contains(&key) {
        bail!("{}", unknown(&full, key, SOURCE_KEYS.into_iter()));
    }
    if key == QUERY && !value.is_table() {
        bail!("`{full}` is a section, not a value");
    }
    let sources = table_in(base, SOURCES)?;
    table_in(sources, name)?.insert(key.to_owned(), value);
    Ok(())
}

/// The table of a key, which is made if there is none.
fn table_in<'a>(base: &'a mut Table, key: &str) -> Result<&'a mut Table> {
    let table = base.entry(key).or_insert_with(|| Table::new().into());
    table
        .as_table_mut()
        .with_context(|| format!("`{key}` is a section, not a value"))
}

/// Sets one value from text, with the type of the default.
fn set(base: &mut Table, path: &str, text: String) -> Result<()> {
    let names: Vec<&str> = path.split('.').collect();
    match names[..] {
        [SOURCES, name, QUERY, parameter] => {
            let section = table_in(table_in(base, SOURCES)?, name)?;
            table_in(section, QUERY)?.insert(parameter.to_owned(), text.into());
            return Ok(());
        }
        [SOURCES, name, key] => {
            let value = match SOURCE_TEXTS.contains(&key) || !SOURCE_KEYS.contains(&key) {
                true => text.into(),
                false => value_of(path, &text)?,
            };
            return set_of_source(base, name, key, value);
        }
        _ => {}
    }
    let (parent, key) = path.rsplit_once('.').unwrap_or(("", path));
    let mut table = base;
    for name in parent.split('.').filter(|name| !name.is_empty()) {
        let known: Vec<String> = table.keys().cloned().collect();
        table = match table.get_mut(name) {
            Some(Value::Table(table)) => table,
            _ => bail!("{}", unknown(path, name, known.iter().map(String::as_str))),
        };
    }
    let value = match table.get(key) {
        Some(Value::String(_)) => Value::String(text),
        Some(_) => value_of(path, &text)?,
        None => bail!("{}", unknown(path, key, table.keys().map(String::as_str))),
    };
    table.insert(key.to_owned(), value);
    Ok(())
}

/// A value as a file would have it.
fn value_of(path: &str, text: &str) -> Result<Value> {
    let parsed = format!("value = {text}").parse::<Table>().ok();
    parsed
        .and_then(|mut table| table.remove("value"))
        .with_context(|| format!("`{text}` is not a value for `{path}`"))
}

fn unknown<'a>(full: &str, key: &str, known: impl Iterator<Item = &'a str>) -> String {
    let hint = match nearest(key, known) {
        Some(name) => match full.rsplit_once('.') {
            Some((parent, _)) => format!("\nhint: did you mean `{parent}.{name}`?"),
            None => format!("\nhint: did you mean `{name}`?"),
        },
        None => "\nhint: `jobtide init` writes a file with every setting".to_owned(),
    };
    format!("there is no setting `{full}`{hint}")
}

/// Reads a secret named by a setting: the variable itself, or the file that `<NAME>_FILE` names.
pub fn secret(name: &str) -> Result<Option<String>> {
    if name.is_empty() {
        return Ok(None);
    }
    if let Ok(value) = std::env::var(name)
        && !value.trim().is_empty()
    {
        return Ok(Some(value.trim().to_owned()));
    }
    let file_variable = format!("{name}_FILE");
    let Ok(file) = std::env::var(&file_variable) else {
        return Ok(None);
    };
    let path = from_home(PathBuf::from(&file))?;
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read `{file}`, named by `{file_variable}`"))?;
    let text = text[byte_order_mark_len(&text)..].trim();
    Ok(Some(text.to_owned()).filter(|text| !text.is_empty()))
}

/// Whether a variable may be one of a bucket's provider, which the processes of
/// people's SQL get.
pub fn is_of_a_provider(name: &str) -> bool {
    BUCKET_VARIABLES.iter().any(|start| name.starts_with(start))
}

#[cfg(test)]
mod tests;
