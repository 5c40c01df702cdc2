//! Ingesting rows into an image, and the rows that it refuses.

use std::sync::Arc;

use arrow_array::types::Int32Type;
use arrow_array::{
    ArrayRef, DictionaryArray, Int32Array, Int64Array, NullArray, RecordBatch, StringArray,
    StringViewArray,
};
use explore::{Image, ImageBuilder, ImageError};
use semantic::{Kind, Part};

use super::fixture::{
    Posting, days_batch, definitions, definitions_with, facts, image, postings_batch, request,
    values_batch,
};

fn builder() -> ImageBuilder {
    ImageBuilder::new(definitions(), facts(None)).expect("definitions of one fact")
}

fn posting(id: i64) -> Posting {
    Posting {
        id,
        posting_id: id.to_string(),
        ..Posting::default()
    }
}

/// The batch with one column replaced.
fn with(batch: &RecordBatch, name: &str, column: ArrayRef) -> RecordBatch {
    let columns = batch
        .schema()
        .fields()
        .iter()
        .enumerate()
        .map(|(index, field)| {
            let own = if field.name() == name {
                column.clone()
            } else {
                batch.column(index).clone()
            };
            (field.name().clone(), own, true)
        })
        .collect::<Vec<_>>();
    RecordBatch::try_from_iter_with_nullable(columns).expect("a batch")
}

fn skills(image: &Image, id: i64) -> Vec<String> {
    image.row(id).expect("a posting").skills
}

#[test]
fn no_rows_are_an_empty_image() {
    let image = builder().finish().expect("an image");
    let tiles = "postings,by_province,role_experience,flow,most_views,seoul_share,mean_views";
    let request = request(Kind::Tiles, &[("tiles", tiles), ("q", "데이터")]).expect("a request");
    let answer = image.tiles(&request);
    assert_eq!(
        (answer.selections[0].postings, answer.selections[0].of),
        (0, 0)
    );
    assert_eq!(answer.selections[0].tiles.len(), 7);
    assert!(image.row(1).is_none());
}

#[test]
fn texts_may_have_any_encoding_and_numbers_any_width() {
    let values = ["가", "나", "가"];
    let encodings: [ArrayRef; 3] = [
        Arc::new(StringArray::from(values.to_vec())),
        Arc::new(StringViewArray::from(values.to_vec())),
        Arc::new(values.into_iter().collect::<DictionaryArray<Int32Type>>()),
    ];
    for values in encodings {
        let mut builder = builder();
        let batch = postings_batch(&[posting(1), posting(2)]);
        let ids: ArrayRef = Arc::new(Int32Array::from(vec![1, 2]));
        let nothing: ArrayRef = Arc::new(NullArray::new(2));
        let batch = with(&with(&batch, "id", ids), "views", nothing.clone());
        let batch = with(
            &with(&batch, "url", nothing.clone()),
            "posting_date",
            nothing,
        );
        builder.add(Part::Rows, &batch).expect("postings");
        let ids: ArrayRef = Arc::new(Int64Array::from(vec![1, 2, 2]));
        let batch = RecordBatch::try_from_iter([("id", ids), ("value", values)]).expect("a batch");
        builder.add(Part::Dimension(4), &batch).expect("skills");
        let image = builder.finish().expect("an image");
        assert_eq!(skills(&image, 1), ["가"]);
        assert_eq!(skills(&image, 2), ["가", "나"]);
        assert_eq!(image.row(1).expect("a posting").url, None);
    }
}

#[test]
fn missing_values_are_left_out() {
    let mut builder = builder();
    builder
        .add(Part::Rows, &postings_batch(&[posting(1)]))
        .expect("postings");
    let coded: DictionaryArray<Int32Type> = [Some("가"), None, Some("나")].into_iter().collect();
    let ids: ArrayRef = Arc::new(Int64Array::from(vec![Some(1), Some(1), None]));
    let batch = RecordBatch::try_from_iter_with_nullable([
        ("id", ids, true),
        ("value", Arc::new(coded) as ArrayRef, true),
    ]);
    builder
        .add(Part::Dimension(4), &batch.expect("a batch"))
        .expect("skills");
    assert_eq!(skills(&builder.finish().expect("an image"), 1), ["가"]);
}

