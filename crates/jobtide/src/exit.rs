//! How a command ends: one place that turns outcomes into messages and exit codes.

use std::fmt;
use std::io::ErrorKind;
use std::process::ExitCode;

use crate::messages::tell;

/// A failure with an exit code of its own. Everything else exits with 1; wrong usage with 2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// A problem was found and reported.
    Wrong,
    /// A task failed, and would again until its cause is fixed.
    Final,
    /// Not everything could be collected; the rest stays due.
    Incomplete,
    /// A check failed; the previous build stays published.
    ChecksFailed,
    /// A query was refused, or ran into its limits.
    QueryRefused,
}

impl Failure {
    /// The process's exit code.
    pub fn code(self) -> u8 {
        match self {
            Self::Wrong => 1,
            Self::Final => 2,
            Self::Incomplete => 3,
            Self::ChecksFailed => 4,
            Self::QueryRefused => 5,
        }
    }

    /// Its name in the record of a run: the class of a task's error.
    pub fn class(self) -> &'static str {
        match self {
            Self::Wrong => "wrong",
            Self::Final => "final",
            Self::Incomplete => "incomplete",
            Self::ChecksFailed => "checks_failed",
            Self::QueryRefused => "query_refused",
        }
    }

    /// The failure with that name.
    pub fn of_class(class: &str) -> Option<Self> {
        [
            Self::Wrong,
            Self::Final,
            Self::Incomplete,
            Self::ChecksFailed,
            Self::QueryRefused,
        ]
        .into_iter()
        .find(|failure| failure.class() == class)
    }
}

/// An error with its exit code.
#[derive(Debug)]
pub struct Failed {
    /// Determines the exit code.
    pub failure: Failure,
    /// The message.
    pub message: String,
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failed {}

/// No failure: the end of a process whose caller asked for a code of its own, where there was nothing
/// new, or what it waits for has not happened yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ends(pub u8);

impl fmt::Display for Ends {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ends with exit code {}", self.0)
    }
}

impl std::error::Error for Ends {}

/// The hint for a store that cannot be read or written.
const STORE_HINT: &str = "check that the folder can be read and written by this user, or the bucket's name, credentials and permissions; `jobtide doctor --deep` tests the store and names what is missing";

/// The hint for a full disk, in any write.
const FULL_HINT: &str = "the disk is full: make room and run the same command again; what was landed and published before is unchanged";

/// An error with its causes on one line, followed by a hint, if one is known.
pub fn text(error: &anyhow::Error) -> String {
    let (mut text, mut hint) = (String::new(), None);
    let mut before = String::new();
    for cause in error.chain() {
        let said = cause.to_string();
        // Many errors quote their cause.
        if !before.contains(&said) {
            let (message, step) = match said.split_once("\nhint: ") {
                Some((message, step)) => (message, Some(step.to_owned())),
                None => (said.as_str(), None),
            };
            let joint = if text.is_empty() { "" } else { ": " };
            text = format!("{text}{joint}{message}");
            hint = hint.or(step);
            before = said;
        }
        hint = hint.or_else(|| hint_of(cause));
    }
    if error.chain().any(is_full_disk) {
        hint = Some(FULL_HINT.to_owned());
    }
    match hint {
        Some(hint) => format!("{text}\nhint: {hint}"),
        None => text,
    }
}

