//! Valid requests, and the errors of invalid ones.

use semantic::{Kind, RequestError};

use super::fixture::request;

fn refused(kind: Kind, pairs: &[(&str, &str)]) -> RequestError {
    request(kind, pairs).expect_err("this cannot be answered")
}

#[test]
fn unknown_names_are_refused_with_the_nearest() {
    let error = refused(Kind::Tiles, &[("tiles", "postings,by_provinc")]);
    assert_eq!(error.code, "unknown_tile");
    assert_eq!(error.message, "there is no tile `by_provinc`");
    assert_eq!(error.hint.as_deref(), Some("the nearest is `by_province`"));
    let error = refused(Kind::Tiles, &[("provinc", "서울")]);
    assert_eq!(
        (error.code, error.hint.as_deref()),
        ("unknown_parameter", Some("the nearest is `province`"))
    );
    let error = refused(Kind::Postings, &[("vs.provinc", "서울")]);
    assert_eq!(error.hint.as_deref(), Some("the nearest is `vs.province`"));
    assert_eq!(
        refused(Kind::Postings, &[("tiles", "postings")]).code,
        "unknown_parameter"
    );
    assert_eq!(
        refused(Kind::Tiles, &[("limit", "5")]).code,
        "unknown_parameter"
    );
    assert_eq!(
        refused(Kind::Tiles, &[("vs.grain", "day")]).code,
        "unknown_parameter"
    );
    assert_eq!(
        refused(Kind::Facets, &[("dimension", "provinc")]).code,
        "bad_value"
    );
    assert_eq!(
        refused(Kind::Tiles, &[("<script>", "")]).message,
        "there is no parameter `<script>` here"
    );
}

#[test]
fn malformed_values_are_refused_by_name() {
    let cases = [
        ("from", "2026-02-30"),
        ("to", "+002026-02-03"),
        ("from", "20260203"),
        ("vs.from", "yesterday"),
        ("build", "-1"),
        ("build", "99999999999999999999999"),
        ("grain", "year"),
        ("sort", "id"),
        ("order", "up"),
        ("limit", "501"),
        ("offset", "x"),
    ];
    for (name, value) in cases {
        let error = refused(Kind::Postings, &[(name, value)]);
        assert_eq!(error.code, "bad_value", "{name}={value}");
        assert!(
            error.message.starts_with(&format!("`{name}={value}`")),
            "{error}"
        );
    }
    assert_eq!(
        refused(
            Kind::Tiles,
            &[("from", "2026-01-01"), ("from", "2026-01-02")]
        )
        .code,
        "bad_value"
    );
    assert_eq!(
        refused(Kind::Tiles, &[("build", "1"), ("build", "2")]).code,
        "bad_value"
    );
}

#[test]
fn a_period_that_ends_before_it_begins_is_refused() {
    let (early, late) = ("2026-01-01", "2026-02-01");
    for kind in [
        Kind::Tiles,
        Kind::Facets,
        Kind::Postings,
        Kind::Export,
        Kind::Explain,
    ] {
        let error = refused(kind, &[("from", late), ("to", early)]);
        assert_eq!(error.code, "bad_value");
        assert_eq!(
            error.to_string(),
            "`from=2026-02-01`: this is after `to=2026-01-01`\nhint: give the earlier day as `from`"
        );
    }
    // The comparison selection defaults to the other selection's days.
    for (pairs, message) in [
        (
            [("vs.to", early), ("from", late)],
            "`from=2026-02-01`: this is after `vs.to=2026-01-01`",
        ),
        (
            [("to", early), ("vs.from", late)],
            "`vs.from=2026-02-01`: this is after `to=2026-01-01`",
        ),
        (
            [("vs.to", early), ("vs.from", late)],
            "`vs.from=2026-02-01`: this is after `vs.to=2026-01-01`",
        ),
    ] {
        assert_eq!(refused(Kind::Tiles, &pairs).message, message);
    }
    for pairs in [
        &[("from", early), ("to", early)][..],
        &[("from", late), ("vs.from", ""), ("vs.to", early)],
        &[("from", late), ("vs.from", early), ("vs.to", early)],
    ] {
        assert!(request(Kind::Tiles, pairs).is_ok(), "{pairs:?}");
    }
}

#[test]
fn long_texts_are_refused_without_repeating_them() {
    let long = "데".repeat(10_000);
    for name in ["q", "vs.q"] {
        let error = refused(Kind::Tiles, &[(name, &long)]);
        assert_eq!(error.code, "bad_value");
        assert!(error.message.contains("at most 200 characters"), "{error}");
        assert!(error.message.chars().count() < 150);
    }
    assert!(request(Kind::Tiles, &[("q", &"데".repeat(200))]).is_ok());
}

#[test]
fn the_build_is_parsed() {
    assert_eq!(
        request(Kind::Tiles, &[("build", "17")])
            .expect("a request")
            .build(),
        Some(17)
    );
    assert_eq!(request(Kind::Tiles, &[]).expect("a request").build(), None);
}
