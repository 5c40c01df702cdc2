//! The parent's side of a query's process: how it is started and how its exit status is
//! interpreted.

use std::ffi::OsStr;
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};

use anyhow::{Context as _, Result};
use tokio::process::{Child, Command};

use super::worker;
use crate::config::{Settings, is_of_a_provider};

/// The signal when `RLIMIT_CPU` is exceeded; the same number on all supported systems.
const SIGXCPU: i32 = 24;

/// The signal on stack overflow.
const SIGSEGV: i32 = 11;

/// Variables that a worker needs to reach a bucket, in addition to those of the provider:
/// certificates, proxies.
const NETWORK_VARIABLES: [&str; 12] = [
    "HOME",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "HTTP_PROXY",
    "http_proxy",
    "HTTPS_PROXY",
    "https_proxy",
    "ALL_PROXY",
    "all_proxy",
    "NO_PROXY",
    "no_proxy",
    "GCE_METADATA_HOST",
];

/// Variables that every worker gets if they are set.
const OWN_VARIABLES: [&str; 4] = ["LD_LIBRARY_PATH", "RUST_LOG", "COLUMNS", "LANG"];

/// Prefix of settings: the worker gets the same ones as this process.
const SETTINGS: &str = "JOBTIDE__";

/// Whether a worker gets a variable. It runs untrusted SQL, so it must not have a secret that it
/// does not need, above all not the source's access key.
fn is_for_workers(settings: &Settings, name: &str) -> bool {
    // Even if the variable of a key has one of the prefixes below. Those that descriptions name have
    // none of them.
    let key = |key: &str| name == key || name.strip_suffix("_FILE") == Some(key);
    let mut keys = settings
        .sources
        .values()
        .filter_map(|source| source.access_key_env.as_deref());
    if keys.any(key) {
        return false;
    }
    let url = &settings.storage.url;
    let is_bucket = url.contains("://") && !url.starts_with("file://");
    OWN_VARIABLES.contains(&name)
        || name.starts_with(SETTINGS)
        || (is_bucket && (NETWORK_VARIABLES.contains(&name) || is_of_a_provider(name)))
}

