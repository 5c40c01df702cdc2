//! Running the program in a folder for the test.

use std::fmt;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// The access key of every test; no file and no message may contain its middle part.
pub const KEY: &str = "q7Zk+9/unmistakable=";

/// In place of the program's own DAGs, which run by themselves.
pub const QUIET: &str = "what = 'Nothing.'\n\n[[tasks]]\nname = 'nothing'\nkind = 'refusals'\n";

/// Without a schedule: no key is needed.
pub const BY_HAND: &str = "what = 'Collects.'\n\n[[tasks]]\nname = 'collect'\nkind = 'collect'\nwith = { source = 'saramin' }\n";

/// A folder with a configuration and the store it names.
pub struct Place {
    folder: TempDir,
    store: &'static str,
}

impl Place {
    /// A new folder; `settings` is added to a configuration that names the store in it.
    pub fn new(settings: &str) -> Self {
        Self::with_store("store", settings)
    }

    /// The same with the store elsewhere below the folder.
    pub fn with_store(store: &'static str, settings: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let text = format!("[storage]\nurl = \"{store}\"\n{settings}");
        std::fs::write(folder.path().join("jobtide.toml"), text).expect("the configuration");
        Self { folder, store }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn store(&self) -> PathBuf {
        self.path().join(self.store)
    }

    /// Writes a file beside the store.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).expect("a folder");
        }
        std::fs::write(&path, content).expect("a file");
        path
    }

    /// The program with these arguments, isolated from the environment of the tests.
    pub fn command<A: AsRef<std::ffi::OsStr>>(&self, arguments: &[A]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_jobtide"));
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("JOBTIDE_") || text.starts_with("SARAMIN_") || text == "RUST_LOG" {
                command.env_remove(&name);
            }
        }
        command
            .args(arguments)
            .current_dir(self.path())
            .env("SARAMIN_ACCESS_KEY", KEY)
            .stdin(Stdio::null());
        command
    }

    /// Runs the program to its end.
    pub fn run<A: AsRef<std::ffi::OsStr>>(&self, arguments: &[A]) -> Ended {
        Ended::of(&mut self.command(arguments))
    }

    /// The result of a query as CSV lines without their header.
    pub fn query(&self, sql: &str) -> Vec<String> {
        let ended = self.run(&["query", sql, "--format", "csv", "--limit", "1000000"]);
        let mut lines = ended.expect(0).stdout.lines().map(str::to_owned);
        lines.next().expect("a header");
        lines.collect()
    }

    /// Every file below the store but those of the state, sorted, with its size.
    pub fn listing(&self) -> Vec<(PathBuf, u64)> {
        let mut found = files(&self.store());
        found.retain(|path| !path.starts_with(self.store().join("state")));
        found
            .into_iter()
            .map(|path| {
                let bytes = std::fs::metadata(&path).expect("a file's size").len();
                (path, bytes)
            })
            .collect()
    }
}

/// Every file below a folder, sorted; none where there is no folder.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else {
            continue;
        };
        for entry in entries {
            let entry = entry.expect("a directory entry");
            if entry.file_type().expect("its type").is_dir() {
                folders.push(entry.path());
            } else {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    found
}

/// A process that ended.
#[derive(Clone)]
pub struct Ended {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Ended {
    pub fn of(command: &mut Command) -> Self {
        Self::from(command.output().expect("the program starts"))
    }

    /// Fails unless the process ended with this exit code.
    #[track_caller]
    pub fn expect(&self, code: i32) -> &Self {
        assert_eq!(self.code, Some(code), "{self}");
        self
    }

    /// Fails unless stderr contains each of these texts.
    #[track_caller]
    pub fn tells(&self, texts: &[&str]) -> &Self {
        for text in texts {
            assert!(self.stderr.contains(text), "nothing says `{text}`: {self}");
        }
        self
    }
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stdout: String = self.stdout.chars().take(2_000).collect();
        write!(
            f,
            "exit code {:?}\n--- stdout\n{stdout}\n--- stderr\n{}",
            self.code, self.stderr
        )
    }
}

/// `jobtide serve` on a free port, ended when dropped.
pub struct Serving {
    child: Child,
    pub url: String,
}

impl Serving {
    pub fn start(place: &Place) -> Self {
        Self::of(&mut place.command(&["serve", "--listen", "127.0.0.1:0"]))
    }

    /// Of a command that serves on a free port.
    pub fn of(command: &mut Command) -> Self {
        let mut child = command
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let stderr = BufReader::new(child.stderr.take().expect("its messages"));
        let (say, said) = mpsc::channel();
        // Reads on to the end, so that the program never waits for a reader.
        std::thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                say.send(line).ok();
            }
        });
        let mut heard = Vec::new();
        let url = loop {
            let Ok(line) = said.recv() else {
                panic!("the server ended: {heard:?}");
            };
            if let Some((_, rest)) = line.split_once("serving ") {
                break rest.split(' ').next().unwrap_or_default().to_owned();
            }
            heard.push(line);
        };
        Self { child, url }
    }

    /// The address without the scheme.
    pub fn address(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    /// The id of the process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Asks the process to end.
    pub fn terminate(&self) {
        let stop = format!("kill -TERM {}", self.id());
        let sent = Command::new("sh").args(["-c", &stop]).status();
        assert!(sent.expect("a shell").success());
    }

    /// The exit code, once it has ended; none if that takes longer than this.
    pub fn ended_within(&mut self, patience: Duration) -> Option<Option<i32>> {
        let begun = Instant::now();
        while begun.elapsed() < patience {
            if let Some(status) = self.child.try_wait().expect("its state") {
                return Some(status.code());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        None
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
