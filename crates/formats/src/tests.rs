//! Documents of real sources' shapes, damaged and hostile ones.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn xml_layout() -> Layout {
    Layout::Xml {
        records: vec!["root.job".to_owned()],
    }
}

fn xml(text: &str) -> Result<Converted, Error> {
    to_json(text.as_bytes(), &xml_layout(), None)
}

fn csv(text: &str) -> Result<Converted, Error> {
    to_json(text.as_bytes(), &Layout::Csv { delimiter: b',' }, None)
}

fn reasons(converted: &Converted) -> Vec<&str> {
    let damaged = converted.damaged.iter();
    damaged.map(|record| record.reason.as_str()).collect()
}

#[test]
fn elements_become_values() {
    let text = "<?xml version='1.0'?>\n<!-- x --><root n='1'><total>2</total>\
        <job id='7'><title>A &amp; B &#44032;</title><tag>x</tag><tag>y</tag><none/><blank> </blank></job>\
        <job><title><![CDATA[<b>]]></title><mixed>a<i>b</i>c</mixed></job></root>\n";
    let read = xml(text).expect("XML");
    assert_eq!(
        read.json,
        json!({"root": {"@n": "1", "total": "2", "job": [
            {"@id": "7", "title": "A & B 가", "tag": ["x", "y"], "none": null, "blank": null},
            {"title": "<b>", "mixed": {"i": "b", "#text": "ac"}},
        ]}})
    );
    assert_eq!(read.damaged, []);
    assert_eq!(xml("<root/>").expect("XML").json, json!({"root": null}));
}

#[test]
fn a_damaged_record_affects_no_other() {
    for (damaged, reason) in [
        ("<job><id>2</id><title>a</titel></job>", "`</titel>`"),
        ("<job><id>2</id><title>a</job>", "`</job>`"),
        ("<job><id>2</id>a & b</job>", ""),
        ("<job><id>2</id>&nbsp;</job>", "`&nbsp;` is not defined"),
        ("<job><id>2</id>&#xFFFFFFFF;</job>", ""),
        ("<job><id x='1' x='2'>2</id></job>", "duplicate"),
        ("<job><id>2</id><a <b></job >", ""),
        (
            &format!("<job><id>2</id>{}</job>", "<a>".repeat(60)),
            "deeper",
        ),
    ] {
        let text = format!(
            "<root><job><id>1</id></job>{damaged}<job><id>3</id></job><total>3</total></root>"
        );
        let read = xml(&text).unwrap_or_else(|error| panic!("{damaged}: {error}"));
        assert_eq!(
            read.json,
            json!({"root": {"job": [{"id": "1"}, {"id": "3"}], "total": "3"}}),
            "{damaged}"
        );
        let [one] = &read.damaged[..] else {
            panic!("{damaged}: {:?}", read.damaged);
        };
        assert!(one.reason.contains(reason), "{damaged}: {}", one.reason);
        assert!(one.text.contains("<id"), "{damaged}: {}", one.text);
    }
}

#[test]
fn a_record_without_its_end_affects_no_other() {
    let rest = |damaged: &str| {
        let text = format!("<root><job>1</job>{damaged}</root>");
        let read = xml(&text).unwrap_or_else(|error| panic!("{damaged}: {error}"));
        let texts = read.damaged.into_iter().map(|record| record.text);
        (read.json["root"]["job"].clone(), texts.collect::<Vec<_>>())
    };
    assert_eq!(
        rest("<job><id>2</id><job>3</job><job>4</job>"),
        (json!(["1", "3", "4"]), vec!["<job><id>2</id>".to_owned()])
    );
    assert_eq!(
        rest("<job><id>2</id><job>3</job><job>&x;</job><job>5</job>"),
        (
            json!(["1", "3", "5"]),
            vec!["<job><id>2</id>".to_owned(), "<job>&x;</job>".to_owned()]
        )
    );
    assert_eq!(
        rest("<job><a>2<job>3<job>4"),
        (
            json!("1"),
            ["<job><a>2", "<job>3", "<job>4"]
                .map(str::to_owned)
                .to_vec()
        )
    );
}

