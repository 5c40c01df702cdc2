//! Files that were saved elsewhere: one content, one window.

use std::io::Write;
use std::path::Path;

use bytes::Bytes;
use jiff::SignedDuration;
use landing::{BodyFile, Error, Format, Landed, Origin, SavedFiles};
use object_store::ObjectStoreExt as _;

use crate::{memory, now, recruit};

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text).expect("memory");
    encoder.finish().expect("memory")
}

fn zstd(text: &[u8]) -> Vec<u8> {
    zstd::encode_all(text, 1).expect("memory")
}

async fn land(
    files: &SavedFiles,
    folder: &Path,
    name: &str,
    content: &[u8],
) -> landing::Result<Landed> {
    let path = folder.join(name);
    std::fs::write(&path, content).expect("written");
    files.land_file(&path, now()).await
}

#[tokio::test]
async fn the_same_content_lands_once_however_it_is_packed_and_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let landing = memory();
    let files = landing.saved_files(recruit()).await.expect("ready");
    let text = "{\"jobs\":{\"job\":[]}}\n".as_bytes();

    let first = land(&files, folder.path(), "a.json", text).await;
    let Landed::New(window) = first.expect("landed") else {
        panic!("the first landing is new");
    };
    let two_members = [gzip(&text[..5]), gzip(&text[5..])].concat();
    for (name, content) in [
        ("a.json", text.to_vec()),
        ("b.json.gz", gzip(text)),
        ("c.json.zst", zstd(text)),
        // Magic bytes decide, not names.
        ("d.json", gzip(text)),
        ("e.json.gz", two_members),
    ] {
        let again = land(&files, folder.path(), name, &content).await;
        assert_eq!(again.expect(name), Landed::Known(window.clone()));
        // Also after a new listing of the store.
        let files = landing.saved_files(recruit()).await.expect("ready");
        let again = land(&files, folder.path(), name, &content).await;
        assert_eq!(again.expect(name), Landed::Known(window.clone()));
    }
    assert_eq!(
        landing.list().await.expect("a listing").windows,
        std::slice::from_ref(&window)
    );

    let manifest = landing.manifest(&window).await.expect("a manifest");
    let entry = &manifest.bodies[0];
    assert_eq!(landing.body(&window, entry).await.expect("a body"), text);
    assert_eq!(entry.name.as_deref(), Some("a.json"));
    assert_eq!((manifest.origin, manifest.records), (Origin::Saved, None));
    assert_eq!(window.from, window.to);
    let empty = landing::QueryId::of(&landing::Query::new());
    assert_eq!(window.query, empty);
}

#[tokio::test]
async fn the_same_content_lands_once_when_it_lands_twice_at_once() {
    let landing = memory();
    let files = landing.saved_files(recruit()).await.expect("ready");
    let land = |number: usize| {
        let (name, text) = (
            format!("{number}.json"),
            format!("[{{\"id\":{}}}]", number % 10),
        );
        let files = &files;
        async move {
            files
                .land_bytes(&name, text.into(), now())
                .await
                .expect("landed")
        }
    };
    let landed = futures::future::join_all((0..40).map(land)).await;
    let new = |landed: &&Landed| matches!(landed, Landed::New(_));
    assert_eq!(landed.iter().filter(new).count(), 10);
    let listing = landing.list().await.expect("a listing");
    assert_eq!(listing.windows.len(), 10);
}

#[tokio::test]
async fn json_lines_are_detected_and_counted() {
    let folder = tempfile::tempdir().expect("a folder");
    let landing = memory();
    let files = landing.saved_files(recruit()).await.expect("ready");
    let line = format!("{{\"id\":\"{}\"}}\n", "x".repeat(500));
    let text = line.repeat(10_000);
    let landed = land(&files, folder.path(), "a.json", text.as_bytes()).await;
    let Landed::New(window) = landed.expect("landed") else {
        panic!("new");
    };
    let manifest = landing.manifest(&window).await.expect("a manifest");
    let entry = &manifest.bodies[0];
    let file: BodyFile = entry.file.parse().expect("a body's name");
    assert_eq!(file.format, Format::JsonLines);
    assert_eq!(
        (entry.records, manifest.records),
        (Some(10_000), Some(10_000))
    );
    assert!(entry.stored_bytes < entry.bytes / 100);
    assert_eq!(landing.body(&window, entry).await.expect("a body"), text);
}

