//! The sources defined by the pipeline's files, `sources/*.toml`, including the user's, with the settings
//! of `[sources.<name>]` applied.

mod section;

use std::collections::BTreeMap;

use anyhow::{Context as _, Error, Result, anyhow, bail};
use extract::{CheckedQuery, SourceDescription, Strategy};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use kernel::nearest;
use url::Url;
use warehouse::PipelineFiles;

use crate::config::{SourceSettings, is_of_a_provider};

const FOLDER: &str = "sources/";
const ENDING: &str = ".toml";

/// The most concurrent requests that the settings accept.
const MOST_CONCURRENT: usize = 64;

/// All sources, by name.
pub struct Sources {
    sound: BTreeMap<String, Source>,
    /// Invalid files, by the name that their source would have.
    broken: Vec<(String, Error)>,
}

/// A source as described by its file, and its settings.
pub struct Source {
    pub description: SourceDescription,
    settings: SourceSettings,
}

/// A source with its settings applied.
pub struct Configured {
    pub description: SourceDescription,
    pub base_url: Url,
    /// Parameters that override those of the description.
    pub query: BTreeMap<String, String>,
    /// The first instant to collect if nothing was collected yet.
    pub start: Option<Timestamp>,
    /// How far a window reaches back; none if it is not collected in windows.
    pub overlap: Option<SignedDuration>,
    /// Calls a day.
    pub daily_quota: u32,
    pub check_clock: bool,
}

impl Sources {
    /// Parses the files. An invalid one does not block other sources.
    ///
    /// # Errors
    /// For settings of a source that does not exist.
    pub fn read(
        files: &PipelineFiles,
        settings: &BTreeMap<String, SourceSettings>,
    ) -> Result<Self> {
        let (mut sound, mut broken) = (BTreeMap::new(), Vec::new());
        for (path, bytes) in files {
            let Some(name) = named_by(path) else { continue };
            match read(path, name, bytes) {
                Ok(description) => {
                    let settings = settings.get(name).cloned().unwrap_or_default();
                    let source = Source {
                        description,
                        settings,
                    };
                    sound.insert(name.to_owned(), source);
                }
                Err(error) => broken.push((name.to_owned(), error)),
            }
        }
        let sources = Self { sound, broken };
        for name in settings.keys() {
            if !sources.sound.contains_key(name) && !sources.is_broken(name) {
                let hint = sources.hint(name);
                bail!(
                    "the settings have a section `sources.{name}`, and there is no source `{name}`\nhint: {hint}"
                );
            }
        }
        Ok(sources)
    }

    /// The valid sources, by name.
    pub fn all(&self) -> impl Iterator<Item = &Source> {
        self.sound.values()
    }

    /// The errors of the others, with their files.
    pub fn broken(&self) -> impl Iterator<Item = &Error> {
        self.broken.iter().map(|(_, error)| error)
    }

    /// The source with a name.
    ///
    /// # Errors
    /// If there is none: the message suggests the nearest name, or lists all; or if its file is
    /// invalid.
    pub fn named(&self, name: &str) -> Result<&Source> {
        if let Some(source) = self.sound.get(name) {
            return Ok(source);
        }
        if let Some((_, error)) = self.broken.iter().find(|(own, _)| own == name) {
            bail!("{error:#}");
        }
        bail!("there is no source `{name}`\nhint: {}", self.hint(name))
    }

    /// The sections of the settings with their default values, for a user to edit.
    pub fn sections(&self) -> String {
        let sections = self.all().map(|source| section::of(&source.description));
        sections.collect::<Vec<_>>().join("\n")
    }

    fn is_broken(&self, name: &str) -> bool {
        self.broken.iter().any(|(own, _)| own == name)
    }

    /// Suggests the nearest name.
    fn hint(&self, name: &str) -> String {
        let known = || self.sound.keys().map(String::as_str);
        match nearest(name, known()) {
            Some(near) => format!("the nearest is `{near}`"),
            None => format!("there is `{}`", known().collect::<Vec<_>>().join("`, `")),
        }
    }
}

/// The name of the source that a file of the pipeline describes.
fn named_by(path: &str) -> Option<&str> {
    let name = path.strip_prefix(FOLDER)?.strip_suffix(ENDING)?;
    (!name.contains('/')).then_some(name)
}

