use object_store::memory::InMemory;

use super::*;
use crate::data_file::BlockSums;
use crate::error::damage_in;

const LENGTH: usize = 3 * BLOCK_BYTES as usize + 100;

fn content() -> Vec<u8> {
    (0..LENGTH).map(|at| (at * 7 % 251) as u8).collect()
}

fn file(content: &[u8]) -> DataFile {
    let mut sums = BlockSums::default();
    for part in content.chunks(1000) {
        sums.update(part);
    }
    DataFile {
        path: "warehouse/a/b/part-1.parquet".to_owned(),
        bytes: content.len() as u64,
        rows: 1,
        xxh3: Some(format!("{:016x}", xxh3_64(content))),
        blocks: sums.finish().unwrap_or_default(),
    }
}

async fn checked(file: &DataFile, stored: Vec<u8>) -> Checked {
    let store = Arc::new(InMemory::new());
    let path = Path::from(file.path.as_str());
    store.put(&path, stored.into()).await.expect("stored");
    let checked = Checked::new(store);
    checked.expect(std::slice::from_ref(file));
    checked
}

#[tokio::test]
async fn an_intact_file_is_read_unchanged() {
    let content = content();
    for content in [
        &content[..],
        &content[..100],
        &content[..BLOCK_BYTES as usize],
    ] {
        let file = file(content);
        let checked = checked(&file, content.to_vec()).await;
        let path = Path::from(file.path.as_str());
        let length = content.len() as u64;
        let ranges = [
            0..1,
            length - 8..length,
            70.min(length - 1)..length,
            0..length,
        ];
        let found = checked.get_ranges(&path, &ranges).await.expect("sound");
        for (range, found) in ranges.iter().zip(found) {
            let expected = &content[range.start as usize..range.end as usize];
            assert_eq!(found, expected, "{range:?}");
            let found = checked.get_range(&path, range.clone()).await;
            assert_eq!(found.expect("sound"), expected, "{range:?}");
        }
        let whole = checked.get(&path).await.expect("there").bytes().await;
        assert_eq!(whole.expect("sound"), content);
        assert_eq!(checked.head(&path).await.expect("there").size, length);
    }
}

#[tokio::test]
async fn no_byte_of_a_damaged_block_is_returned() {
    let content = content();
    let (now, mut earlier, mut first) = (file(&content), file(&content), file(&content));
    earlier.blocks.clear();
    first.blocks.clear();
    first.xxh3 = None;
    let mut flipped = content.clone();
    flipped[LENGTH - 1] ^= 1;
    let path = Path::from(now.path.as_str());
    let end = LENGTH as u64 - 50..LENGTH as u64 - 40;
    for (file, sound_elsewhere) in [(&now, true), (&earlier, false)] {
        let checked = checked(file, flipped.clone()).await;
        let error = checked
            .get_range(&path, end.clone())
            .await
            .expect_err("damaged");
        let (named, reason) = damage_in(&error.to_string()).expect("it says so");
        assert_eq!(
            (named.as_str(), reason.as_str()),
            (path.as_ref(), NOT_AS_WRITTEN)
        );
        checked
            .get_ranges(&path, &[0..10, end.clone()])
            .await
            .expect_err("damaged");
        assert_eq!(
            checked.get_range(&path, 0..10).await.is_ok(),
            sound_elsewhere
        );
    }
    for file in [&now, &earlier, &first] {
        let short = checked(file, content[..LENGTH - 1].to_vec()).await;
        short.head(&path).await.expect_err("short");
        let gone = checked(file, content.clone()).await;
        gone.inner.delete(&path).await.expect("deleted");
        for error in [
            gone.head(&path).await.expect_err("gone"),
            gone.get_range(&path, 0..10).await.expect_err("gone"),
        ] {
            assert!(!matches!(error, object_store::Error::NotFound { .. }));
            assert!(damage_in(&error.to_string()).is_some(), "{error}");
        }
    }
}
