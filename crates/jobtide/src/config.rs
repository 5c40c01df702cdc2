//! Settings: compiled-in defaults, overridden by a file, overridden by the environment. Text is
//! parsed into typed values once, here; the rest of the program sees [`Settings`] only.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use jiff::civil::Date;
use serde::Deserialize;
use toml::{Table, Value};

/// The commented defaults, which are also what `jobtide init` writes.
pub const DEFAULTS: &str = include_str!("defaults.toml");

/// The file that is read when none is named.
pub const FILE: &str = "jobtide.toml";

/// Tables whose keys are the user's own.
const OPEN_TABLES: [&str; 1] = ["sources.saramin.query"];

/// Prefix of environment variables that override settings.
const ENVIRONMENT_PREFIX: &str = "JOBTIDE__";

/// All settings.
#[derive(Debug, Clone, Deserialize)]
pub struct Settings {
    pub storage: Storage,
    pub sources: Sources,
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
}

/// `[sources]`
#[derive(Debug, Clone, Deserialize)]
pub struct Sources {
    pub saramin: Saramin,
}

/// `[sources.saramin]`
#[derive(Debug, Clone, Deserialize)]
pub struct Saramin {
    pub base_url: String,
    pub access_key_env: String,
    #[serde(deserialize_with = "optional_date")]
    pub start: Option<Date>,
    pub daily_quota: u32,
    pub check_clock: bool,
    pub concurrency: usize,
    pub requests_per_second: f64,
    pub overlap_hours: f64,
    pub sweep_days: f64,
    pub query: BTreeMap<String, Value>,
}

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