fn read(path: &str, name: &str, bytes: &[u8]) -> Result<SourceDescription> {
    let text = std::str::from_utf8(bytes).with_context(|| format!("`{path}`"))?;
    let description = SourceDescription::parse(path, text)?;
    if description.source != name {
        bail!(
            "`{path}` describes the source `{}`\nhint: a file is called like its source: `{FOLDER}{}{ENDING}`",
            description.source,
            description.source
        );
    }
    if let Some(env) = description.auth.env()
        && is_of_a_provider(env)
    {
        bail!(
            "`{path}`: `auth.env` is `{env}`, which may be a variable of a bucket's provider\nhint: choose another name: those are given to the processes that run people's SQL, and a key is not"
        );
    }
    Ok(description)
}

impl Source {
    pub fn name(&self) -> &str {
        &self.description.source
    }

    /// The environment variable that holds the key; `None` if the source needs no key.
    pub fn key_variable(&self) -> Option<&str> {
        let own = self.description.auth.env()?;
        Some(self.settings.access_key_env.as_deref().unwrap_or(own))
    }

    /// How to get a key, as a hint for the user.
    pub fn key_hint(&self) -> String {
        match self.description.auth.register() {
            Some(url) => format!("ask for one at {}", url.as_str().trim_end_matches('/')),
            None => format!("ask {} for one", self.description.attribution.name_en),
        }
    }

    /// Applies the settings.
    ///
    /// # Errors
    /// A value that is out of range, with the name of its setting; a query that the source does not
    /// accept.
    pub fn configured(&self) -> Result<Configured> {
        let (name, settings) = (self.name(), &self.settings);
        let mut description = self.description.clone();
        if let Some(calls) = settings.daily_quota {
            description = description.with_daily_calls(calls.into());
        }
        let limits = Limits::of(name, settings)?;
        description.endpoint.concurrency = settings
            .concurrency
            .unwrap_or(description.endpoint.concurrency);
        description.endpoint.gap = limits.gap.unwrap_or(description.endpoint.gap);
        self.fit()?;
        let (mut overlap, mut zone) = (None, TimeZone::UTC);
        match &mut description.strategy {
            Strategy::Interval(interval) => {
                overlap = Some(limits.overlap.unwrap_or(interval.overlap));
                if let Some(sweep) = limits.sweep {
                    interval.sweep.published_back = sweep;
                    if sweep.is_zero() {
                        // Sweeps of zero length do not take place.
                        interval.sweep.updated_back = SignedDuration::ZERO;
                        interval.sweep.updated_back_max = SignedDuration::ZERO;
                    }
                }
                zone = TimeZone::get(&interval.time_zone)?;
            }
            Strategy::Snapshot(snapshot) => {
                snapshot.boards = settings
                    .boards
                    .clone()
                    .unwrap_or_else(|| snapshot.boards.clone());
            }
            Strategy::Series(series) => {
                series.keys = settings.keys.clone().unwrap_or_else(|| series.keys.clone());
                zone = TimeZone::get(&series.time_zone)?;
            }
        }
        let start = settings.start.map(|day| midnight(day, &zone)).transpose();
        let start = start.with_context(|| format!("`sources.{name}.start`"))?;
        let query = self.query()?;
        CheckedQuery::new(&description, &query)?;
        Ok(Configured {
            base_url: self.base_url()?,
            query,
            start,
            overlap,
            daily_quota: u32::try_from(description.quota.daily_calls).unwrap_or(u32::MAX),
            check_clock: settings.check_clock.unwrap_or(true),
            description,
        })
    }