#[test]
fn damage_outside_of_records_is_that_of_the_document() {
    for (text, reason) in [
        ("", "no element"),
        ("   ", "no element"),
        ("<root><job><id>1</id></job>", "`<root>` is not closed"),
        ("<root><total>1</root>", "`</root>`"),
        ("<root><job><id>1</id>", "not closed"),
        ("<root/><root/>", "behind the root"),
        ("words", "outside of the root"),
        ("<root>&x;</root>", "`&x;`"),
        ("</root>", "without a beginning"),
        ("<html><body>down</body></html>", "an HTML page"),
        ("<!DOCTYPE html><p>down", "an HTML page"),
        (&"<a>".repeat(100), "deeper"),
    ] {
        let error = xml(text).expect_err(text).to_string();
        assert!(error.contains(reason), "{text}: {error}");
    }
}

#[test]
fn only_html_is_an_html_page() {
    for root in [
        "positions",
        "postings",
        "page",
        "product",
        "header",
        "titles",
        "html5",
        "h10",
    ] {
        let text = format!("<{root}><job><id>1</id></job></{root}>");
        let read = xml(&text).unwrap_or_else(|error| panic!("{root}: {error}"));
        assert_eq!(read.json, json!({ root: {"job": {"id": "1"}} }));
        assert!(!is_html(text.as_bytes()), "{root}");
    }
    let quoted = "<root><job><t><![CDATA[<html><body>x</body></html>]]></t></job></root>";
    let read = xml(quoted).expect("XML");
    assert_eq!(read.json["root"]["job"]["t"], "<html><body>x</body></html>");
    // An element of XML, as its declaration says.
    xml("<?xml version='1.0'?><head><job/></head>").expect("XML");
    for text in [
        "<p>down</p>",
        "<H1 class='x'>down</H1>",
        "<html/>",
        "<html",
        "<?xml version='1.0'?>\n<!-- x --><!DOCTYPE html PUBLIC 'x'><html></html>",
        "<?xml version='1.0'?>\n<html lang='ko'></html>",
        "<!-- <a> --><html></html>",
    ] {
        assert_eq!(xml(text), Err(Error::Html), "{text}");
        assert!(is_html(text.as_bytes()), "{text}");
    }
    // Where JSON belongs, no element is a record.
    assert!(is_html(b"<script></script><html></html>"));
}

#[test]
fn entities_are_never_expanded() {
    let bomb = "<!DOCTYPE root [<!ENTITY a 'xxxxxxxxxx'><!ENTITY b '&a;&a;&a;'>]><root>&b;</root>";
    let error = xml(bomb).expect_err("a bomb").to_string();
    assert!(error.contains("document type declaration"), "{error}");
    let file =
        "<!DOCTYPE root [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><root><job>&x;</job></root>";
    xml(file).expect_err("a file");
}

#[test]
fn the_charset_is_the_declared_one() {
    let (korean, _, _) = encoding_rs::EUC_KR.encode("<root><job><t>똠방각하</t></job></root>");
    let wanted = json!({"root": {"job": {"t": "똠방각하"}}});
    for name in ["euc-kr", "CP949", "ms949"] {
        let read = to_json(&korean, &xml_layout(), Some(name)).expect("XML");
        assert_eq!((&read.json, read.damaged.len()), (&wanted, 0), "{name}");
    }
    let declared = [
        b"<?xml version=\"1.0\" encoding=\"EUC-KR\"?>".as_slice(),
        &korean,
    ]
    .concat();
    let read = to_json(&declared, &xml_layout(), None).expect("XML");
    assert_eq!(read.json, wanted);

    let wide: Vec<u8> = "\u{feff}<root><job><t>똠방각하</t></job></root>"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    assert_eq!(
        to_json(&wide, &xml_layout(), None).expect("XML").json,
        wanted
    );
    assert_eq!(
        to_json(&wide[2..], &xml_layout(), None).expect("XML").json,
        wanted
    );

    let error = to_json(b"<?xml encoding='klingon'?><root/>", &xml_layout(), None);
    assert_eq!(error, Err(Error::Charset("klingon".to_owned())));
    // What says to be UTF-16 and is ASCII.
    let read = xml("<?xml version='1.0' encoding='UTF-16'?><root>1</root>").expect("XML");
    assert_eq!(read.json, json!({"root": "1"}));
}

