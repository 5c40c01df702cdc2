use super::*;
use crate::staging::decode::entity_key;
use crate::staging::spec::StagingSpec;

fn spec() -> RecordSpec {
    let text = include_str!("../../../../../pipeline/staging/recruit.toml");
    match StagingSpec::parse("staging/recruit.toml", text).expect("it parses") {
        StagingSpec::Records(spec) => spec,
        StagingSpec::Csv(_) => panic!("records"),
    }
}

fn wanted(id: &str) -> Wanted {
    let spec = spec();
    Wanted::new(&spec.entity, entity_key(&spec.source, id), Some(id))
}

fn cut_text(body: &str, lines: bool, id: &str) -> Option<(String, Option<u64>)> {
    let cut = match lines {
        true => crate::purge::forms::cut(&spec(), body.as_bytes(), true, &wanted(id))?,
        false => cut(&spec(), None, body.as_bytes(), &wanted(id))?,
    };
    Some((String::from_utf8(cut.bytes).expect("text"), cut.removed))
}

#[test]
fn an_element_is_removed_with_one_separator_and_nothing_else_changes() {
    let one = r#"{"id": "41232701", "t": "a ] \" , { b"}"#;
    let two = r#"{ "t":[1,{"id":"41232701"}],"id":41232702 }"#;
    let three = r#"{"id":"41232703"}"#;
    let page =
        |records: &str| format!("{{\"jobs\" :{{ \"job\":[ {records}\n], \"total\":\"3\"}}}}\n");
    let body = page(&format!("{one},\n  {two} , {three}"));
    let cases = [
        ("41232701", page(&format!("{two} , {three}"))),
        ("41232702", page(&format!("{one} , {three}"))),
        ("41232703", page(&format!("{one},\n  {two}"))),
    ];
    for (id, expected) in cases {
        assert_eq!(
            cut_text(&body, false, id),
            Some((expected, Some(1))),
            "{id}"
        );
    }
    assert_eq!(cut_text(&body, false, "41232704"), None);
    assert_eq!(
        cut_text(&page(three), false, "41232703"),
        Some((page(""), Some(1)))
    );
    let twice = page(&format!("{three},{one},{three}"));
    assert_eq!(
        cut_text(&twice, false, "41232703"),
        Some((page(one), Some(2)))
    );
}

#[test]
fn a_list_of_one_and_a_bare_posting_leave_a_body_that_says_it_is_empty() {
    let single = r#"{"jobs":{"total":"1","job":{"id":"41232701"}}}"#;
    assert_eq!(
        cut_text(single, false, "41232701").expect("found").0,
        r#"{"jobs":{"total":"1","job":[]}}"#
    );
    let bare = "\u{feff}{\"id\":\"41232701\"}";
    assert_eq!(
        cut_text(bare, false, "41232701").expect("found").0,
        "\u{feff}{\"jobs\":{\"job\":[],\"total\":\"0\"}}\n"
    );
    assert_eq!(cut_text(bare, false, "41232702"), None);
}

#[test]
fn escapes_in_keys_and_ids_are_read() {
    let body = r#"{"jobs":{"job":[{"id":"41232701"}],"job":[{"i\u0064":"4123270\u0032"}]}}"#;
    assert_eq!(
        cut_text(body, false, "41232702").expect("found").0,
        r#"{"jobs":{"job":[{"id":"41232701"}],"job":[]}}"#
    );
}