    /// Whether the settings are those of its strategy.
    ///
    /// # Errors
    /// For one that would have no effect.
    fn fit(&self) -> Result<()> {
        let settings = &self.settings;
        let strategy = &self.description.strategy;
        let (is_interval, is_series) = match strategy {
            Strategy::Interval(_) => (true, false),
            Strategy::Snapshot(_) => (false, false),
            Strategy::Series(_) => (false, true),
        };
        let is_snapshot = !is_interval && !is_series;
        for (key, is_set, fits, of) in [
            (
                "overlap_hours",
                settings.overlap_hours.is_some(),
                is_interval,
                "windows of time",
            ),
            (
                "sweep_days",
                settings.sweep_days.is_some(),
                is_interval,
                "windows of time",
            ),
            (
                "start",
                settings.start.is_some(),
                is_interval || is_series,
                "windows of time or series",
            ),
            (
                "boards",
                settings.boards.is_some(),
                is_snapshot,
                "lists by board",
            ),
            ("keys", settings.keys.is_some(), is_series, "series"),
        ] {
            if is_set && !fits {
                let name = self.name();
                bail!(
                    "`sources.{name}.{key}` is for sources of {of}, and `{name}` is none\nhint: remove it"
                );
            }
        }
        Ok(())
    }

    fn base_url(&self) -> Result<Url> {
        let Some(url) = &self.settings.base_url else {
            return Ok(self.description.endpoint.base_url.clone());
        };
        let own = &self.description.endpoint.base_url;
        url.parse().with_context(|| {
            format!(
                "`sources.{}.base_url` is `{url}`\nhint: write an address such as `{}`",
                self.name(),
                own.as_str().trim_end_matches('/')
            )
        })
    }

    fn query(&self) -> Result<BTreeMap<String, String>> {
        let values = self.settings.query.iter();
        let texts = values.map(|(parameter, value)| {
            let text = match value {
                toml::Value::String(text) => text.clone(),
                toml::Value::Integer(number) => number.to_string(),
                other => {
                    let name = self.name();
                    return Err(anyhow!(
                        "`sources.{name}.query.{parameter}` must be text, not `{other}`"
                    ));
                }
            };
            Ok((parameter.clone(), text))
        });
        texts.collect()
    }
}

/// The numbers of a section, validated; `None` where the description's apply.
struct Limits {
    /// Minimum time between the starts of two calls.
    gap: Option<SignedDuration>,
    overlap: Option<SignedDuration>,
    sweep: Option<SignedDuration>,
}

impl Limits {
    fn of(name: &str, settings: &SourceSettings) -> Result<Self> {
        // Written so that NaN is refused too.
        let between = |key: &str, value: Option<f64>, least: f64, most: f64, hint: &str| {
            let Some(value) = value else { return Ok(None) };
            if (least..=most).contains(&value) {
                return Ok(Some(value));
            }
            bail!("`sources.{name}.{key}` is {value}, not between {least} and {most}\nhint: {hint}")
        };
        let concurrency = settings.concurrency.map(|calls| calls as f64);
        let hint = "4 concurrent requests are plenty for 500 calls a day";
        between(
            "concurrency",
            concurrency,
            1.0,
            MOST_CONCURRENT as f64,
            hint,
        )?;
        let calls = settings.requests_per_second.filter(|calls| *calls != 0.0);
        let hint = "0 for no limit of ours, 0.5 for a request every two seconds";
        let calls = between("requests_per_second", calls, 0.001, 1000.0, hint)?;
        let hint = "2 finds postings that appear up to two hours late";
        let hours = between("overlap_hours", settings.overlap_hours, 0.0, 720.0, hint)?;
        let hint = "2 collects the last two days again once a day, 0 turns it off";
        let days = between("sweep_days", settings.sweep_days, 0.0, 30.0, hint)?;
        let seconds = |seconds: f64| SignedDuration::from_secs(seconds as i64);
        Ok(Self {
            gap: calls.map(|calls| SignedDuration::from_secs_f64(1.0 / calls)),
            overlap: hours.map(|hours| seconds(hours * 3600.0)),
            sweep: days.map(|days| seconds(days * 86_400.0)),
        })
    }
}

