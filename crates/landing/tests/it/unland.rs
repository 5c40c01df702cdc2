//! Saved files that were landed by mistake: taken back by a record, and landed again.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use jiff::SignedDuration;
use landing::{Error, Landed, Landing, Origin, TakenBack, WindowRef, Would};
use object_store::ObjectStore;
use object_store::memory::InMemory;

use crate::mortal::Mortal;
use crate::{land_hour, memory, now, recruit};

const TEXT: &str = "{\"id\":\"1\"}\n{\"id\":\"2\"}\n";

async fn land(landing: &Landing, minutes: i64) -> Landed {
    let files = landing.saved_files(recruit()).await.expect("ready");
    let at = now() + SignedDuration::from_mins(minutes);
    let landed = files.land_bytes("a.jsonl", TEXT.into(), at).await;
    landed.expect("landed")
}

async fn landed(landing: &Landing) -> WindowRef {
    match land(landing, 0).await {
        Landed::New(window) => window,
        other => panic!("new: {other:?}"),
    }
}

async fn unland(landing: &Landing, named: impl AsRef<Path>) -> landing::Result<Vec<TakenBack>> {
    let windows = landing.saved_windows().await.expect("a listing");
    windows.unland(named.as_ref(), now()).await
}

async fn counted(landing: &Landing) -> Vec<WindowRef> {
    landing.list().await.expect("a listing").windows
}

async fn remove(landing: &Landing, kept: &[&WindowRef]) -> landing::Result<usize> {
    let listing = landing.list().await.expect("a listing");
    let kept: HashSet<String> = kept.iter().map(ToString::to_string).collect();
    landing.remove_unlanded(&listing.unlanded, &kept).await
}

#[tokio::test]
async fn a_file_is_taken_back_by_its_content_or_its_window_and_counts_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let landing = memory();
    let window = landed(&landing).await;
    let file = folder.path().join("renamed.txt.zst");
    let packed = zstd::encode_all(TEXT.as_bytes(), 1).expect("memory");
    std::fs::write(&file, packed).expect("written");
    for named in [
        file.clone(),
        window.path().to_string().into(),
        format!("/srv/store/{}/", window.path()).into(),
        format!("{}/00001.jsonl.zst", window.path()).into(),
    ] {
        let taken = unland(&landing, &named).await.expect("taken back");
        assert_eq!(taken, [TakenBack::New(window.clone())], "{named:?}");
        assert_eq!(counted(&landing).await, []);
        let again = unland(&landing, &named).await.expect("known");
        assert_eq!(again, [TakenBack::Known(window.clone())]);

        let files = landing.saved_files_to_look(recruit()).await;
        let prospect = files.expect("ready").prospect(&file).await;
        assert_eq!(
            prospect.expect("looked at").would,
            Would::CountAgain(window.clone())
        );
        assert_eq!(counted(&landing).await, [], "looking changes nothing");
        assert_eq!(land(&landing, 1).await, Landed::Again(window.clone()));
        assert_eq!(counted(&landing).await, std::slice::from_ref(&window));
        assert_eq!(land(&landing, 2).await, Landed::Known(window.clone()));
    }
    let manifest = landing.manifest(&window).await.expect("as it was");
    let body = landing.body(&window, &manifest.bodies[0]).await;
    assert_eq!(body.expect("as it was"), TEXT);
}

#[tokio::test]
async fn only_saved_files_that_were_landed_are_taken_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let landing = memory();
    let collected = land_hour(&landing, Origin::Collected)
        .await
        .expect("landed");
    let window = landed(&landing).await;
    let refused = unland(&landing, collected.path().to_string()).await;
    let error = refused.expect_err("collected");
    assert!(matches!(error, Error::NotSaved { .. }), "{error}");
    let text = error.to_string();
    assert!(
        text.contains("collected") && text.contains("hint: "),
        "{text}"
    );

    let other = folder.path().join("other.json");
    std::fs::write(&other, "{}").expect("written");
    let elsewhere = window
        .path()
        .to_string()
        .replace("000250000Z", "000350000Z");
    for named in [other, elsewhere.into()] {
        let error = unland(&landing, &named).await.expect_err("not landed");
        let text = error.to_string();
        assert!(
            !text.contains("000250000Z") && text.contains("hint: "),
            "{text}"
        );
    }
    let missing = unland(&landing, folder.path().join("missing.json")).await;
    assert!(matches!(missing, Err(Error::File { .. })), "{missing:?}");
    assert_eq!(counted(&landing).await.len(), 2);
}

