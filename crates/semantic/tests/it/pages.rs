//! How tiles look, and pages: what their files say, and the errors of invalid ones.

use semantic::{DataFusion, Definitions, TileInfo};

use super::fixture::files;

const PAGE: &str = r#"
label_ko = "새 화면"
label_en = "New"
rows = [
    [{ tile = "by_province", look = "map", label_en = "Where" }, { block = "notes", width = 4 }],
    [{ tiles = ["postings", "rates"], own_height = true }],
]
"#;

const RATES: &str = r#"
label_ko = "합격률"
label_en = "Rates"
kind = "series"
values = { cert_id = ["sqld"] }
look = "rates"
choice = { name = "stage", column = "stage", label_ko = "단계", label_en = "Stage", options = [{ value = "final", label_ko = "최종", label_en = "Final" }] }

[series]
table = "visual_tables.certifications"
time = "year"
grain = "year"
key = "cert_id"
key_ko = "자격증"
key_en = "Certificate"
value = "pass"
value_ko = "합격자"
value_en = "Passed"
of = "take"
of_ko = "응시자"
of_en = "Test-takers"
rate_ko = "합격률"
rate_en = "Pass rate"
breaks_on = ["2022-01-01"]
"#;

fn parsed(changed: &[(&str, &str)]) -> Result<Definitions, String> {
    let mut files = files();
    let series = RATES
        .split_once("[series]")
        .map_or("", |(_, series)| series);
    let named = format!("\n[series.exams]\n{series}");
    let tiles = files.get_mut("tiles.toml").expect("tiles");
    tiles.extend(named.into_bytes());
    for (file, text) in changed {
        files.insert((*file).to_owned(), (*text).as_bytes().to_vec());
    }
    Definitions::parse(&files).map_err(|error| error.to_string())
}

fn tile<'a>(tiles: &'a [TileInfo], name: &str) -> &'a TileInfo {
    let found = tiles.iter().find(|tile| tile.name == name);
    found.expect("a tile")
}

#[test]
fn a_page_and_a_tile_are_files() {
    let given = [("pages/new.toml", PAGE), ("tiles/rates.toml", RATES)];
    let definitions = parsed(&given).expect("valid");
    let answer = definitions.answer(&DataFusion);
    let [page] = answer.pages.as_slice() else {
        panic!("one page")
    };
    assert_eq!((page.name.as_str(), page.title_en.as_str()), ("new", "New"));
    let [first, second] = page.rows.as_slice() else {
        panic!("two rows")
    };
    assert_eq!(first[0].tiles[0].look.as_deref(), Some("map"));
    assert_eq!(first[0].tiles[0].label_en.as_deref(), Some("Where"));
    assert_eq!((first[0].width, first[1].width), (12, 4));
    assert_eq!(first[1].block.as_deref(), Some("notes"));
    let names: Vec<&str> = second[0]
        .tiles
        .iter()
        .map(|tile| tile.name.as_str())
        .collect();
    assert_eq!(names, ["postings", "rates"]);
    assert!(second[0].own_height);
    let rates = tile(&answer.tiles, "rates");
    assert_eq!(
        (rates.kind.as_str(), rates.measure.as_ref()),
        ("series", None)
    );
    assert_eq!(rates.table.as_deref(), Some("visual_tables.certifications"));
    assert_eq!(rates.series.as_deref(), Some("rates"));
    let series = answer.series.last().expect("a series");
    assert_eq!(
        (series.name.as_str(), series.of.as_deref()),
        ("rates", Some("take"))
    );
    assert_eq!(rates.values["cert_id"], ["sqld"]);
    assert_eq!(rates.choice.as_ref().expect("a choice").options.len(), 1);
    // What counts is answered, what shows a table is not.
    assert!(definitions.tiles.iter().all(|tile| tile.name != "rates"));
}

