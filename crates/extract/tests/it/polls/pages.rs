//! Lists in pages: by a token, a link, a number.

use landing::PartOutcome::{Complete, Failed};
use serde_json::json;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use super::{Bench, ENDPOINT, description, jobs, ok, outcomes, parameter, reason, snapshot};

/// Pages by a number, a token or a link over the records of a list.
pub(super) fn paged(paginator: &str, boards: &str, more: &str) -> String {
    let endpoint = ENDPOINT.replace("/v1/{board}/jobs", "/v1/jobs");
    let endpoint = match boards {
        "" => endpoint,
        _ => ENDPOINT.to_owned(),
    };
    description(&format!(
        "{endpoint}\n{paginator}\n[strategy.snapshot]\n{boards}\n{more}"
    ))
}

#[tokio::test]
async fn a_cursor_is_followed_to_its_end() {
    let cursor = "[paginator.cursor]\ncursor_parameter = \"after\"\nnext = \"page.next\"\nsize_parameter = \"n\"\nsize = 2\n";
    // Absent, null and blank end the list; a number is a token too.
    for end in [
        json!({}),
        json!({"next": null}),
        json!({"next": ""}),
        json!({"next": false}),
    ] {
        let last = end.clone();
        let bench = Bench::new(paged(cursor, "", ""), move |request, _| {
            let page = match parameter(request, "after").as_deref() {
                None => json!({"jobs": [{"id": 1}, {"id": 2}], "page": {"next": 17}}),
                Some("17") => json!({"jobs": [{"id": 3}], "page": {"next": "a b&c"}}),
                Some(_) => json!({"jobs": [{"id": 4}], "page": last}),
            };
            ok(&page)
        })
        .await;
        let report = bench.poll().await;
        assert_eq!(outcomes(&report), [("", Complete)], "{end} {report:?}");
        assert_eq!(report.records(), 4);
        assert_eq!(
            bench.requests(),
            [
                "/v1/jobs?n=2",
                "/v1/jobs?n=2&after=17",
                "/v1/jobs?n=2&after=a+b%26c"
            ]
        );
        assert_eq!(bench.landed(&report).await.1.len(), 3);
    }
}

#[tokio::test]
async fn a_cursor_that_comes_again_is_an_error_and_no_loop() {
    let cursor = "[paginator.cursor]\ncursor_parameter = \"after\"\nnext = \"next\"\n";
    let bench = Bench::new(paged(cursor, "", ""), |request, _| {
        let next = match parameter(request, "after").as_deref() {
            Some("a") => "b",
            _ => "a",
        };
        ok(&json!({"jobs": [{"id": 1}], "next": next}))
    })
    .await;
    let report = bench.poll().await;
    assert!(reason(&report, "").contains("a second time"), "{report:?}");
    assert_eq!(report.calls, 3);
    assert!(report.window.is_none());

    let endless = Bench::new(paged(cursor, "", "max_pages = 5"), |request, _| {
        let next = parameter(request, "after").map_or(1, |text| text.len() + 1);
        ok(&json!({"jobs": [{"id": next}], "next": "x".repeat(next)}))
    })
    .await;
    let report = endless.poll().await;
    assert!(
        reason(&report, "").contains("more than 5 pages"),
        "{report:?}"
    );
    let odd = Bench::new(paged(cursor, "", ""), |_, _| {
        ok(&json!({"jobs": [], "next": {"a": 1}}))
    })
    .await;
    let report = odd.poll().await;
    assert!(
        reason(&report, "").contains("`next` is neither text nor a number"),
        "{report:?}"
    );
}

#[tokio::test]
async fn links_are_followed_within_the_origin() {
    let header = "[paginator.link]\n";
    let path = "[paginator.link]\nnext = \"links.next\"\n";
    for (paginator, in_header) in [(header, true), (path, false)] {
        let bench = Bench::new(paged(paginator, "", ""), move |request, _| {
            let (ids, next) = match parameter(request, "page").as_deref() {
                None => (1..3, Some("?page=2#x")),
                Some("2") => (3..5, Some("/v1/jobs?page=3")),
                Some(_) => (5..6, None),
            };
            let mut page = jobs(ids);
            match next {
                Some(next) if in_header => ok(&page).insert_header(
                    "link",
                    format!("<?page=1>; rel=prev, <{next}>; rel=\"next\""),
                ),
                next => {
                    page["links"] = json!({"next": next});
                    ok(&page)
                }
            }
        })
        .await;
        let report = bench.poll().await;
        assert_eq!(outcomes(&report), [("", Complete)], "{report:?}");
        assert_eq!(report.records(), 5);
        assert_eq!(
            bench.requests(),
            ["/v1/jobs", "/v1/jobs?page=2", "/v1/jobs?page=3"]
        );
    }
    for (target, words) in [
        (
            "https://elsewhere.example/v1/jobs",
            "leads to `https://elsewhere.example`",
        ),
        ("/v1/jobs", "a second time"),
        ("http://[", "is no URL"),
    ] {
        let bench = Bench::new(paged(path, "", ""), move |_, _| {
            ok(&json!({"jobs": [{"id": 1}], "links": {"next": target}}))
        })
        .await;
        let report = bench.poll().await;
        assert!(reason(&report, "").contains(words), "{report:?}");
        assert_eq!(report.calls, 1);
    }
}

