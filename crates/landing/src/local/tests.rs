use std::os::unix::fs::symlink;

use futures::TryStreamExt;
use object_store::ObjectStoreExt;

use super::*;

fn folder() -> (tempfile::TempDir, Local) {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Local::new(folder.path()).expect("a store");
    (folder, store)
}

async fn listed(store: &Local) -> Vec<String> {
    let objects: Vec<ObjectMeta> = store.list(None).try_collect().await.expect("a listing");
    let mut names: Vec<String> = objects
        .into_iter()
        .map(|object| object.location.to_string())
        .collect();
    names.sort_unstable();
    names
}

#[tokio::test]
async fn a_sealed_write_is_complete_and_leaves_no_other_files() {
    let (folder, store) = folder();
    let path = Path::from("builds/a/record.json");
    store
        .put_opts(&path, "one".into(), sealed(PutMode::Create))
        .await
        .expect("written");
    let taken = store
        .put_opts(&path, "two".into(), sealed(PutMode::Create))
        .await
        .expect_err("there is one");
    assert!(matches!(taken, Error::AlreadyExists { .. }), "{taken}");
    let read = async || store.get(&path).await.expect("there").bytes().await;
    assert_eq!(read().await.expect("read"), "one");
    store
        .put_opts(&path, "three".into(), sealed(PutMode::Overwrite))
        .await
        .expect("replaced");
    assert_eq!(read().await.expect("read"), "three");
    let files = std::fs::read_dir(folder.path().join("builds/a")).expect("the folder");
    assert_eq!(files.count(), 1, "no part is left");
}

#[tokio::test]
async fn concurrent_sealed_writes_all_arrive() {
    let (_folder, store) = folder();
    let write = |number: usize| {
        let store = store.clone();
        async move {
            let path = Path::from(format!("landing/{number}/manifest.json"));
            store
                .put_opts(&path, "x".into(), sealed(PutMode::Create))
                .await
        }
    };
    futures::future::try_join_all((0..200).map(write))
        .await
        .expect("all written");
    assert_eq!(listed(&store).await.len(), 200);
}

#[tokio::test]
async fn links_are_neither_listed_nor_followed() {
    let (folder, store) = folder();
    let elsewhere = tempfile::tempdir().expect("another folder");
    std::fs::write(elsewhere.path().join("precious"), "x").expect("a file");
    let table = folder.path().join("warehouse/raw_data");
    std::fs::create_dir_all(&table).expect("a folder");
    std::fs::write(table.join("own"), "x").expect("a file");
    symlink(elsewhere.path(), table.join("away")).expect("a link");
    symlink(elsewhere.path().join("precious"), table.join("one")).expect("a link");
    symlink(folder.path(), table.join("round")).expect("a link");
    symlink("nowhere", table.join("dangling")).expect("a link");

    assert_eq!(listed(&store).await, ["warehouse/raw_data/own"]);
    let away = Path::from("warehouse/raw_data/away");
    let below: Vec<ObjectMeta> = store.list(Some(&away)).try_collect().await.expect("listed");
    assert!(below.is_empty(), "{below:?}");
    let level = store
        .list_with_delimiter(Some(&Path::from("warehouse/raw_data")))
        .await
        .expect("listed");
    assert_eq!((level.common_prefixes.len(), level.objects.len()), (0, 1));

    for path in ["away/precious", "one", "round/warehouse/raw_data/own"] {
        let path = Path::from(format!("warehouse/raw_data/{path}"));
        let refused = store.delete(&path).await.expect_err("a link");
        assert!(refused.to_string().contains("is a link"), "{refused}");
        store
            .put(&path, "y".into())
            .await
            .expect_err("not through a link");
    }
    let precious = std::fs::read_to_string(elsewhere.path().join("precious"));
    assert_eq!(precious.expect("still there"), "x");
}

#[test]
fn a_store_whose_own_folder_is_a_link_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let elsewhere = tempfile::tempdir().expect("another folder");
    symlink(elsewhere.path(), folder.path().join("landing")).expect("a link");
    let refused = Local::new(folder.path()).expect_err("refused");
    assert!(refused.to_string().contains("landing"), "{refused}");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn invalid_object_names_do_not_hide_the_others() {
    use std::os::unix::ffi::OsStrExt;
    let (folder, store) = folder();
    let landing = folder.path().join("landing");
    std::fs::create_dir_all(&landing).expect("a folder");
    for name in [&b"line\nbreak"[..], b"\xff\xfe", b"part#1", b"100%", b"own"] {
        let name = std::ffi::OsStr::from_bytes(name);
        std::fs::write(landing.join(name), "x").expect("a file");
    }
    let names = listed(&store).await;
    assert!(names.contains(&"landing/own".to_owned()), "{names:?}");
    assert!(!names.iter().any(|name| name.contains('#')), "{names:?}");
    for name in names {
        store
            .head(&Path::parse(name).expect("a path"))
            .await
            .expect("it can be read");
    }
}

#[tokio::test]
async fn listing_from_an_offset_returns_later_objects() {
    let (_folder, store) = folder();
    for name in ["a", "b", "c/d"] {
        store.put(&name.into(), "x".into()).await.expect("written");
    }
    let after: Vec<ObjectMeta> = store
        .list_with_offset(None, &"a".into())
        .try_collect()
        .await
        .expect("listed");
    assert_eq!(after.len(), 2, "{after:?}");
}

#[test]
fn files_are_synced_one_by_one_without_a_call_for_all() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut unsynced = sync::files::Unsynced::new(folder.path().to_owned());
    let file = folder.path().join("a/b/c");
    unsynced.wrote(file.clone());
    unsynced.sync().expect("it is not there yet");
    std::fs::create_dir_all(folder.path().join("a/b")).expect("a folder");
    std::fs::write(&file, "x").expect("a file");
    unsynced.sync().expect("synced");
    unsynced.sync().expect("nothing left to do");
}
