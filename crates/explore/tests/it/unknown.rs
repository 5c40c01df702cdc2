//! Values that no posting has.

use semantic::Kind;

use super::fixture::{Posting, image, request};

#[test]
fn unknown_values_match_nothing_and_are_listed() {
    let posting = Posting {
        id: 1,
        values: [("role", ["de".to_owned()].into())].into(),
        ..Posting::default()
    };
    let image = image(&[posting]);
    let answer = |pairs: &[(&str, &str)]| {
        let answer = image.postings(&request(Kind::Postings, pairs).expect("a request"));
        let unknown: Vec<String> = answer.unknown.into_iter().map(|each| each.value).collect();
        (answer.total, unknown)
    };
    assert_eq!(
        answer(&[("role", "d'e"), ("role", "de")]),
        (1, vec!["d'e".to_owned()])
    );
    assert_eq!(
        answer(&[("role", "<script>")]),
        (0, vec!["<script>".to_owned()])
    );
    assert_eq!(answer(&[("role", "")]), (1, vec![]));
}