#[tokio::test]
async fn the_key_does_not_follow_a_link_to_another_origin() {
    let other = MockServer::start().await;
    Mock::given(wiremock::matchers::any())
        .respond_with(ok(&jobs(5..6)))
        .mount(&other)
        .await;
    let paginator = format!(
        "[paginator.link]\nnext = \"next\"\norigins = [\"{}\"]\n[auth.query]\nparameter = \"token\"\nenv = \"K\"\n",
        other.uri()
    );
    let target = format!("{}/more", other.uri());
    let bench = Bench::new(paged(&paginator, "", ""), move |_, _| {
        ok(&json!({"jobs": [{"id": 1}], "next": target}))
    })
    .await;
    let report = bench.poll().await;
    assert_eq!(outcomes(&report), [("", Complete)], "{report:?}");
    assert_eq!(bench.requests(), ["/v1/jobs?token=hunter2hunter2"]);
    let received = other.received_requests().await.expect("recorded");
    assert_eq!(received.len(), 1);
    assert_eq!(received[0].url.query(), None);
}

#[tokio::test]
async fn numbered_pages_are_read_until_nothing_is_left() {
    let page = "[paginator.page]\npage_parameter = \"page\"\nfirst_page = 1\n";
    let offset =
        "[paginator.offset]\noffset_parameter = \"skip\"\nsize_parameter = \"limit\"\nsize = 4\n";
    // The source sends three at a time, even if more are requested.
    let answer = |request: &Request, _| {
        let skip = match parameter(request, "page") {
            Some(page) => (page.parse::<u32>().expect("a number") - 1) * 3,
            None => parameter(request, "skip")
                .expect("a place")
                .parse()
                .expect("a number"),
        };
        ok(&jobs(skip.min(7)..(skip + 3).min(7)))
    };
    for paginator in [page, offset] {
        let bench = Bench::new(paged(paginator, "", ""), answer).await;
        let report = bench.poll().await;
        assert_eq!(report.records(), 7, "{report:?}");
        assert_eq!(report.calls, 4);
        assert_eq!(bench.landed(&report).await.1.len(), 3);
    }
    let bench = Bench::new(paged(page, "", ""), |_, _| ok(&jobs(0..3))).await;
    let report = bench.poll().await;
    assert!(
        reason(&report, "").contains("may ignore `page`"),
        "{report:?}"
    );
}

#[tokio::test]
async fn a_response_that_is_the_list_is_read() {
    let text = snapshot(&["a", "b"], "").replace("records = \"jobs\"", "records = \".\"");
    let bench = Bench::new(text, |request, _| match request.url.path() {
        "/v1/a/jobs" => ok(&json!([{"id": "x"}, {"id": "y"}])),
        _ => ok(&json!({"ok": false, "error": "Document not found"})),
    })
    .await;
    let report = bench.poll().await;
    assert_eq!(outcomes(&report), [("a", Complete), ("b", Failed)]);
    assert!(
        reason(&report, "b").contains("not a list of records"),
        "{report:?}"
    );
}

#[tokio::test]
async fn a_page_that_is_not_there_does_not_make_the_list_unknown() {
    let page = "[paginator.page]\npage_parameter = \"page\"\nfirst_page = 1\n";
    let bench = Bench::new(
        paged(page, "boards = [\"a\", \"b\"]", ""),
        |request, _| match (request.url.path(), parameter(request, "page").as_deref()) {
            ("/v1/a/jobs", Some("2")) => ResponseTemplate::new(404),
            (_, Some("1")) => ok(&jobs(0..3)),
            _ => ok(&jobs(0..0)),
        },
    )
    .await;
    let report = bench.poll().await;
    assert_eq!(outcomes(&report), [("a", Failed), ("b", Complete)]);
    assert!(
        reason(&report, "a").contains("HTTP status 404"),
        "{report:?}"
    );
    assert_eq!(report.unknown().count(), 0);
    assert_eq!(report.failed().count(), 1);
    let (_, bodies) = bench.landed(&report).await;
    assert_eq!(bodies.len(), 1, "nothing of a failed one");
}

#[tokio::test]
async fn a_list_that_changes_between_its_pages_is_read_again() {
    let page = "[paginator.page]\npage_parameter = \"page\"\nfirst_page = 1\n";
    let with_total = paged(page, "", "total = \"meta.total\"");
    // A deletion moves the fourth record to the first page, an insertion the third to the second.
    for (first, second, total, distinct) in [(0..3, 4..6, 5, 6), (0..3, 2..6, 7, 6)] {
        let bench = Bench::new(with_total.clone(), move |request, before| {
            let number = parameter(request, "page");
            let (ids, total) = match (number.as_deref(), before) {
                (Some("1"), 0) => (first.clone(), 6),
                (_, 0) => (second.clone(), total),
                (Some("1"), _) => (0..3, 6),
                _ => (3..6, 6),
            };
            let mut page = jobs(ids);
            page["meta"]["total"] = total.into();
            ok(&page)
        })
        .await;
        let report = bench.poll().await;
        assert_eq!(outcomes(&report), [("", Complete)], "{report:?}");
        assert_eq!((report.records(), report.calls), (distinct, 4));
    }
    let bench = Bench::new(with_total.clone(), |request, _| {
        let (mut page, total) = match parameter(request, "page").as_deref() {
            Some("1") => (jobs(0..3), 6),
            _ => (jobs(4..6), 5),
        };
        page["meta"]["total"] = total.into();
        ok(&page)
    })
    .await;
    let report = bench.poll().await;
    assert_eq!(outcomes(&report), [("", Failed)], "{report:?}");
    assert!(
        reason(&report, "").contains("its total was 6, and then 5"),
        "{report:?}"
    );

    // As many records as the total, of which two are the same one.
    let bench = Bench::new(with_total, |request, _| {
        let mut page = match parameter(request, "page").as_deref() {
            Some("1") => jobs(0..3),
            Some("2") => jobs(2..5),
            _ => jobs(0..0),
        };
        page["meta"]["total"] = 6.into();
        ok(&page)
    })
    .await;
    let report = bench.poll().await;
    assert!(
        reason(&report, "").contains("a total of 6 records and sent 5"),
        "{report:?}"
    );
}