#[test]
fn more_values_than_sixteen_bits_can_number() {
    let count = 70_000_i64;
    let mut builder = builder();
    builder
        .add(Part::Rows, &postings_batch(&[posting(1), posting(2)]))
        .expect("postings");
    let values: Vec<String> = (0..count).map(|value| format!("기술 {value}")).collect();
    let mut rows: Vec<(i64, &str)> = values.iter().map(|value| (1, value.as_str())).collect();
    rows.push((2, &values[69_999]));
    builder
        .add(Part::Dimension(4), &values_batch(&rows))
        .expect("skills");
    let image = builder.finish().expect("an image");
    assert_eq!(skills(&image, 2), ["기술 69999"]);
    assert_eq!(skills(&image, 1).len(), 70_000);
    let chosen = request(Kind::Postings, &[("skill", "기술 65536")]).expect("a request");
    assert_eq!(image.postings(&chosen).total, 1);
    let facets =
        request(Kind::Facets, &[("dimension", "skill"), ("limit", "1")]).expect("a request");
    assert_eq!(image.facets(&facets).facets["skill"][0].count, 2);
}

#[test]
fn a_value_with_several_parents_belongs_to_the_most_frequent() {
    let mut builder = builder();
    let postings: Vec<Posting> = (0..5).map(posting).collect();
    builder
        .add(Part::Rows, &postings_batch(&postings))
        .expect("postings");
    let ids: ArrayRef = Arc::new(Int64Array::from_iter_values(0..5));
    let columns = [
        ("id", ids),
        (
            "value",
            Arc::new(StringArray::from(vec!["기타"; 5])) as ArrayRef,
        ),
        (
            "parent",
            Arc::new(StringArray::from(vec!["나", "다", "가", "다", "가"])) as ArrayRef,
        ),
    ];
    let batch = RecordBatch::try_from_iter(columns).expect("a batch");
    builder.add(Part::Dimension(3), &batch).expect("districts");
    let image = builder.finish().expect("an image");
    let facets =
        image.facets(&request(Kind::Facets, &[("dimension", "district")]).expect("a request"));
    assert_eq!(facets.facets["district"][0].parent.as_deref(), Some("가"));
}

#[test]
fn urls_round_trip() {
    let urls = [
        Some("https://jobs.example/view?id=17&from=api"),
        Some("https://jobs.example/view?id=17&from=api&again=17"),
        Some("https://other.example/한글"),
        Some("17"),
        Some("c3c"),
        Some(""),
        None,
    ];
    let postings: Vec<Posting> = urls
        .iter()
        .enumerate()
        .flat_map(|(place, url)| {
            let with_id = |id: i64, posting_id: &str| Posting {
                id,
                posting_id: posting_id.to_owned(),
                url: url.map(str::to_owned),
                ..Posting::default()
            };
            [with_id(place as i64, "17"), with_id(100 + place as i64, "")]
        })
        .collect();
    let image = image_of(&postings);
    for posting in &postings {
        assert_eq!(image.row(posting.id).expect("a posting").url, posting.url);
    }
}

fn image_of(postings: &[Posting]) -> Image {
    let mut builder = builder();
    builder
        .add(Part::Rows, &postings_batch(postings))
        .expect("postings");
    builder.finish().expect("an image")
}

#[test]
fn hostile_text_is_only_text() {
    let titles = [
        "<script>alert(1)</script> 데이터 엔지니어",
        "\u{202E}rtl\u{202C} 데이터\u{200B}엔지니어",
        "e\u{301}\u{323}🚀👩\u{200D}💻",
        "'; drop table x; --",
        "",
        "\0\n\t",
    ];
    let postings: Vec<Posting> = titles
        .iter()
        .enumerate()
        .map(|(place, title)| Posting {
            title: (*title).to_owned(),
            ..posting(place as i64)
        })
        .collect();
    let image = image_of(&postings);
    let found = |q: &str| {
        let request = request(Kind::Export, &[("q", q)]).expect("a request");
        let mut ids: Vec<String> = image.rows(&request).map(|row| row.id).collect();
        ids.sort();
        ids
    };
    for (place, title) in titles.iter().enumerate() {
        assert_eq!(image.row(place as i64).expect("a posting").title, *title);
    }
    assert_eq!(found("<script>"), ["0"]);
    assert_eq!(found("데이터엔지니어"), ["0", "1"]);
    assert_eq!(found("rtl"), ["1"]);
    assert_eq!(found("'; drop table"), ["3"]);
    assert_eq!(found("\0\u{202E}").len(), titles.len());
    assert!(found("\0\u{202E}%").is_empty() && found("🚀").is_empty());
}