/// Spawns this program as a worker, with only the environment variables that it needs. It ends when
/// the handle is dropped, and when this process ends.
pub fn start<S: AsRef<OsStr>>(
    settings: &Settings,
    arguments: impl IntoIterator<Item = S>,
    environment: impl IntoIterator<Item = (&'static str, String)>,
    stdin: Stdio,
    stdout: Stdio,
) -> Result<Child> {
    let needed = std::env::vars_os().filter(|(name, _)| {
        name.to_str()
            .is_some_and(|name| is_for_workers(settings, name))
    });
    Command::new(program()?)
        .args(arguments)
        .env_clear()
        .envs(needed)
        .envs(environment)
        // One arena of the allocator: every further one reserves 64 MB of the address space.
        .env("MALLOC_ARENA_MAX", "1")
        .stdin(stdin)
        .stdout(stdout)
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .context("cannot start the query's process")
}

/// The option of a worker that reads no settings file: it is given its settings.
pub const NO_FILE: &str = "--config=/dev/null";

/// All settings that a worker needs, as variables.
pub fn given(settings: &Settings) -> [(&'static str, String); 7] {
    let Settings {
        storage,
        query,
        engine,
        pipeline,
        ..
    } = settings;
    [
        ("JOBTIDE__STORAGE__URL", storage.url.clone()),
        ("JOBTIDE__STORAGE__STATE", storage.state.clone()),
        ("JOBTIDE__QUERY__MEMORY_MB", query.memory_mb.to_string()),
        ("JOBTIDE__QUERY__SECONDS", query.seconds.to_string()),
        ("JOBTIDE__ENGINE__MEMORY_MB", engine.memory_mb.to_string()),
        ("JOBTIDE__ENGINE__PARTITIONS", engine.partitions.to_string()),
        ("JOBTIDE__PIPELINE__FOLDER", pipeline.folder.clone()),
    ]
}

/// The path of this executable. If the system has a name for it that survives a replacement of the
/// file, that name: a server keeps running while a newer version is installed.
fn program() -> Result<PathBuf> {
    let running = PathBuf::from("/proc/self/exe");
    if cfg!(target_os = "linux") && running.exists() {
        return Ok(running);
    }
    std::env::current_exe().context("cannot find this program's file")
}

/// A limit that ended a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// Its time.
    Time,
    /// The memory of its process.
    Memory,
    /// The engine's memory pool.
    EngineMemory,
    /// The stack, which deeply nested expressions exhaust.
    Nesting,
    /// The size of the result.
    Result,
}

/// The limit that ended a process; `None` if it ended by itself. `messages` is its stderr.
pub fn limit_reached(status: ExitStatus, messages: &str) -> Option<Limit> {
    if status.code() == Some(worker::TIME_IS_UP) || status.signal() == Some(SIGXCPU) {
        return Some(Limit::Time);
    }
    if status.code() == Some(worker::ENGINE_IS_FULL) {
        return Some(Limit::EngineMemory);
    }
    if status.code() == Some(worker::RESULT_IS_FULL) {
        return Some(Limit::Result);
    }
    if status.signal() == Some(SIGSEGV) || messages.contains("has overflowed its stack") {
        return Some(Limit::Nesting);
    }
    // Texts of more than 2 GiB in one batch: the engine panics before it asks for the memory.
    let too_large = [
        "memory allocation of",
        "offset overflow",
        "capacity overflow",
    ];
    let failed = status.code().is_none() || too_large.iter().any(|text| messages.contains(text));
    failed.then_some(Limit::Memory)
}

impl Limit {
    /// The message.
    pub fn message(self, settings: &Settings) -> String {
        match self {
            Self::Time => format!(
                "the query took longer than {} s and was stopped",
                settings.query.seconds
            ),
            Self::Memory => format!(
                "the query needed more than its {} MB of memory and was stopped",
                settings.query.memory_mb
            ),
            Self::EngineMemory => {
                let held_mb = worker::engine_memory_mb(settings) as usize;
                warehouse::Error::QueryMemory(held_mb).to_string()
            }
            Self::Nesting => "the query is nested too deeply and was stopped".to_owned(),
            Self::Result => format!(
                "the result has more than {} MB before compression and was stopped",
                settings.query.memory_mb
            ),
        }
    }

    /// The next step for the operator, who sets the limits.
    pub fn hint(self, settings: &Settings) -> String {
        let setting = match self {
            Self::Time => "query.seconds",
            Self::Memory | Self::Result => "query.memory_mb",
            Self::EngineMemory => {
                match worker::engine_memory_mb(settings) < settings.query.memory_mb {
                    true => "engine.memory_mb",
                    false => "query.memory_mb",
                }
            }
            Self::Nesting => return NEST_LESS.to_owned(),
        };
        format!("narrow it down, or raise `{setting}`")
    }

    /// The next step for a visitor.
    pub fn visitors_hint(self) -> &'static str {
        match self {
            Self::Time => {
                "narrow it down: fewer rows before joins and sorts; the operator of this server sets the limit"
            }
            Self::Memory | Self::EngineMemory => {
                "narrow it down: join, sort or group fewer rows, and choose fewer columns; the operator of this server sets the limit"
            }
            Self::Nesting => NEST_LESS,
            Self::Result => "choose fewer columns or rows",
        }
    }
}

const NEST_LESS: &str = "write it with fewer nested operators or branches";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::SourceSettings;

    #[test]
    fn a_worker_gets_what_it_needs_and_no_key() {
        let mut settings = Settings::defaults().unwrap();
        let passed = |settings: &Settings, names: &[&str]| -> Vec<String> {
            let passed = names.iter().filter(|name| is_for_workers(settings, name));
            passed.map(|name| (*name).to_owned()).collect()
        };
        let names = [
            "SARAMIN_ACCESS_KEY",
            "SARAMIN_ACCESS_KEY_FILE",
            "JOBTIDE__STORAGE__URL",
            "AWS_SECRET_ACCESS_KEY",
            "HTTPS_PROXY",
            "GITHUB_TOKEN",
            "PATH",
            "RUST_LOG",
        ];
        assert_eq!(
            passed(&settings, &names),
            ["JOBTIDE__STORAGE__URL", "RUST_LOG"]
        );
        settings.storage.url = "s3://bucket".to_owned();
        assert_eq!(
            passed(&settings, &names),
            [
                "JOBTIDE__STORAGE__URL",
                "AWS_SECRET_ACCESS_KEY",
                "HTTPS_PROXY",
                "RUST_LOG"
            ]
        );
        let source = SourceSettings {
            access_key_env: Some("AWS_BOARD".to_owned()),
            ..SourceSettings::default()
        };
        settings.sources = [("board".to_owned(), source)].into();
        assert!(passed(&settings, &["AWS_BOARD", "AWS_BOARD_FILE"]).is_empty());
    }
}
