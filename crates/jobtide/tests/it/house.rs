//! Enforces the map of ARCHITECTURE.md: dependencies between crates, words that a crate must not use, and
//! cycles between modules.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use toml::Table;

/// The crates of the project that each of them may depend on.
const OWN: [(&str, &[&str]); 14] = [
    ("kernel", &[]),
    ("lease", &["kernel"]),
    ("landing", &["kernel"]),
    ("formats", &[]),
    ("http_client", &["kernel"]),
    ("extract", &["formats", "http_client", "kernel", "landing"]),
    ("simulator", &["kernel"]),
    ("warehouse", &["formats", "kernel", "landing", "lease"]),
    ("semantic", &["kernel"]),
    ("explore", &["kernel", "semantic"]),
    ("orchestrator", &["kernel"]),
    ("instances", &["kernel", "landing", "lease", "orchestrator"]),
    (
        "server",
        &["explore", "kernel", "landing", "semantic", "warehouse"],
    ),
    (
        "jobtide",
        &[
            "explore",
            "extract",
            "http_client",
            "instances",
            "kernel",
            "landing",
            "lease",
            "orchestrator",
            "semantic",
            "server",
            "simulator",
            "warehouse",
        ],
    ),
];

/// Libraries that only some crates may depend on, except in tests.
const LIBRARIES: [(&str, &[&str]); 10] = [
    ("axum", &["jobtide", "server", "simulator"]),
    ("clap", &["jobtide", "simulator"]),
    ("datafusion", &["warehouse"]),
    ("deltalake", &["warehouse"]),
    (
        "object_store",
        &["instances", "jobtide", "landing", "lease", "warehouse"],
    ),
    ("parquet", &["warehouse"]),
    ("quick-xml", &["formats"]),
    ("reqwest", &["extract", "http_client"]),
    ("sqlx", &["orchestrator"]),
    ("utoipa", &["explore", "jobtide", "semantic", "server"]),
];

/// Words that no code may have outside of these files, or of all files of these crates.
const WORDS: [(&str, &[&str]); 2] = [
    // One set of rules for proxies, redirects and timeouts.
    ("client::builder()", &["http_client"]),
    (
        "saramin",
        &[
            "simulator",
            "jobtide/src/commands/demo.rs",
            "jobtide/src/cli/simulate.rs",
            "jobtide/src/commands/simulate.rs",
        ],
    ),
];

/// Words that must not occur in the code of a crate: concepts that it must not depend on.
const FOREIGN: [(&str, &[&str]); 9] = [
    (
        "kernel",
        &["std::fs", "std::net", "tokio::fs", "tokio::net", "posting"],
    ),
    ("lease", &["posting", "warehouse", "dag"]),
    ("orchestrator", &["posting", "http"]),
    ("instances", &["posting", "http", "sqlite"]),
    ("extract", &["staging", "sqlite", "cron"]),
    ("http_client", &["posting", "cron", "sqlite"]),
    ("landing", &["reqwest", "axum"]),
    ("semantic", &["axum", "object_store"]),
    ("explore", &["datafusion", "axum", "object_store"]),
];

fn crates() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The existing crates, with their manifests.
fn manifests(crates: &Path) -> BTreeMap<String, Table> {
    let folders = std::fs::read_dir(crates).expect("the crates");
    let manifests = folders.filter_map(|folder| {
        let folder = folder.expect("a folder");
        let text = std::fs::read_to_string(folder.path().join("Cargo.toml")).ok()?;
        let name = folder.file_name().to_string_lossy().into_owned();
        Some((name, text.parse().expect("a manifest")))
    });
    manifests.collect()
}

/// The dependencies of a crate, without dev-dependencies.
fn dependencies(manifest: &Table) -> BTreeSet<&str> {
    let names = ["dependencies", "build-dependencies"];
    let targets = manifest.get("target").and_then(toml::Value::as_table);
    let targets = targets.into_iter().flat_map(|targets| targets.values());
    let places = targets.filter_map(toml::Value::as_table).chain([manifest]);
    let tables = places.flat_map(|place| {
        let tables = names.iter().filter_map(|name| place.get(*name));
        tables.filter_map(toml::Value::as_table)
    });
    tables
        .flat_map(|table| table.keys().map(String::as_str))
        .collect()
}

/// The code of a crate by file, without comments and tests.
fn code(crates: &Path, name: &str) -> BTreeMap<PathBuf, String> {
    let mut code = BTreeMap::new();
    let mut folders = vec![crates.join(name).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder of code") {
            let path = entry.expect("an entry").path();
            let is_of_tests = path.file_stem().is_some_and(|stem| stem == "tests");
            if path.is_dir() && !is_of_tests {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") && !is_of_tests {
                let text = std::fs::read_to_string(&path).expect("a file of code");
                code.insert(path, without_tests(&text));
            }
        }
    }
    code
}

fn without_tests(text: &str) -> String {
    let mut code = String::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let trimmed = line.trim_start();
        if trimmed.starts_with("#[cfg(test)]") {
            // A module of tests is the last thing in its file; other items are one line or block.
            let item = lines.next().unwrap_or_default();
            if item.contains("mod tests") && item.ends_with('{') {
                break;
            }
            continue;
        }
        if !trimmed.starts_with("//") {
            code.push_str(line);
            code.push('\n');
        }
    }
    code
}

