//! What the source tree of the crate must not name: an engine or a format of publication outside
//! their folders, and a source, a table or a column of the product anywhere.

use std::path::{Path, PathBuf};

const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src");

/// Engines and formats of publication, and the folders that may name them.
const ENGINES: [&str; 2] = ["datafusion", "deltalake"];
const FOLDERS: [&str; 2] = ["engine/", "target/"];

/// What only the files of a pipeline say.
const OF_THE_PRODUCT: [&str; 3] = ["saramin", "posting_id", "recruit_table"];

/// Rust files below the sources, by their path there.
fn files(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path: PathBuf = entry.expect("an entry").path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let text = std::fs::read_to_string(&path).expect("text");
            let below = path.strip_prefix(SOURCES).expect("below the sources");
            found.push((below.to_string_lossy().replace('\\', "/"), text));
        }
    }
}

fn sources() -> Vec<(String, String)> {
    let mut found = Vec::new();
    files(Path::new(SOURCES), &mut found);
    assert!(found.len() > 40, "{} files", found.len());
    found
}

/// A text without its tests, which come last.
fn without_tests<'a>(path: &str, text: &'a str) -> &'a str {
    if path.ends_with("tests.rs") {
        return "";
    }
    text.split_once("#[cfg(test)]\nmod tests")
        .map_or(text, |(code, _)| code)
}

/// Code without comments: documents may say which engine there is.
fn names(text: &str, word: &str) -> bool {
    let code = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    code.into_iter().any(|line| line.contains(word))
}

#[test]
fn only_their_folders_name_the_engine_and_the_publication_format() {
    for (path, text) in sources() {
        if FOLDERS.iter().any(|folder| path.starts_with(folder)) {
            continue;
        }
        for word in ENGINES {
            assert!(!names(&text, word), "`src/{path}` names `{word}`");
        }
    }
}

#[test]
fn no_source_and_no_table_of_the_product_is_named() {
    for (path, text) in sources() {
        for word in OF_THE_PRODUCT {
            let text = without_tests(&path, &text);
            assert!(!text.contains(word), "`src/{path}` names `{word}`");
        }
    }
}