/// The day's first instant in a zone.
pub fn midnight(day: Date, zone: &TimeZone) -> Result<Timestamp> {
    Ok(day.to_zoned(zone.clone())?.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Settings;
    use crate::embedded;

    const OWN: &str = "sources/board.toml";

    fn files() -> PipelineFiles {
        embedded::pipeline_files(None).unwrap()
    }

    /// The program's description under another name.
    fn board(changes: &[(&str, &str)]) -> Vec<u8> {
        let mut text = include_str!("../../../../pipeline/sources/saramin.toml")
            .replace("source = \"saramin\"", "source = \"board\"");
        for (from, to) in changes {
            assert!(text.contains(from), "{from}");
            text = text.replace(from, to);
        }
        text.into_bytes()
    }

    #[test]
    fn a_source_is_there_by_its_file_alone() {
        let mut files = files();
        files.insert(
            OWN.to_owned(),
            board(&[("daily_calls = 500", "daily_calls = 50")]),
        );
        let sources = Sources::read(&files, &BTreeMap::new()).unwrap();
        assert_eq!(sources.broken().count(), 0);
        let names: Vec<&str> = sources.all().map(Source::name).collect();
        assert_eq!(names, ["board", "saramin"]);
        let configured = sources.named("board").unwrap().configured().unwrap();
        assert_eq!(configured.daily_quota, 50);
        let error = sources.named("boerd").err().unwrap().to_string();
        assert!(error.contains("the nearest is `board`"), "{error}");
    }

    #[test]
    fn settings_override_the_description() {
        let settings: BTreeMap<String, SourceSettings> = toml::from_str(
            "[saramin]\ndaily_quota = 7\noverlap_hours = 1\nsweep_days = 0\nconcurrency = 2\nrequests_per_second = 4\nstart = '2023-05-01'\n",
        )
        .unwrap();
        let sources = Sources::read(&files(), &settings).unwrap();
        let configured = sources.named("saramin").unwrap().configured().unwrap();
        assert_eq!(configured.daily_quota, 7);
        assert_eq!(configured.overlap, Some(SignedDuration::from_hours(1)));
        let start = configured.start.map(|start| start.to_string());
        assert_eq!(start.as_deref(), Some("2023-04-30T15:00:00Z"));
        let description = configured.description;
        assert_eq!(description.endpoint.concurrency, 2);
        assert_eq!(description.endpoint.gap, SignedDuration::from_millis(250));
        let interval = description.strategy.interval().unwrap();
        assert!(interval.sweep.published_back.is_zero());
        // What the settings accept is what `init` writes.
        let mut description = description;
        description.endpoint.concurrency = 100;
        let written = section::of(&description);
        assert!(written.contains("\nconcurrency = 64\n"), "{written}");
    }

    #[test]
    fn a_broken_file_is_named_and_the_others_go_on() {
        for (changes, words) in [
            (("size = 110", "sise = 110"), "sise"),
            (
                ("source = \"board\"", "source = \"other\""),
                "called like its source",
            ),
            (
                ("SARAMIN_ACCESS_KEY", "AWS_ACCESS_KEY"),
                "a bucket's provider",
            ),
        ] {
            let mut files = files();
            files.insert(OWN.to_owned(), board(&[changes]));
            let settings = BTreeMap::from([("board".to_owned(), SourceSettings::default())]);
            let sources = Sources::read(&files, &settings).unwrap();
            let error = sources.named("board").err().unwrap().to_string();
            assert!(error.contains(OWN) && error.contains(words), "{error}");
            assert_eq!(sources.broken().count(), 1);
            assert!(sources.named("saramin").is_ok());
        }
    }

    #[test]
    fn settings_of_no_source_name_the_nearest() {
        let settings = BTreeMap::from([("saramni".to_owned(), SourceSettings::default())]);
        let error = Sources::read(&files(), &settings)
            .err()
            .unwrap()
            .to_string();
        assert!(error.contains("`sources.saramni`"), "{error}");
        assert!(error.contains("the nearest is `saramin`"), "{error}");
    }

    #[test]
    fn the_sections_for_a_user_to_edit_change_nothing() {
        let plain = Sources::read(&files(), &BTreeMap::new()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("jobtide.toml");
        std::fs::write(&file, plain.sections()).unwrap();
        let settings = Settings::load(Some(&file), []).unwrap();
        let edited = Sources::read(&files(), &settings.sources).unwrap();
        for source in plain.all() {
            let before = source.configured().unwrap();
            let after = edited.named(source.name()).unwrap().configured().unwrap();
            assert_eq!(before.daily_quota, after.daily_quota);
            assert_eq!(before.overlap, after.overlap);
            assert_eq!(before.base_url, after.base_url);
            assert_eq!(before.query, after.query);
            let written = |source: Configured| format!("{:?}", source.description);
            assert_eq!(written(before), written(after));
        }
    }
}