#[test]
fn a_posting_is_removed_from_every_list_of_a_repeated_key() {
    let body = |one: &str, two: &str, three: &str| {
        format!(
            r#"{{"jobs":{{"job":[{one}],"job":{two}}},"jobs":{{"total":"3","job":[{three}]}}}}"#
        )
    };
    let (goes, stays) = (r#"{"id":"41232701"}"#, r#"{"id":"41232702"}"#);
    for (one, two, three) in [(goes, goes, goes), (goes, "[]", stays), (stays, goes, "")] {
        let left = |text: &str| {
            if text == goes {
                String::new()
            } else {
                text.to_owned()
            }
        };
        let two_left = if two == goes { "[]" } else { two };
        let count = [one, two, three]
            .iter()
            .filter(|text| **text == goes)
            .count();
        assert_eq!(
            cut_text(&body(one, two, three), false, "41232701"),
            Some((body(&left(one), two_left, &left(three)), Some(count as u64))),
        );
    }
    assert_eq!(
        cut_text(&body(stays, stays, stays), false, "41232701"),
        None
    );
}

#[test]
fn a_line_is_removed_with_its_break_also_an_unreadable_one() {
    let body = "{\"id\":\"41232701\"}\r\n\n{\"id\":\"41232702\"}\n{\"id\":\"41232702\"";
    let (rest, removed) = cut_text(body, true, "41232702").expect("found");
    assert_eq!(
        (rest.as_str(), removed),
        ("{\"id\":\"41232701\"}\r\n\n", Some(2))
    );
    let (rest, _) = cut_text(body, true, "41232701").expect("found");
    assert_eq!(rest, "\n{\"id\":\"41232702\"}\n{\"id\":\"41232702\"");
}

#[test]
fn unreadable_text_is_removed_when_it_mentions_the_id() {
    let half = r#"{"jobs":{"job":[{"id":"41232701"},{"id":"41232702","ti"#;
    let (rest, removed) = cut_text(half, false, "41232702").expect("found");
    assert_eq!(
        (rest.as_str(), removed),
        ("{\"jobs\":{\"job\":[],\"total\":\"0\"}}\n", None)
    );
    // A substring of a longer number is another posting.
    assert_eq!(cut_text(half, false, "1232702"), None);
    let nameless = r#"{"jobs":{"job":[{"url":"x?rec_idx=41232702&y"},{"id":"41232701"}]}}"#;
    assert_eq!(
        cut_text(nameless, false, "41232702").expect("found").0,
        r#"{"jobs":{"job":[{"id":"41232701"}]}}"#
    );
    // The address of another posting may mention it; that posting is kept.
    let linked = r#"{"jobs":{"job":[{"id":"41232701","url":"x?rec_idx=41232702"}]}}"#;
    assert_eq!(cut_text(linked, false, "41232702"), None);
}

#[test]
fn an_unreadable_record_is_searched_for_the_id_without_its_part() {
    let mut spec = spec();
    spec.id_by_part = true;
    let wanted = |id: &str| Wanted::new(&spec.entity, entity_key(&spec.source, id), Some(id));
    let body = |records: &str| format!(r#"{{"jobs":{{"job":[{records}]}}}}"#);
    let both = body(r#"{"url":"x?id=70001&y"},{"id":"70002"}"#);
    let cut_of = |id: &str, part: &str| {
        let cut = cut(&spec, Some(part), both.as_bytes(), &wanted(id))?;
        Some(String::from_utf8(cut.bytes).expect("text"))
    };
    assert_eq!(
        cut_of("alpha/70001", "alpha"),
        Some(body(r#"{"id":"70002"}"#))
    );
    assert_eq!(
        cut_of("alpha/70002", "alpha"),
        Some(body(r#"{"url":"x?id=70001&y"}"#))
    );
    assert_eq!(
        cut_of("alpha/70002", "beta"),
        None,
        "the same id of another part"
    );
    assert_eq!(
        cut_of("alpha/0001", "alpha"),
        None,
        "too short to be searched for"
    );
    // In quarantine, where the part is not known.
    let short = wanted("alpha/12");
    let (payload, part) = (br#"{"id":"12","t":"\ud83d"}"#, short.part(&spec));
    assert!(short.judge(&spec, part, payload).1);
    assert!(!short.judge(&spec, None, payload).1);
}

#[test]
fn a_posting_is_removed_though_its_record_or_its_neighbour_is_unreadable() {
    let page = |records: &str| format!("{{\"jobs\":{{\"job\":[{records}],\"total\":\"2\"}}}}");
    let (well, spoilt) = (r#"{"id":"41232701"}"#, r#"{"id":"412","t":"\ud83d"}"#);
    let both = page(&format!("{well},{spoilt}"));
    // Ids too short to be searched for as text.
    assert_eq!(cut_text(&both, false, "412"), Some((page(well), Some(1))));
    assert_eq!(
        cut_text(&both, false, "41232701"),
        Some((page(spoilt), Some(1)))
    );
    assert_eq!(cut_text(&both, false, "413"), None);
    let alone = r#"{"jobs":{"total":"1","job":{"id":"412","n":1e999}}}"#;
    assert_eq!(
        cut_text(alone, false, "412").expect("found").0,
        r#"{"jobs":{"total":"1","job":[]}}"#
    );
    assert_eq!(
        cut_text(&format!("{spoilt}\n{well}\n"), true, "412"),
        Some((format!("{well}\n"), Some(1)))
    );
}

#[test]
fn what_is_left_reads_as_before_less_the_posting() {
    use proptest::prelude::*;
    let value = proptest::collection::vec((1_u32..6, "[\\[\\]{}\",\\\\a-c ]{0,6}"), 0..8);
    proptest!(|(records in value, pretty: bool)| {
        let records: Vec<_> = records
            .iter()
            .map(|(id, text)| serde_json::json!({"x": [text, {text: 1}], "id": format!("4123270{id}")}))
            .collect();
        let page = |records: &[serde_json::Value]| serde_json::json!({"jobs": {"job": records, "n": 1}});
        let body = match pretty {
            true => serde_json::to_string_pretty(&page(&records)),
            false => serde_json::to_string(&page(&records)),
        }
        .expect("text");
        let rest: Vec<_> = records.iter().filter(|r| r["id"] != "41232701").cloned().collect();
        match cut_text(&body, false, "41232701") {
            None => prop_assert_eq!(rest.len(), records.len()),
            Some((text, removed)) => {
                prop_assert_eq!(removed, Some((records.len() - rest.len()) as u64));
                let left: serde_json::Value = serde_json::from_str(&text).expect("JSON");
                prop_assert_eq!(left, page(&rest));
            }
        }
    });
}
