//! Definitions, and the errors of invalid ones.

use std::collections::BTreeMap;

use semantic::{DataFusion, Definitions, Part};

use super::fixture::{MEASURES, TILES, definitions, files};

fn parsed_with(file: &str, text: String) -> Result<Definitions, String> {
    let mut files = files();
    files.insert(file.to_owned(), text.into_bytes());
    Definitions::parse(&files).map_err(|error| error.to_string())
}

fn refused(file: &str, text: String) -> String {
    parsed_with(file, text).expect_err("these definitions are wrong")
}

#[test]
fn the_dashboards_own_definitions_are_valid() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../pipeline/");
    let mut names: Vec<String> = ["measures.toml", "tiles.toml", "search.toml", "roles.toml"]
        .map(str::to_owned)
        .into();
    for entry in std::fs::read_dir(format!("{folder}pages")).expect("pages") {
        let name = entry.expect("an entry").file_name();
        names.push(format!("pages/{}", name.to_string_lossy()));
    }
    let files: BTreeMap<String, Vec<u8>> = names
        .into_iter()
        .map(|name| {
            let content = std::fs::read(format!("{folder}{name}")).expect("a file");
            (name, content)
        })
        .collect();
    let definitions = Definitions::parse(&files).unwrap_or_else(|error| panic!("{error}"));
    let answer = definitions.answer(&DataFusion);
    assert!(
        answer
            .tiles
            .iter()
            .any(|tile| tile.name == "flow" && tile.kind == "flow")
    );
    let role = answer
        .dimensions
        .iter()
        .find(|each| each.name == "role")
        .expect("roles");
    assert_eq!(role.labels_ko["datajob"], "데이터 직무");
    for measure in &answer.measures {
        assert!(
            measure.sql.starts_with("with posting as ("),
            "{}",
            measure.sql
        );
    }
}

#[test]
fn queries_come_in_the_order_of_the_file() {
    let definitions = definitions();
    let queries = definitions.queries(0);
    let (parts, texts): (Vec<Part>, Vec<&str>) = queries.into_iter().unzip();
    assert_eq!(parts[..2], [Part::Rows, Part::Days]);
    assert_eq!(parts[2..], (0..6).map(Part::Dimension).collect::<Vec<_>>());
    assert_eq!(texts[2], "select * from roles");
    let answer = definitions.answer(&DataFusion);
    let active = answer
        .measures
        .iter()
        .find(|each| each.name == "active")
        .expect("the measure");
    assert_eq!(
        active.sql,
        "with posting as (\n    select * from postings\n)\n\n\
         select count(*) as postings\nfrom posting\nwhere\n    \
         posting_date <= (select max(date) from visual_tables.posting_flow)\n    \
         and active_until >= (select max(date) from visual_tables.posting_flow)\n    \
         and not active_until_assumed"
    );
    assert_eq!(answer.dimensions[3].parent.as_deref(), Some("province"));
    assert!(answer.dimensions[0].ordered && !answer.dimensions[2].ordered);
    assert_eq!(answer.dimensions[0].labels_en["ds"], "Scientist");
    assert_eq!(answer.tiles[0].label_en, "Postings");
    assert_eq!(answer.synonyms.len(), 3);
}

#[test]
fn a_measure_says_what_chooses_the_postings_that_it_counts() {
    let active = r#"aggregate = "active""#;
    let twice = r#"of = { province = ["서울"] }"#;
    let text = MEASURES
        .replace(active, &format!("{active}\nof = {{ grade = [\"1\"] }}"))
        .replace(
            twice,
            &format!("{twice}\nwhere = {{ province = [\"부산\"] }}"),
        );
    let counts = |text: &str, name: &str| {
        let definitions = parsed_with("measures.toml", text.to_owned()).expect("valid");
        let answer = definitions.answer(&DataFusion);
        let measure = answer.measures.iter().find(|each| each.name == name);
        serde_json::to_value(&measure.expect(name).counts).expect("JSON")
    };
    let json = serde_json::json!({"role": ["all", "de"]});
    assert_eq!(counts(MEASURES, "role_postings"), json);
    let json = serde_json::json!({"province": ["서울"]});
    assert_eq!(counts(MEASURES, "seoul_share"), json);
    assert_eq!(counts(MEASURES, "active"), serde_json::json!({}));
    let json = serde_json::json!({"grade": ["1"]});
    assert_eq!(counts(&text, "active"), json);
    // Values of one dimension are combined with OR: no filter can require both.
    assert_eq!(counts(&text, "seoul_share"), serde_json::json!({}));
}