#[test]
fn numbers_keep_all_their_digits() {
    let numbers = [
        Some(i64::MIN),
        Some(i64::MAX),
        Some(i64::from(i32::MIN)),
        None,
        Some(-1),
    ];
    let postings: Vec<Posting> = numbers
        .iter()
        .enumerate()
        .map(|(place, views)| Posting {
            views: *views,
            ..posting(place as i64)
        })
        .collect();
    let image = image_of(&postings);
    let sorted = request(Kind::Export, &[("sort", "views"), ("order", "asc")]).expect("a request");
    let views: Vec<Option<i64>> = image.rows(&sorted).map(|row| row.views).collect();
    assert_eq!(
        views,
        [numbers[0], numbers[2], numbers[4], numbers[1], None]
    );
}

#[test]
fn wrong_columns_and_repeated_postings_are_reported() {
    let batch = postings_batch(&[posting(1)]);
    let texts: ArrayRef = Arc::new(StringArray::from(vec!["1"]));
    let error = builder()
        .add(Part::Rows, &with(&batch, "id", texts.clone()))
        .expect_err("no numbers");
    assert_eq!(
        error.to_string(),
        "`measures.toml`, `facts.postings.sql`: the column `id` is of type Utf8, not a whole number"
    );
    let error = builder()
        .add(Part::Rows, &values_batch(&[(1, "x")]))
        .expect_err("no postings");
    assert!(
        error
            .to_string()
            .contains("there is no column `posting_id`"),
        "{error}"
    );
    let missing: ArrayRef = Arc::new(Int64Array::from(vec![None]));
    let error = builder()
        .add(Part::Rows, &with(&batch, "id", missing))
        .expect_err("no id");
    assert!(
        error.to_string().contains("a posting has no `id`"),
        "{error}"
    );
    let mut builder = builder();
    builder.add(Part::Rows, &batch).expect("postings");
    builder.add(Part::Rows, &batch).expect("postings");
    let error = builder.finish().expect_err("two of one kind");
    assert!(
        error.to_string().contains("two postings have the `id` 1"),
        "{error}"
    );
}

#[test]
fn parts_come_in_their_order() {
    let values = values_batch(&[]);
    let mut one = builder();
    one.add(Part::Dimension(1), &values).expect("values");
    let error = one.add(Part::Dimension(0), &values).expect_err("too late");
    assert_eq!(
        error.to_string(),
        "rows of `dimensions.role` came after those of `dimensions.experience`"
    );
    let mut one = builder();
    one.add(Part::Dimension(0), &values).expect("values");
    let error = one.add(Part::Days, &days_batch(&[])).expect_err("too late");
    assert!(matches!(error, ImageError::Order { .. }));
    let mut one = builder();
    one.add(Part::Days, &days_batch(&[])).expect("days");
    let error = one
        .add(Part::Rows, &postings_batch(&[]))
        .expect_err("too late");
    assert!(matches!(error, ImageError::Order { .. }));
}

#[test]
fn facts_that_an_image_cannot_hold_are_refused() {
    let refused = |from: &str, to: &str| {
        let definitions = definitions_with(|measures| measures.replacen(from, to, 1));
        let error = ImageBuilder::check(&definitions).expect_err("no image is of this");
        error.to_string()
    };
    assert_eq!(
        refused("company_name", "industry"),
        "`measures.toml`, `facts.postings.columns.company`: an image cannot sort by `industry`"
    );
    let second = "[facts.others]\nrow = \"other\"\nid = \"id\"\ndate = \"day\"\nsql = \"select 1\"\n\
                  columns.day = { type = \"date\", sort = \"desc\" }\n\n[dimensions.role]";
    let definitions = definitions_with(|measures| {
        let named = measures.replace("\nwhat_ko = ", "\nfact = \"postings\"\nwhat_ko = ");
        named.replacen("[dimensions.role]", second, 1)
    });
    let error = ImageBuilder::check(&definitions).expect_err("two facts");
    assert_eq!(
        error.to_string(),
        "`measures.toml`, `facts.others`: an image holds one fact, and that is `postings`"
    );
}

#[test]
fn its_size_is_reported() {
    let small = image(&[]).memory_bytes();
    let postings: Vec<Posting> = (0..1_000)
        .map(|id| Posting {
            title: "데이터".into(),
            ..posting(id)
        })
        .collect();
    assert!(image_of(&postings).memory_bytes() > small + 1_000 * 60);
}
