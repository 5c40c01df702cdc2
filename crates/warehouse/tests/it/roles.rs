//! Roles by title: visually equal titles match the same rules.

use crate::posting::{Posting, page};
use crate::world::World;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn titles_that_look_alike_have_the_same_role() {
    // "데이터" and "분석가" decomposed; a zero-width space; two blanks; a full-width blank; one look-alike
    // that is another word.
    let titles = [
        "데이터 분석가",
        "\u{1103}\u{1166}\u{110b}\u{1175}\u{1110}\u{1165} \u{1107}\u{116e}\u{11ab}\u{1109}\u{1165}\u{11a8}\u{1100}\u{1161}",
        "데이\u{200b}터 분석가",
        "데이터  분석가",
        "데이터\u{3000}분석가",
        "\u{feff}데이터\u{00a0}분석가 ",
        "데이타 분석가",
    ];
    let postings: Vec<_> = (1..)
        .zip(titles)
        .map(|(id, title)| {
            let mut posting = Posting::new(id);
            posting.title = title.to_owned();
            posting.keywords = String::new();
            posting.json()
        })
        .collect();
    let world = World::new();
    world.land(vec![page(&postings)]).await;
    let record = world.build().await.record;
    let tagged = "select posting_id from raw_data.recruits where id in (select id from analytic.da_ids) \
                  order by cast(posting_id as bigint)";
    assert_eq!(
        world.rows(&record, tagged).await,
        ["1", "2", "3", "4", "5", "6"]
    );
    // The title stays as it was received.
    let stored = "select character_length(title) from raw_data.recruits where posting_id = '3'";
    assert_eq!(world.rows(&record, stored).await, ["8"]);
}