#[tokio::test]
async fn a_window_that_is_damaged_can_be_taken_back() {
    let landing = memory();
    let window = landed(&landing).await;
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("a.jsonl");
    std::fs::write(&file, TEXT).expect("written");
    use object_store::ObjectStoreExt as _;
    for damage in ["", "{"] {
        let path = window.path().join("manifest.json");
        let put = landing.store().put(&path, damage.into());
        put.await.expect("stored");
        unland(&landing, &file).await.expect("taken back");
        let listing = landing.list().await.expect("a listing");
        assert!(listing.unsound.is_empty() && listing.windows.is_empty());
        let path = window.path().join("unlanded.json");
        landing.store().delete(&path).await.expect("deleted");
    }
}

#[tokio::test]
async fn content_of_no_kept_build_is_removed_and_the_record_stays() {
    let landing = memory();
    let window = landed(&landing).await;
    unland(&landing, window.path().to_string())
        .await
        .expect("taken back");
    assert_eq!(remove(&landing, &[&window]).await.expect("kept"), 0);
    let listing = landing.list().await.expect("a listing");
    assert!(listing.unlanded[0].is_held(), "{listing:?}");

    assert_eq!(remove(&landing, &[]).await.expect("removed"), 1);
    assert_eq!(remove(&landing, &[]).await.expect("nothing left"), 0);
    let listing = landing.list().await.expect("a listing");
    assert!(listing.windows.is_empty() && listing.unfinished.is_empty());
    assert!(!listing.unlanded[0].is_held(), "{listing:?}");
    let again = unland(&landing, window.path().to_string()).await;
    assert_eq!(again.expect("known"), [TakenBack::Known(window.clone())]);

    // The same file is a new one now, and can be taken back again.
    let Landed::New(second) = land(&landing, 1).await else {
        panic!("its content is gone");
    };
    assert_ne!(second, window);
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("a.jsonl");
    std::fs::write(&file, TEXT).expect("written");
    let taken = unland(&landing, &file).await.expect("taken back");
    assert_eq!(taken, [TakenBack::New(second)]);
}

/// At every step where the process may die, the window is ignored, and the next removal finishes
/// it.
#[tokio::test]
async fn an_interrupted_removal_is_finished_by_the_next() {
    for writes in 0..4 {
        let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
        let landing = Landing::new(store.clone());
        let window = landed(&landing).await;
        unland(&landing, window.path().to_string())
            .await
            .expect("taken back");
        let mortal = Landing::new(Arc::new(Mortal::new(store, writes)));
        let cut_off = remove(&mortal, &[]).await;
        assert_eq!(cut_off.is_err(), writes < 3, "{writes}: {cut_off:?}");
        assert_eq!(counted(&landing).await, [], "{writes}");

        // Landed now, it is complete: leftovers of the removal are not trusted.
        let files = landing.saved_files(recruit()).await.expect("ready");
        let at = now() + SignedDuration::from_mins(1);
        let relanded = files.land_bytes("a.jsonl", TEXT.into(), at).await;
        let (Landed::New(relanded) | Landed::Again(relanded)) = relanded.expect("landed") else {
            panic!("{writes}: it counted for nothing");
        };
        let manifest = landing.manifest(&relanded).await.expect("a manifest");
        let body = landing.body(&relanded, &manifest.bodies[0]).await;
        assert_eq!(body.expect("a body"), TEXT, "{writes}");

        remove(&landing, &[]).await.expect("removed");
        assert_eq!(counted(&landing).await, [relanded], "{writes}");
        let listing = landing.list().await.expect("a listing");
        assert!(
            listing.unlanded.iter().all(|left| !left.is_held()),
            "{writes}"
        );
    }
}

/// Between the listing of a removal and its first write, the file is landed again.
#[tokio::test]
async fn a_removal_yields_to_a_landing() {
    let landing = memory();
    let window = landed(&landing).await;
    unland(&landing, window.path().to_string())
        .await
        .expect("taken back");
    let listing = landing.list().await.expect("a listing");
    assert_eq!(land(&landing, 1).await, Landed::Again(window.clone()));
    let kept = HashSet::new();
    let removed = landing.remove_unlanded(&listing.unlanded, &kept).await;
    assert_eq!(removed.expect("it gives way"), 0);
    assert_eq!(land(&landing, 2).await, Landed::Known(window));
}

#[tokio::test]
async fn two_concurrent_calls_take_a_file_back_once() {
    let landing = memory();
    let window = landed(&landing).await;
    let windows = landing.saved_windows().await.expect("a listing");
    let named = window.path().to_string();
    let named = Path::new(&named);
    let both = futures::future::join(windows.unland(named, now()), windows.unland(named, now()));
    let (first, second) = both.await;
    let taken = [first.expect("taken"), second.expect("taken")].concat();
    let new = |taken: &&TakenBack| matches!(taken, TakenBack::New(_));
    assert_eq!((taken.len(), taken.iter().filter(new).count()), (2, 1));
}
