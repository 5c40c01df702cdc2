//! Which folders become stores; nothing else in them is touched.

use std::collections::HashSet;

use std::path::Path;

use jiff::SignedDuration;
use landing::{Error, Landing, Origin, open_store};

use crate::{land_hour, now, recruit, time};

const MARK: &str = "jobtide-store.json";

fn landing(folder: &Path) -> Landing {
    Landing::new(open_store(folder.to_str().expect("text")).expect("a store"))
}

fn write(folder: &Path, path: &str, text: &str) {
    let path = folder.join(path);
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    std::fs::write(path, text).expect("a file");
}

#[tokio::test]
async fn an_empty_folder_becomes_a_store_and_stays_one() {
    let folder = tempfile::tempdir().expect("a folder");
    land_hour(&landing(folder.path()), Origin::Collected)
        .await
        .expect("landed");
    assert!(folder.path().join(MARK).is_file());
    // Files that are added later do not matter.
    write(folder.path(), "warehouse/precious.parquet", "x");
    land_hour(&landing(folder.path()), Origin::Collected)
        .await
        .expect("landed");
}

#[tokio::test]
async fn a_folder_that_holds_something_else_is_refused() {
    for path in [
        "precious.parquet",
        "warehouse/precious.parquet",
        "landing/notes.txt",
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        write(folder.path(), path, "x");
        let landing = landing(folder.path());
        let error = land_hour(&landing, Origin::Collected)
            .await
            .expect_err(path);
        assert!(matches!(&error, Error::NotAStore { .. }), "{error}");
        let message = error.to_string();
        let folder_name = folder.path().canonicalize().expect("it is there");
        let shown = format!("`{}` is not empty", folder_name.display());
        assert!(
            message.contains(path) && message.contains("hint: ") && message.contains(&shown),
            "{message}"
        );
        landing.saved_files(recruit()).await.expect_err(path);
        landing
            .check_origin(Origin::Collected)
            .await
            .expect_err(path);
        let start = time("2026-05-01T00:00:00Z");
        landing
            .ask_for(&recruit(), start, None, &crate::query(), now())
            .await
            .expect_err(path);
        assert!(!folder.path().join(MARK).exists(), "{path}");
        assert!(folder.path().join(path).is_file(), "{path}");
    }
}

#[tokio::test]
async fn a_store_of_an_earlier_version_is_recognised_and_marked() {
    for (path, text) in [
        ("landing/origin.json", "{\"format\":1,\"class\":\"real\"}"),
        ("builds/000000000007.json", "{\"generation\":7,\"build\":7}"),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        write(folder.path(), path, text);
        write(folder.path(), "notes.txt", "somebody's own");
        landing(folder.path()).claim().await.expect(path);
        assert!(folder.path().join(MARK).is_file(), "{path}");
    }
    for (path, text) in [
        ("landing/origin.json", "{\"latitude\":1}"),
        ("builds/000000000007.json", "{}"),
        ("builds/7.json", "{\"generation\":7}"),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        write(folder.path(), path, text);
        write(folder.path(), "notes.txt", "somebody's own");
        landing(folder.path()).claim().await.expect_err(path);
        assert!(!folder.path().join(MARK).exists(), "{path}");
    }
}

#[tokio::test]
async fn what_a_power_cut_left_of_a_first_command_is_still_a_store() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), MARK, "");
    write(folder.path(), "builds/000000000001.json", "");
    write(folder.path(), "state/jobtide.db", "");
    landing(folder.path())
        .claim()
        .await
        .expect("all of it is ours");
    let mark = std::fs::read_to_string(folder.path().join(MARK)).expect("a mark");
    assert!(mark.contains("\"format\": 1"), "{mark}");
}

#[tokio::test]
async fn a_store_of_a_later_version_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    write(
        folder.path(),
        MARK,
        "{\"format\":2,\"program\":\"jobtide 9.0.0\"}",
    );
    let error = landing(folder.path()).claim().await.expect_err("too new");
    assert!(error.to_string().contains("jobtide 9.0.0"), "{error}");
}

#[tokio::test]
async fn tidying_leaves_other_peoples_files_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let landing = landing(folder.path());
    let window = land_hour(&landing, Origin::Collected)
        .await
        .expect("landed");
    let unfinished = window.path().to_string();
    let manifest = folder.path().join(&unfinished).join("manifest.json");
    std::fs::remove_file(manifest).expect("as a crash leaves it");
    let own = folder.path().join(&unfinished).join("00001.json.zst");
    let mut foreign = Vec::new();
    for path in [
        format!("{unfinished}/notes.txt"),
        format!("{unfinished}/notes.txt#1"),
        "landing/notes#1".to_owned(),
        "warehouse/raw_data/precious.parquet#1".to_owned(),
        "builds/notes.json#1".to_owned(),
        "state/mine#2".to_owned(),
    ] {
        write(folder.path(), &path, "x");
        foreign.push(folder.path().join(&path));
    }
    write(folder.path(), "builds/000000000007.json#1", "{");
    let part = folder.path().join("builds/000000000007.json#1");
    let later = jiff::Timestamp::now() + SignedDuration::from_hours(24 * 8);
    landing
        .tidy(
            &landing.list().await.expect("a listing"),
            later,
            SignedDuration::from_hours(24),
            Some(&HashSet::new()),
        )
        .await
        .expect("tidied");
    assert!(!own.exists() && !part.exists(), "what is ours goes");
    for path in foreign {
        assert!(path.is_file(), "{}", path.display());
    }
}

#[tokio::test]
async fn a_store_is_emptied_whole_or_not_at_all() {
    let folder = tempfile::tempdir().expect("a folder");
    land_hour(&landing(folder.path()), Origin::Generated)
        .await
        .expect("landed");
    write(folder.path(), "builds/000000000007.json#1", "{");
    write(folder.path(), "landing/notes.txt", "x");
    let notes = folder.path().join("landing/notes.txt");
    let found = landing::empty_store(folder.path()).expect("looked at");
    assert_eq!(found.as_deref(), Some(notes.as_path()));
    assert!(folder.path().join(MARK).is_file(), "nothing was removed");

    std::fs::remove_file(&notes).expect("removed");
    let elsewhere = tempfile::tempdir().expect("another folder");
    let link = folder.path().join("landing/away");
    std::os::unix::fs::symlink(elsewhere.path(), &link).expect("a link");
    let found = landing::empty_store(folder.path()).expect("looked at");
    assert_eq!(found.as_deref(), Some(link.as_path()));

    std::fs::remove_file(&link).expect("removed");
    assert_eq!(landing::empty_store(folder.path()).expect("emptied"), None);
    assert_eq!(std::fs::read_dir(folder.path()).expect("there").count(), 0);
}