#[test]
fn a_tile_looks_as_its_kind_does_unless_it_says_so() {
    let definitions = parsed(&[]).expect("valid");
    let answer = definitions.answer(&DataFusion);
    for (name, kind, look) in [
        ("postings", "value", "figure"),
        ("by_experience", "groups", "bars"),
        ("role_experience", "cross", "grouped"),
        ("flow", "flow", "flow"),
        ("most_views", "postings", "list"),
    ] {
        let tile = tile(&answer.tiles, name);
        assert_eq!((tile.kind.as_str(), tile.look.as_str()), (kind, look));
    }
    let districts = tile(&answer.tiles, "top_districts");
    assert_eq!(districts.r#where["role"], ["de"]);
    assert_eq!(districts.parents["district"], ["top"]);
    assert_eq!(tile(&answer.tiles, "district_role").shares_of, "group");
    assert_eq!(
        tile(&answer.tiles, "most_views").column.as_deref(),
        Some("views")
    );
}

#[test]
fn pages_come_by_position_then_by_name() {
    let placed = |position: &str| format!("{position}{PAGE}").replace("rates", "active");
    let (first, last) = (placed("position = 1\n"), placed(""));
    let given = [
        ("pages/z.toml", first.as_str()),
        ("pages/b.toml", last.as_str()),
        ("pages/a.toml", last.as_str()),
    ];
    let definitions = parsed(&given).expect("valid");
    let names: Vec<&str> = definitions
        .pages
        .iter()
        .map(|page| page.name.as_str())
        .collect();
    assert_eq!(names, ["z", "a", "b"]);
}

/// A tile may be called like the series that it shows; the series is there once.
#[test]
fn a_tile_of_the_name_of_its_series_adds_no_series() {
    let series = RATES.split("[series]").next().unwrap_or_default();
    let tile = series.replace("kind = ", "series = \"exams\"\nkind = ");
    let definitions = parsed(&[("tiles/exams.toml", &tile)]).expect("valid");
    let names = definitions.series.iter().map(|series| &series.name);
    assert_eq!(names.filter(|name| *name == "exams").count(), 1);
}

#[test]
fn errors_name_file_key_and_the_nearest_name() {
    let page = |text: &str| PAGE.replace("\"rates\"", "\"active\"") + text;
    let without_parts = || {
        let lines = RATES.lines().filter(|line| {
            let parts = ["of = ", "of_ko", "of_en", "rate_"];
            !parts.iter().any(|part| line.starts_with(part))
        });
        lines.collect::<Vec<_>>().join("\n")
    };
    for (file, text, error) in [
        (
            "pages/new.toml",
            page("").replace("by_province", "by_provinse"),
            "`pages/new.toml`, `rows[0][0].tile`: there is no tile `by_provinse`\nhint: the nearest is `by_province`",
        ),
        (
            "pages/new.toml",
            page("").replace("active", "aktive"),
            "`pages/new.toml`, `rows[1][0].tiles`: there is no tile `aktive`\nhint: the nearest is `active`",
        ),
        (
            "pages/new.toml",
            page("").replace("notes", "note"),
            "`pages/new.toml`, `rows[0][1].block`: there is no block `note`\nhint: the nearest is `notes`",
        ),
        (
            "pages/new.toml",
            page("").replace("\"map\"", "\"maps\""),
            "`pages/new.toml`, `rows[0][0].look`: there is no look of a tile of kind `groups` `maps`\nhint: the nearest is `map`",
        ),
        (
            "pages/new.toml",
            page("ledd_ko = \"x\"\n"),
            "`pages/new.toml`, line 8, `ledd_ko`: there is no key `ledd_ko`\nhint: the nearest is `lede_ko`",
        ),
        (
            "pages/new.toml",
            page("").replace("width = 4", "widht = 4"),
            "`pages/new.toml`, line 5, `rows.widht`: there is no key `widht`\nhint: the nearest is `width`",
        ),
        (
            "pages/new.toml",
            page("").replace("width = 4", "width = -4"),
            "`pages/new.toml`, line 5, `rows.width`: this must be a whole number from 1",
        ),
        (
            "pages/new.toml",
            page("").replace("\"새 화면\"", "\" \""),
            "`pages/new.toml`, line 2, `label_ko`: this is empty",
        ),
        (
            "pages/new.toml",
            page("").replace("own_height = true", "own_height = 1"),
            "`pages/new.toml`, line 6, `rows.own_height`: this must be true or false",
        ),
        (
            "tiles/x.toml",
            "measure = \"postings\"\nseries = \"exams\"\n".to_owned(),
            "`tiles/x.toml`, `series`: only kind `series` has this",
        ),
        (
            "tiles/x.toml",
            RATES.replace("look = ", "by = [\"role\"]\nlook = "),
            "`tiles/x.toml`, `by`: a tile of kind `series` does not have this",
        ),
        (
            "pages/sql.toml",
            page(""),
            "`pages/sql.toml`: this address is taken: give the file another name",
        ),
        (
            "tiles/rates.toml",
            RATES.replace("visual_tables.", ""),
            "`tiles/rates.toml`, `series.table`: write it as `schema.table`",
        ),
        (
            "tiles/rates.toml",
            RATES.replace("\"2022-01-01\"", "\"2022\""),
            "`tiles/rates.toml`, `series.breaks_on`: `2022` is no day as YYYY-MM-DD",
        ),
        (
            "tiles/rates.toml",
            RATES.replace("grain = \"year\"", "grain = \"years\""),
            "`tiles/rates.toml`, line 12, `series.grain`: there is no grain `years`\nhint: the nearest is `year`",
        ),
        (
            "tiles/rates.toml",
            RATES.replace("of = \"take\"\n", ""),
            "`tiles/rates.toml`, `series.of_ko`: only a series with `of` has this",
        ),
        (
            "tiles/rates.toml",
            RATES.replace("breaks_on", "common = \"x\"\nbreaks_on"),
            "`tiles/rates.toml`, `series.common`: a series with `of` does not have this",
        ),
        (
            "tiles/rates.toml",
            without_parts().replace(
                "look = \"rates\"",
                "look = \"lines\"\nalternative = { look = \"parts\", name = \"as\" }",
            ),
            "`tiles/rates.toml`, `alternative.look`: this needs `of` in its series: `rates`",
        ),
        (
            "tiles/rates.toml",
            without_parts(),
            "`tiles/rates.toml`, `look`: this needs `of` in its series: `rates`",
        ),
        (
            "tiles/rates.toml",
            RATES
                .split("[series]")
                .next()
                .unwrap_or_default()
                .to_owned()
                + "series = 'exam'\n",
            "`tiles/rates.toml`, `series`: there is no series `exam`\nhint: the nearest is `exams`",
        ),
        (
            "tiles/rates.toml",
            RATES.replace("name = \"stage\"", "name = \"role\""),
            "`tiles/rates.toml`, `choice.name`: this has to be a name of lower-case letters, digits and `_` that no filter has",
        ),
        (
            "tiles/flow.toml",
            RATES.to_owned(),
            "`tiles/flow.toml`: `tiles.toml` has a tile of this name",
        ),
        (
            "tiles.toml",
            "[tiles.x]\nmeasure = \"postings\"\nlook = \"bars\"\n".to_owned(),
            "`tiles.toml`, `tiles.x.look`: there is no look of a tile of kind `value` `bars`",
        ),
    ] {
        let refused = parsed(&[(file, &text)]).expect_err("these definitions are wrong");
        assert_eq!(refused, error);
    }
}