#[test]
fn errors_name_file_key_and_the_nearest_name() {
    let tile = |text: &str| refused("tiles.toml", format!("{TILES}{text}\n"));
    assert_eq!(
        tile(r#"x = { measure = "postings", by = ["provinse"] }"#),
        "`tiles.toml`, `tiles.x.by`: there is no dimension `provinse`\nhint: the nearest is `province`"
    );
    assert_eq!(
        tile(r#"x = { measure = "posting" }"#),
        "`tiles.toml`, `tiles.x.measure`: there is no measure `posting`\nhint: the nearest is `postings`"
    );
    let line = TILES.lines().count() + 1;
    assert_eq!(
        tile(r#"x = { measure = "postings", shows = 3 }"#),
        format!("`tiles.toml`, line {line}, `tiles.x.shows`: there is no key `shows`")
    );
    assert_eq!(
        tile(r#"x = { measure = "postings", by = ["role"], values = { role = ["dee"] } }"#),
        "`tiles.toml`, `tiles.x.values.role`: there is no role `dee`\nhint: the nearest is `de`"
    );
    for (wrong, problem) in [
        (
            r#"x = { measure = "active", by = ["role"] }"#,
            "only a measure that counts",
        ),
        (
            r#"x = { measure = "postings", by = ["role", "role"] }"#,
            "cannot be by these dimensions",
        ),
        (
            r#"x = { measure = "postings", by = ["role"], top = 0 }"#,
            "a whole number from 1",
        ),
        (
            r#"x = { measure = "postings", by = ["role"], parents = { role = ["top"] } }"#,
            "`role` has no parent dimension",
        ),
        (
            r#"x = { measure = "postings", by = ["role"], except = { skill = ["C"] } }"#,
            "the tile is not by `skill`",
        ),
        (
            r#"x = { measure = "postings", where = { role = [] } }"#,
            "this list is empty",
        ),
        (
            r#"x = { measure = "postings", kind = "flows" }"#,
            "there is no kind `flows`\nhint: the nearest is `flow`",
        ),
        (
            r#"x = { measure = "postings", kind = "postings", column = "view", top = 1 }"#,
            "there is no column of numbers `view`",
        ),
        (
            r#"x = { measure = "postings", kind = "postings", column = "views" }"#,
            "how many postings are shown",
        ),
        (
            r#"x = { measure = "postings", by = ["role"], shares_of = "group" }"#,
            "only a tile by two has this",
        ),
        (
            r#"X = { measure = "postings" }"#,
            "a name is of lower-case letters",
        ),
    ] {
        let error = tile(wrong);
        assert!(error.contains(problem), "{error}");
    }
    let measures = |from: &str, to: &str| refused("measures.toml", MEASURES.replace(from, to));
    assert!(measures("[dimensions.grade]", "[dimensions.q]").contains("this name is taken"));
    assert!(measures("[dimensions.grade]", "[dimensions.chosen]").contains("this name is taken"));
    assert!(
        measures(r#"among = "province""#, r#"among = "provinces""#)
            .contains("the nearest is `province`")
    );
    assert!(
        measures(r#"among = "province""#, r#"among = "district""#).contains("is its own parent")
    );
    assert!(
        measures(r#"aggregate = "mean""#, r#"aggregate = "median""#)
            .contains("there is no aggregate `median`")
    );
    assert!(
        measures(r#"aggregate = "share""#, r#"aggregate = "count""#)
            .contains("only aggregates `share`, `active` and `assumed` have this")
    );
    let active = r#"aggregate = "active""#;
    assert!(
        measures(active, &format!("{active}\ncolumn = \"views\""))
            .contains("only aggregate `mean` has this")
    );
    assert!(
        measures(r#"sql = "select * from grades""#, "")
            .contains("`dimensions.grade.sql`: this is missing")
    );
    assert!(
        measures(r#"order = ["all", "de"]"#, "order = 3")
            .contains("must be `size` or a list of values")
    );
    assert!(refused("measures.toml", "x = ".to_owned()).starts_with("`measures.toml`: "));
    let mut files = files();
    files.remove("tiles.toml");
    let error = Definitions::parse(&files)
        .expect_err("a file is missing")
        .to_string();
    assert_eq!(error, "`tiles.toml`: this file is missing");
    files.insert("tiles.toml".to_owned(), vec![0xff]);
    let error = Definitions::parse(&files).expect_err("no text").to_string();
    assert!(
        error.starts_with("`tiles.toml`: this is not UTF-8 text"),
        "{error}"
    );
}
