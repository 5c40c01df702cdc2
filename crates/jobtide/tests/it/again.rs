//! Everything but the landing can be rebuilt, and the same period can be collected again: the
//! tables stay the same.

use crate::program::Place;
use crate::source::{DAYS, Source, still};
use crate::tables;

const POSTINGS: u32 = 300;
const TIMES: u32 = 10;

#[test]
fn collected_ten_times_and_fully_built_the_tables_are_the_same() {
    let (once, again, rebuilt) = tables::on_one_day(|| {
        let source = Source::start(still(POSTINGS));
        let place = Place::new(&source.settings("daily_quota = 100000"));
        let (from, to) = (DAYS[0], DAYS[1]);
        let collect = ["run", "collect_postings", "--from", from, "--to", to];
        place.run(&collect).expect(0);
        let once = tables::comparable(&place);
        for _ in 1..TIMES {
            place.run(&collect).expect(0);
        }
        let received = place.query("select count(*), count(distinct id) from staging.recruit");
        assert_eq!(received, [format!("{},{POSTINGS}", POSTINGS * TIMES)]);
        let again = tables::comparable(&place);

        for made in ["warehouse", "builds"] {
            std::fs::remove_dir_all(place.store().join(made)).expect("a folder of the store");
        }
        place
            .run(&["build"])
            .expect(0)
            .tells(&["build 1 is published"]);
        (once, again, tables::comparable(&place))
    });
    tables::assert_equal(&again, &once, "collected ten times");
    tables::assert_equal(&rebuilt, &once, "built from nothing");
}
