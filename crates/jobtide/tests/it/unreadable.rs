//! A posting that the source never returns: everything else is collected, and it is reported once.

use serde_json::Value;
use simulator::{Fault, Options, Place as Where, Simulator, Unreadable};

use crate::program::Place;
use crate::source::{Source, still};

#[test]
fn one_posting_that_cannot_be_read_is_reported_once_and_keeps_no_other() {
    let postings: Vec<_> = Simulator::new(still(400))
        .expect("options that fit")
        .snapshot()
        .postings()
        .collect();
    let bad = &postings[postings.len() / 2];
    let source = Source::start(Options {
        unreadable: vec![Unreadable {
            fault: Fault::Code99,
            place: Where::Posting(bad.id.parse().expect("a number")),
        }],
        ..still(400)
    });
    let place = Place::new(&source.settings(""));
    let collect = ["run", "collect_postings"];
    place.run(&collect).expect(3).tells(&[
        "cannot be read",
        "error 99",
        "hint: everything around it was collected",
    ]);
    let of_all = "select count(*), count(*) filter (where posting_id = ";
    let counted = place.query(&format!(
        "{of_all}'{}') from external.recruit_table",
        bad.id
    ));
    assert_eq!(counted, ["399,0"]);

    // The next runs are successes, and do not report it until it is retried.
    let ended = place.run(&collect);
    ended.expect(0);
    assert!(!ended.stderr.contains("cannot be read"), "{}", ended.stderr);
    let status = place.run(&["status"]);
    let second = bad.posting_at.to_string();
    status.expect(0);
    assert!(
        status.stdout.contains("unread     saramin published"),
        "{}",
        status.stdout
    );
    let status = place.run(&["status", "--json"]).expect(0).stdout.clone();
    let status: Value = serde_json::from_str(&status).expect("JSON");
    let unread = &status["unread"][0];
    let bound = |name: &str| unread[name].as_str().expect("a time").to_owned();
    assert!(bound("from") <= second && second < bound("to"), "{unread}");
    let doctor = place.run(&["doctor"]);
    assert!(
        doctor.stdout.contains("1 period of saramin cannot be read"),
        "{}",
        doctor.stdout
    );
}