/// Violations of the rules, as messages.
fn broken(crates: &Path) -> Vec<String> {
    let manifests = manifests(crates);
    let mut broken = Vec::new();
    for (name, manifest) in &manifests {
        let Some((_, may)) = OWN.iter().find(|(own, _)| own == name) else {
            broken.push(format!("`{name}` is not in the map"));
            continue;
        };
        for dependency in dependencies(manifest) {
            if manifests.contains_key(dependency) && !may.contains(&dependency) {
                broken.push(format!("`{name}` depends on `{dependency}`"));
            }
            let library = LIBRARIES.iter().find(|(library, _)| *library == dependency);
            if let Some((_, users)) = library
                && !users.contains(&name.as_str())
            {
                broken.push(format!("`{name}` depends on `{dependency}`"));
            }
        }
        let foreign = FOREIGN.iter().find(|(own, _)| own == name);
        let foreign = foreign.map_or(&[][..], |(_, words)| words);
        for (path, text) in code(crates, name) {
            let place = path.strip_prefix(crates).expect("a path below").display();
            let place = place.to_string();
            let text = text.to_lowercase();
            for (word, places) in WORDS {
                let allowed = places.iter().any(|allowed| place.starts_with(allowed));
                if text.contains(word) && !allowed {
                    broken.push(format!("`{place}` says `{word}`"));
                }
            }
            for word in foreign {
                if text.contains(word) {
                    broken.push(format!("`{place}` says `{word}`"));
                }
            }
        }
    }
    for name in manifests.keys() {
        let cycle = cycle(crates, name);
        if !cycle.is_empty() {
            broken.push(format!("modules of `{name}` form a cycle: {cycle:?}"));
        }
    }
    broken
}

/// The modules that a path after `crate::` names: one, or those of a list in braces.
fn imported(path: &str) -> Vec<String> {
    let first = |entry: &str| {
        let segment = entry.trim_start().chars();
        let segment = segment.take_while(|letter| letter.is_alphanumeric() || *letter == '_');
        segment.collect::<String>()
    };
    let Some(list) = path.strip_prefix('{') else {
        return vec![first(path)];
    };
    let (mut depth, mut entries) = (0, vec![String::new()]);
    for letter in list.chars() {
        match letter {
            '}' if depth == 0 => break,
            ',' if depth == 0 => entries.push(String::new()),
            letter => {
                depth += i32::from(letter == '{') - i32::from(letter == '}');
                entries.last_mut().expect("an entry").push(letter);
            }
        }
    }
    entries.iter().map(|entry| first(entry)).collect()
}

/// The modules of a crate that are in a cycle.
fn cycle(crates: &Path, name: &str) -> Vec<String> {
    let root = crates.join(name).join("src");
    let mut uses: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (path, text) in code(crates, name) {
        let path = path.strip_prefix(&root).expect("a path below").to_owned();
        let first = path
            .iter()
            .next()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        let module = first.trim_end_matches(".rs").to_owned();
        let used = text.split("crate::").skip(1).flat_map(imported);
        uses.entry(module).or_default().extend(used);
    }
    uses.remove("lib");
    // A module that depends on no remaining module is in no cycle.
    loop {
        let names: BTreeSet<String> = uses.keys().cloned().collect();
        let before = uses.len();
        uses.retain(|own, used| used.iter().any(|used| used != own && names.contains(used)));
        if uses.len() == before {
            return uses.into_keys().collect();
        }
    }
}

#[test]
fn crates_know_only_what_the_map_says() {
    assert_eq!(broken(&crates()), Vec::<String>::new());
}

#[test]
fn what_the_map_forbids_is_found() {
    let folder = tempfile::tempdir().expect("a folder");
    let plant = |path: &str, text: &str| {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    };
    for name in ["explore", "semantic"] {
        plant(&format!("{name}/Cargo.toml"), "");
        plant(&format!("{name}/src/lib.rs"), "mod a;\nmod b;\n");
    }
    assert_eq!(broken(folder.path()), Vec::<String>::new());

    plant("explore/Cargo.toml", "[dependencies]\ndatafusion = \"1\"\n");
    plant(
        "semantic/Cargo.toml",
        "[dependencies.explore]\npath = \"../explore\"\n",
    );
    plant("explore/src/a.rs", "use crate::{Error, b::{B, C}};\n");
    plant(
        "explore/src/b.rs",
        "// From Saramin.\npub struct B(crate::a::A);\n",
    );
    plant(
        "semantic/src/a.rs",
        "const A: &str = \"Saramin\";\n#[cfg(test)]\nmod tests {\n    // axum\n}\n",
    );
    plant(
        "landing/Cargo.toml",
        "[dev-dependencies]\nreqwest = \"1\"\n",
    );
    plant(
        "landing/src/lib.rs",
        "#[cfg(test)]\nmod tests;\nuse axum::Router;\n",
    );
    plant("stranger/Cargo.toml", "");
    plant("stranger/src/lib.rs", "");
    assert_eq!(
        broken(folder.path()),
        [
            "`explore` depends on `datafusion`",
            "`landing/src/lib.rs` says `axum`",
            "`semantic` depends on `explore`",
            "`semantic/src/a.rs` says `saramin`",
            "`stranger` is not in the map",
            "modules of `explore` form a cycle: [\"a\", \"b\"]",
        ]
    );
}