#[tokio::test]
async fn refused_files_are_named_and_leave_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let landing = memory();
    let files = landing
        .saved_files(recruit())
        .await
        .expect("ready")
        .with_max_bytes(1000);
    let long = format!("[{}1]", "1,".repeat(600));
    let cut = gzip(b"{\"jobs\":{}}");
    let cut = &cut[..cut.len() - 9];
    let zstd_cut = zstd(b"{\"jobs\":{}}");
    let zstd_cut = &zstd_cut[..zstd_cut.len() - 3];
    for (name, content) in [
        ("empty.json", &b""[..]),
        ("page.json", b"<!doctype html>"),
        ("utf16.json", b"{\0}\0"),
        ("page.jsonl", b"<!doctype html>\n<p>\n"),
        ("page.jsonl.gz", &gzip(b"<!doctype html>\n<p>\n")),
        ("garbage.jsonl", b"\x7fELF\x02\0{\0\n\0}\n"),
        ("garbage.json", b"{\x80\x93\0}"),
        ("numbers.json", b"[1,2]"),
        ("padded.json", b"{\"jobs\":{}}\0\0"),
        ("long.json", long.as_bytes()),
        ("long.json.gz", &gzip(long.as_bytes())),
        ("cut.json.gz", cut),
        ("cut.json.zst", zstd_cut),
    ] {
        let error = land(&files, folder.path(), name, content)
            .await
            .expect_err(name);
        assert!(error.to_string().contains(name), "{error}");
        assert!(!error.is_retryable(), "{error}");
    }
    let missing = folder.path().join("missing.json");
    let error = files.land_file(&missing, now()).await.expect_err("missing");
    assert!(matches!(error, Error::File { .. }), "{error}");
    let listing = landing.list().await.expect("a listing");
    assert!(listing.windows.is_empty() && listing.unfinished.is_empty());
}

#[tokio::test]
async fn a_zero_byte_in_a_record_does_not_keep_the_file_out() {
    let folder = tempfile::tempdir().expect("a folder");
    let landing = memory();
    let files = landing.saved_files(recruit()).await.expect("ready");
    for (name, content) in [
        ("a.jsonl", &b"{\"id\":\"1\"}\n{\"id\":\"2\0\"}\n"[..]),
        (
            "a.json",
            b"{\"jobs\":{\"job\":[{\"id\":\"1\"},{\"id\":\"2\0\"}]}}",
        ),
        ("b.json", b"{\"id\":\"1\",\0}\n{\"id\":\"2\"}\n"),
    ] {
        let landed = land(&files, folder.path(), name, content).await;
        let Landed::New(window) = landed.expect(name) else {
            panic!("{name} is new");
        };
        let manifest = landing.manifest(&window).await.expect("a manifest");
        let body = landing.body(&window, &manifest.bodies[0]).await;
        assert_eq!(body.expect("a body"), content, "{name}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn files_that_are_not_regular_are_refused_and_not_opened() {
    let folder = tempfile::tempdir().expect("a folder");
    let landing = memory();
    let files = landing.saved_files(recruit()).await.expect("ready");
    // Opening a pipe without a writer would block the test forever.
    let pipe = folder.path().join("pipe.json");
    let mode = rustix::fs::Mode::RWXU;
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, mode, 0)
        .expect("a pipe");
    let link = folder.path().join("link.json");
    std::os::unix::fs::symlink(&pipe, &link).expect("a link");
    let socket = folder.path().join("socket.json");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).expect("a socket");
    for (path, kind) in [
        (pipe.as_path(), "a pipe"),
        (&link, "a pipe"),
        (&socket, "a socket"),
        (Path::new("/dev/null"), "a device"),
        (folder.path(), "a folder"),
    ] {
        let error = files.land_file(path, now()).await.expect_err(kind);
        let text = error.to_string();
        let named = format!("`{}` is {kind}", path.display());
        assert!(text.contains(&named) && text.contains("hint: "), "{text}");
    }
}