#[test]
fn bytes_that_are_not_of_the_charset_are_damage() {
    let text = [
        b"<root><job><t>a</t></job><job><t>\xff\xfe</t></job><job><t>\xea\xb0\x80</t></job></root>"
            .as_slice(),
    ]
    .concat();
    let read = to_json(&text, &xml_layout(), None).expect("XML");
    assert_eq!(
        read.json,
        json!({"root": {"job": [{"t": "a"}, {"t": "가"}]}})
    );
    assert_eq!(reasons(&read), ["not well-formed XML: not valid UTF-8"]);

    let lines = to_json(b"a\nx\n\xff\ny\n", &Layout::Csv { delimiter: b',' }, None).expect("CSV");
    assert_eq!(lines.json, json!([{"a": "x"}, {"a": "y"}]));
    assert_eq!(reasons(&lines), ["line 3: not valid UTF-8"]);
}

#[test]
fn lines_become_objects_by_the_header() {
    let text = "\u{feff}id,position.title,position.job-type.code,\r\n\
        1,\"a, \"\"b\"\"\nc\",10,\r\n\r\n2,  ,,\r\n";
    let read = csv(text).expect("CSV");
    assert_eq!(
        read.json,
        json!([
            {"id": "1", "position": {"title": "a, \"b\"\nc", "job-type": {"code": "10"}}, "column_4": null},
            {"id": "2", "position": {"title": null, "job-type": {"code": null}}, "column_4": null},
        ])
    );
    assert_eq!(read.damaged, []);
    let tabs = to_json(b"a\tb\n1,5\t2\n", &Layout::Csv { delimiter: b'\t' }, None).expect("TSV");
    assert_eq!(tabs.json, json!([{"a": "1,5", "b": "2"}]));
    assert_eq!(csv("a,b\n").expect("CSV").json, json!([]));
    // Each line ends with a delimiter that the header does not have.
    assert_eq!(csv("a\n1,\n").expect("CSV").json, json!([{"a": "1"}]));
}

#[test]
fn a_damaged_line_affects_no_other() {
    for (damaged, reason) in [
        ("2", "1 fields, and the header has 2"),
        ("2,x,y", "3 fields"),
        ("2,\"x", "a quotation mark is not closed"),
        ("\"2,x", "a quotation mark is not closed"),
    ] {
        let read = csv(&format!("id,t\n1,a\n{damaged}\n3,c\n4,d\n")).expect("CSV");
        assert_eq!(
            read.json,
            json!([{"id": "1", "t": "a"}, {"id": "3", "t": "c"}, {"id": "4", "t": "d"}]),
            "{damaged}"
        );
        let [one] = &read.damaged[..] else {
            panic!("{damaged}: {:?}", read.damaged);
        };
        assert!(one.reason.contains(reason), "{damaged}: {}", one.reason);
        assert!(one.reason.starts_with("line 3: "), "{}", one.reason);
        assert_eq!(one.text, damaged);
    }
    // Two stray marks enclose whole lines.
    let read = csv("id,t\n1,\"a\n2,b\n3,c\"d\n4,d\n").expect("CSV");
    let ids: Vec<&Value> = read
        .json
        .as_array()
        .expect("a list")
        .iter()
        .map(|row| &row["id"])
        .collect();
    assert!(ids.contains(&&json!("4")), "{read:?}");
}