/// The hint for an error whose crate provides none.
fn hint_of(cause: &(dyn std::error::Error + 'static)) -> Option<String> {
    if let Some(error) = cause.downcast_ref::<warehouse::Error>() {
        return error.hint();
    }
    // Every store failure ends in one of these. A writer wraps them in an I/O error, which is not
    // part of the source chain.
    let inner = cause
        .downcast_ref::<std::io::Error>()
        .and_then(std::io::Error::get_ref);
    let of_store = cause.is::<object_store::Error>()
        || inner.is_some_and(|inner| inner.is::<object_store::Error>())
        || kind_of(cause).is_some_and(|kind| {
            matches!(
                kind,
                ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem
            )
        });
    of_store.then(|| STORE_HINT.to_owned())
}

fn is_full_disk(cause: &(dyn std::error::Error + 'static)) -> bool {
    matches!(
        kind_of(cause),
        Some(ErrorKind::StorageFull | ErrorKind::QuotaExceeded)
    )
}

/// The kind of an I/O error, if it is one.
fn kind_of(cause: &(dyn std::error::Error + 'static)) -> Option<ErrorKind> {
    cause
        .downcast_ref::<std::io::Error>()
        .map(std::io::Error::kind)
}

/// Whether the same may succeed later, because a bucket or a network file system was out of reach or failed.
/// A full disk, a missing permission and a damaged file stay what they are for longer than a few attempts.
pub fn is_transient(error: &anyhow::Error) -> bool {
    use object_store::Error as Store;
    let stays = |cause| match kind_of(cause) {
        Some(
            ErrorKind::PermissionDenied
            | ErrorKind::ReadOnlyFilesystem
            | ErrorKind::InvalidFilename,
        ) => true,
        _ => is_full_disk(cause),
    };
    // A local file fails for good, unless its file system is one of a network.
    let is_network = |cause: &(dyn std::error::Error + 'static)| {
        matches!(
            kind_of(cause),
            Some(
                ErrorKind::StaleNetworkFileHandle
                    | ErrorKind::TimedOut
                    | ErrorKind::HostUnreachable
                    | ErrorKind::NetworkUnreachable
                    | ErrorKind::NetworkDown
            )
        )
    };
    let of_bucket = |cause: &(dyn std::error::Error + 'static)| match cause.downcast_ref::<Store>()
    {
        Some(Store::Generic { store, .. }) => BUCKETS.contains(store),
        found => matches!(found, Some(Store::JoinError { .. })),
    };
    let causes = || causes(error);
    causes().any(|cause| of_bucket(cause) || is_network(cause)) && !causes().any(stays)
}

/// What the stores of buckets call themselves in their errors.
const BUCKETS: [&str; 4] = ["S3", "GCS", "MicrosoftAzure", "HTTP"];

/// An error and its causes, those inside I/O errors too, which are not part of the chain.
fn causes(error: &anyhow::Error) -> impl Iterator<Item = &(dyn std::error::Error + 'static)> {
    std::iter::successors(error.chain().next(), |cause| {
        let inner = cause.downcast_ref::<std::io::Error>();
        match inner.and_then(std::io::Error::get_ref) {
            Some(inner) => Some(inner as &(dyn std::error::Error + 'static)),
            None => cause.source(),
        }
    })
}

/// Reports the error on stderr, with its causes on the same line and the hint below.
pub fn report(error: &anyhow::Error) -> ExitCode {
    // The reader closed the pipe (`… | head`): that is not a failure.
    let stopped_reading = error.chain().any(|cause| {
        cause
            .downcast_ref::<std::io::Error>()
            .is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
    });
    if stopped_reading {
        return ExitCode::SUCCESS;
    }
    if let Some(Ends(code)) = error.downcast_ref() {
        return ExitCode::from(*code);
    }
    let message = text(error);
    tell(&format!("error: {message}"));
    if let Some(warehouse::Error::ChecksFailed(findings)) = error.downcast_ref() {
        for finding in findings {
            tell(&format!(
                "  {}: {} ({} rows)",
                finding.check, finding.what, finding.rows
            ));
            for row in &finding.evidence {
                tell(&format!("    {row}"));
            }
        }
    }
    failure(error).map_or(ExitCode::FAILURE, |failure| ExitCode::from(failure.code()))
}

/// The failure that an error stands for; `None` for one without an exit code of its own.
pub fn failure(error: &anyhow::Error) -> Option<Failure> {
    if let Some(warehouse::Error::ChecksFailed(_)) = error.downcast_ref() {
        return Some(Failure::ChecksFailed);
    }
    let failed = error.downcast_ref::<Failed>();
    failed.map(|failed| failed.failure)
}

#[cfg(test)]
mod tests {
    use anyhow::Context as _;

    use super::*;

    #[test]
    fn what_may_succeed_later_is_transient() {
        let store = |store, source: Box<dyn std::error::Error + Send + Sync>| {
            object_store::Error::Generic { store, source }
        };
        let kind = |kind| Box::new(std::io::Error::from(kind));
        let bucket = || store("S3", "503 after 3 attempts".into());
        let local = |at| store("LocalFileSystem", kind(at));
        let transient: [anyhow::Error; 6] = [
            warehouse::Error::Store(bucket()).into(),
            landing::Error::Store {
                path: "landing".to_owned(),
                source: store("GCS", kind(ErrorKind::ConnectionRefused)),
            }
            .into(),
            anyhow::Error::from(lease::Error::Store(bucket())).context("cannot take the lease"),
            anyhow::Error::from(std::io::Error::other(bucket())).context("cannot write `x`"),
            warehouse::Error::Model {
                table: "external.recruit_table".to_owned(),
                source: bucket().into(),
            }
            .into(),
            warehouse::Error::Store(local(ErrorKind::StaleNetworkFileHandle)).into(),
        ];
        for error in transient {
            assert!(is_transient(&error), "{error:?}");
        }
        let refused = object_store::Error::PermissionDenied {
            path: "builds".to_owned(),
            source: "403".into(),
        };
        let lasting: [anyhow::Error; 6] = [
            warehouse::Error::Store(refused).into(),
            warehouse::Error::Store(local(ErrorKind::StorageFull)).into(),
            warehouse::Error::Store(store("checked", "`x` is damaged".into())).into(),
            // What is full is the disk here, whatever the bucket says.
            store("S3", kind(ErrorKind::StorageFull)).into(),
            warehouse::Error::NothingPublished.into(),
            anyhow::anyhow!("plain"),
        ];
        for error in lasting {
            assert!(!is_transient(&error), "{error:?}");
        }
    }

    #[test]
    fn causes_are_reported_once_and_the_hint_last() {
        let store = || object_store::Error::NotFound {
            path: "builds".to_owned(),
            source: "no such bucket".into(),
        };
        let landing = || landing::Error::Store {
            path: "landing".to_owned(),
            source: store(),
        };
        let wrapped: [anyhow::Error; 4] = [
            warehouse::Error::Store(store()).into(),
            warehouse::Error::Landing(landing()).into(),
            extract::Stop::Landing(landing()).into(),
            anyhow::Error::from(store()).context("cannot write `x`"),
        ];
        for error in wrapped {
            let text = text(&error);
            assert_eq!(text.matches("no such bucket").count(), 1, "{text}");
            assert!(text.ends_with(&format!("\nhint: {STORE_HINT}")), "{text}");
        }

        // As a multipart stream fails, and a full disk below the engine.
        let wrapped = std::io::Error::other(store());
        let printed = text(&anyhow::Error::from(wrapped).context("cannot write `x`"));
        assert!(
            printed.ends_with(&format!("\nhint: {STORE_HINT}")),
            "{printed}"
        );
        let full = object_store::Error::Generic {
            store: "LocalFileSystem",
            source: std::io::Error::from(ErrorKind::StorageFull).into(),
        };
        for error in [
            anyhow::Error::from(landing::Error::Store {
                path: "landing".to_owned(),
                source: full,
            }),
            anyhow::Error::from(std::io::Error::from(ErrorKind::StorageFull))
                .context("not done\nhint: try again"),
            // As a Delta log is committed.
            warehouse::Error::Target(std::io::Error::from(ErrorKind::StorageFull).into()).into(),
        ] {
            let printed = text(&error);
            assert!(
                printed.ends_with(&format!("\nhint: {FULL_HINT}")),
                "{printed}"
            );
        }

        let hinted = || anyhow::anyhow!("there is no `x`\nhint: write `y`");
        for (error, expected) in [
            (hinted(), "there is no `x`\nhint: write `y`"),
            (
                Err::<(), _>(hinted()).context("in `file`").unwrap_err(),
                "in `file`: there is no `x`\nhint: write `y`",
            ),
            (anyhow::anyhow!("plain"), "plain"),
        ] {
            assert_eq!(text(&error), expected);
        }
        let nothing = text(&warehouse::Error::NothingPublished.into());
        assert!(nothing.starts_with("nothing is published yet\nhint: run "));
    }
}