/// A storage URL without the user, password and query that it may contain: nothing reads them, and
/// no message may show them.
pub fn without_credentials(url: &str) -> String {
    let Some((scheme, rest)) = url
        .split_once("://")
        .filter(|(scheme, _)| *scheme != "file")
    else {
        return url.to_owned();
    };
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let place = match rest.rsplit_once('@') {
        // abfss://container@account: this one is no user.
        Some((user, _)) if scheme.starts_with("abfs") && !user.contains(':') => rest,
        // Not only up to the first slash: secrets may contain slashes. A folder may be called
        // `a@b`.
        Some((user, place)) if user.contains(':') || !user.contains('/') => place,
        _ => rest,
    };
    format!("{scheme}://{place}")
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
            let table: Table = without_mark(&text)
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
            .context("a setting has a value of the wrong kind")?;
        let Self {
            storage, pipeline, ..
        } = &mut settings;
        for path in [&mut storage.url, &mut storage.state, &mut pipeline.folder] {
            if let Some(inside) = path.strip_prefix("~/") {
                *path = home()?.join(inside).to_string_lossy().into_owned();
            }
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
        .context(
            "nobody says where the home folder is, which `~/` stands for; write the path in full",
        )
}

/// Merges `over` into `base`; a key that `base` does not know is an error naming the nearest one.
fn merge(base: &mut Table, over: Table, path: &str) -> Result<()> {
    let open = OPEN_TABLES.contains(&path);
    if open {
        base.clear();
    }
    for (key, value) in over {
        let full = match path {
            "" => key.clone(),
            path => format!("{path}.{key}"),
        };
        match (base.get_mut(&key), value) {
            (Some(Value::Table(base)), Value::Table(over)) => merge(base, over, &full)?,
            (Some(Value::Table(_)), _) => bail!("`{full}` is a section, not a value"),
            (Some(slot), value) => *slot = value,
            (None, value) if open => {
                base.insert(key, value);
            }
            (None, _) => bail!("{}", unknown(&full, &key, base.keys())),
        }
    }
    Ok(())
}

/// Sets one value from text, with the type of the default.
fn set(base: &mut Table, path: &str, text: String) -> Result<()> {
    let (parent, key) = path.rsplit_once('.').unwrap_or(("", path));
    let mut table = base;
    for name in parent.split('.').filter(|name| !name.is_empty()) {
        let known: Vec<String> = table.keys().cloned().collect();
        table = match table.get_mut(name) {
            Some(Value::Table(table)) => table,
            _ => bail!("{}", unknown(path, name, known.iter())),
        };
    }
    let value = match table.get(key) {
        Some(Value::String(_)) => Value::String(text),
        Some(_) => format!("value = {text}")
            .parse::<Table>()
            .ok()
            .and_then(|mut table| table.remove("value"))
            .with_context(|| format!("`{text}` is not a value for `{path}`"))?,
        None if OPEN_TABLES.contains(&parent) => Value::String(text),
        None => bail!("{}", unknown(path, key, table.keys())),
    };
    table.insert(key.to_owned(), value);
    Ok(())
}

fn unknown<'a>(full: &str, key: &str, known: impl Iterator<Item = &'a String>) -> String {
    let nearest = known
        .map(|name| (strsim::normalized_damerau_levenshtein(key, name), name))
        .max_by(|a, b| a.0.total_cmp(&b.0));
    let hint = match nearest {
        Some((score, name)) if score >= 0.5 => match full.rsplit_once('.') {
            Some((parent, _)) => format!("\nhint: did you mean `{parent}.{name}`?"),
            None => format!("\nhint: did you mean `{name}`?"),
        },
        _ => "\nhint: `jobtide init` writes a file with every setting".to_owned(),
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
    let text = without_mark(&text).trim();
    Ok(Some(text.to_owned()).filter(|text| !text.is_empty()))
}

/// A text without the byte order mark that some editors put before it.
pub fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(text: &str, environment: &[(&str, &str)]) -> Result<Settings> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("jobtide.toml");
        std::fs::write(&file, text).unwrap();
        let environment = environment
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Settings::load(Some(&file), environment)
    }

    #[test]
    fn a_path_of_a_setting_may_begin_at_home() {
        let home = home().unwrap();
        let settings = load(
            "[storage]\nurl = '~/store'\n[pipeline]\nfolder = '~x/own'\n",
            &[("JOBTIDE__STORAGE__STATE", "~/state")],
        )
        .unwrap();
        assert_eq!(settings.storage.url, home.join("store").to_str().unwrap());
        assert_eq!(settings.storage.state, home.join("state").to_str().unwrap());
        // An ordinary name.
        assert_eq!(settings.pipeline.folder, "~x/own");
        assert_eq!(from_home("~/a".into()).unwrap(), home.join("a"));
        assert_eq!(from_home("a/~".into()).unwrap(), PathBuf::from("a/~"));
    }

    #[test]
    fn the_environment_wins_over_the_file_and_the_file_over_the_defaults() {
        let settings = load(
            "[storage]\nurl = '/tmp/a'\n[sources.saramin.query]\njob_mid_cd = '2'\n",
            &[
                ("JOBTIDE__STORAGE__URL", "/tmp/b"),
                ("JOBTIDE__SOURCES__SARAMIN__DAILY_QUOTA", "7"),
                ("PATH", "/bin"),
            ],
        )
        .unwrap();
        assert_eq!(settings.storage.url, "/tmp/b");
        assert_eq!(settings.sources.saramin.daily_quota, 7);
        assert_eq!(settings.server.listen, "127.0.0.1:8080");
        let query: Vec<_> = settings.sources.saramin.query.keys().collect();
        assert_eq!(query, ["job_mid_cd"]);
    }

    #[test]
    fn an_unknown_setting_names_the_nearest_one() {
        let error = format!("{:#}", load("[storage]\nulr = 'x'", &[]).unwrap_err());
        assert!(
            error.contains("`storage.ulr`") && error.contains("`storage.url`"),
            "{error}"
        );
        let error = load("", &[("JOBTIDE__SERVER__LISTEM", "x")]).unwrap_err();
        assert!(
            format!("{error:#}").contains("`server.listen`"),
            "{error:#}"
        );
    }

    #[test]
    fn a_storage_url_is_shown_without_secrets() {
        for (url, shown) in [
            ("./data", "./data"),
            ("/srv/a@b:c", "/srv/a@b:c"),
            ("file:///srv/a@b", "file:///srv/a@b"),
            ("s3://bucket/a@b", "s3://bucket/a@b"),
            ("s3://KEY:sec/ret@bucket/path", "s3://bucket/path"),
            ("s3://KEY@bucket", "s3://bucket"),
            ("az://container/path?sig=secret", "az://container/path"),
            (
                "abfss://box@account.example/x",
                "abfss://box@account.example/x",
            ),
            ("abfss://u:p@account.example/x", "abfss://account.example/x"),
        ] {
            assert_eq!(without_credentials(url), shown);
        }
    }

    #[test]
    fn days_are_days_or_nothing() {
        let settings = load("[sources.saramin]\nstart = '2023-05-01'", &[]).unwrap();
        assert_eq!(
            settings.sources.saramin.start,
            Some(Date::constant(2023, 5, 1))
        );
        let settings = load("[sources.saramin]\nstart = 2023-05-01", &[]).unwrap();
        assert!(settings.sources.saramin.start.is_some());
        assert!(load("[sources.saramin]\nstart = 'May'", &[]).is_err());
    }
}