#[test]
fn what_is_no_csv_is_named() {
    for (text, reason) in [
        ("", "no header"),
        ("\n\n", "no header"),
        ("a,b,a\n1,2,3\n", "two columns are called `a`"),
        (
            "a,a.b\n1,2\n",
            "the columns `a` and `a.b` exclude each other",
        ),
        ("<html><body>down</body></html>", "an HTML page"),
        ("<?xml version='1.0'?><root/>", "XML where CSV belongs"),
    ] {
        let error = csv(text).expect_err(text).to_string();
        assert!(error.contains(reason), "{text}: {error}");
    }
}

#[test]
fn many_damaged_records_take_no_longer_than_others() {
    // Quadratic work would not end.
    let text = format!("<root>{}</root>", "<job>&x;</job>".repeat(200_000));
    assert_eq!(xml(&text).expect("XML").damaged.len(), 200_000);
    let lines = format!("a,b\n{}", "1\n".repeat(200_000));
    assert_eq!(csv(&lines).expect("CSV").damaged.len(), 200_000);
    // From each line, a quotation mark is open to the end.
    let lines = format!("a,b\n{}1,2\n", "a\"b,\"c\n".repeat(20_000));
    let read = csv(&lines).expect("CSV");
    assert_eq!(read.damaged.len(), 20_000);
    assert_eq!(read.json, json!([{"a": "1", "b": "2"}]));
    let names: Vec<String> = (0..20_000).map(|number| format!("c{number}")).collect();
    let error = csv(&format!("{}\n", names.join(","))).expect_err("columns");
    assert!(error.to_string().contains("1000 columns"), "{error}");
    let error = csv(&format!("{}\n", "a.".repeat(20_000))).expect_err("a column");
    assert!(error.to_string().contains("nested deeper"), "{error}");
    let attributes: String = (0..20_000).map(|n| format!(" a{n}=''")).collect();
    let read = xml(&format!("<root><job{attributes}/><job/></root>"));
    let error = read.expect_err("its own start").to_string();
    assert!(error.contains("1000 attributes"), "{error}");
    let read = xml(&format!(
        "<root><job><a{attributes}/></job><job>1</job></root>"
    ))
    .expect("XML");
    assert_eq!(read.json, json!({"root": {"job": "1"}}));
    // Without any end.
    let read = xml(&format!("<root>{}</root>", "<job>".repeat(20_000))).expect("XML");
    assert_eq!(read.damaged.len(), 20_000);
    for open in ["<!--", "<![CDATA[", "<?"] {
        let text = format!(
            "<root>{}</root>",
            format!("<job>{open}</job>").repeat(20_000)
        );
        let error = xml(&text).expect_err(open).to_string();
        assert!(error.contains("64 tokens have no end"), "{error}");
    }
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = to_json(&bytes, &xml_layout(), None);
        let _ = to_json(&bytes, &Layout::Csv { delimiter: b';' }, Some("euc-kr"));
    }

    #[test]
    fn no_markup_makes_it_panic(parts in proptest::collection::vec(
        proptest::sample::select(vec!["<root>", "</root>", "<job>", "</job>", "<a b='c'/>", "&amp;", "&x;", "<![CDATA[", "]]>", "<!--", "가", "<", "\""]), 0..30)
    ) {
        let _ = xml(&parts.concat());
        let _ = csv(&parts.concat());
    }

    #[test]
    fn every_line_is_a_record_or_damaged(lines in proptest::collection::vec("[a-z]{1,3}(,[a-z]{0,2}){0,2}", 0..20)) {
        let read = csv(&format!("a,b\n{}", lines.iter().map(|line| format!("{line}\n")).collect::<String>())).expect("CSV");
        prop_assert_eq!(read.json.as_array().expect("a list").len() + read.damaged.len(), lines.len());
    }
}