/// Decompression bombs, as one stream or as many.
fn bombs() -> Vec<(&'static str, Vec<u8>)> {
    let mebibyte = vec![b' '; 1 << 20];
    let mut gzip_bomb = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let mut zstd_bomb = zstd::Encoder::new(Vec::new(), 1).expect("memory");
    zstd_bomb.write_all(b"[").expect("memory");
    gzip_bomb.write_all(b"[").expect("memory");
    for _ in 0..200 {
        gzip_bomb.write_all(&mebibyte).expect("memory");
        zstd_bomb.write_all(&mebibyte).expect("memory");
    }
    let frames = [zstd(b"["), zstd(&mebibyte).repeat(200)].concat();
    let mut member = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    member.write_all(&mebibyte).expect("memory");
    let member = member.finish().expect("memory");
    let members = [gzip(b"["), member.repeat(200)].concat();
    // Within the size limit of a document.
    let lines = [b"{}\n".to_vec(), vec![b'\n'; 60 << 20]].concat();
    vec![
        ("bomb.json.zst", zstd_bomb.finish().expect("memory")),
        ("bomb.json.gz", gzip_bomb.finish().expect("memory")),
        ("frames.json.zst", frames),
        ("members.json.gz", members),
        ("lines.jsonl.zst", zstd(&lines)),
    ]
}

#[tokio::test]
async fn a_decompression_bomb_is_refused_before_it_is_decompressed() {
    let folder = tempfile::tempdir().expect("a folder");
    let landing = memory();
    let files = landing.saved_files(recruit()).await.expect("ready");
    for (name, content) in bombs() {
        let error = land(&files, folder.path(), name, &content)
            .await
            .expect_err(name);
        let Error::Inflated { bytes, .. } = error else {
            panic!("{name}: {error}");
        };
        assert!(bytes < 20 << 20, "{name}: unpacked {bytes} bytes");
        let text = error.to_string();
        assert!(text.contains(name) && text.contains("hint: "), "{text}");
    }
    let listing = landing.list().await.expect("a listing");
    assert!(listing.windows.is_empty() && listing.unfinished.is_empty());
}

#[tokio::test]
async fn a_document_is_smaller_than_lines_may_be() {
    let folder = tempfile::tempdir().expect("a folder");
    let landing = memory();
    let files = landing.saved_files(recruit()).await.expect("ready");
    let line = format!("{{\"id\":\"{}\"}}\n", "x".repeat(1 << 20));
    let lines = line.repeat(66);
    let landed = land(&files, folder.path(), "a.jsonl", lines.as_bytes()).await;
    assert!(matches!(landed, Ok(Landed::New(_))), "{landed:?}");
    let document = format!("[{}]", "1,".repeat(33 << 20));
    let error = land(&files, folder.path(), "a.json", document.as_bytes())
        .await
        .expect_err("too large");
    let Error::TooLarge { limit_bytes, .. } = error else {
        panic!("{error}");
    };
    assert_eq!(limit_bytes, 64 << 20);
}

#[tokio::test]
async fn content_of_a_damaged_window_is_landed_again() {
    let landing = memory();
    let land = async |minutes: i64| {
        let files = landing.saved_files(recruit()).await.expect("ready");
        let at = now() + SignedDuration::from_mins(minutes);
        let landed = files.land_bytes("a.json", Bytes::from(r#"{"id":"1"}"#), at);
        landed.await.expect("landed")
    };
    for (minute, file, left) in [
        (0, "manifest.json", 0),
        (2, "manifest.json", 40),
        (4, "00001.json.zst", 9),
        (6, "00001.json.zst", 0),
    ] {
        let Landed::New(window) = land(minute).await else {
            panic!("what is damaged is not known, at {minute}");
        };
        assert_eq!(land(minute + 1).await, Landed::Known(window.clone()));
        let path = window.path().join(file);
        let found = landing.store().get(&path).await.expect("there");
        let sound = found.bytes().await.expect("bytes");
        let put = landing.store().put(&path, sound.slice(..left).into());
        put.await.expect("stored");
    }
    assert!(matches!(land(8).await, Landed::New(_)));
}
