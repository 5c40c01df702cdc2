//! Lists of postings as files: whole, for spreadsheets and for programs.

use std::io::Read as _;

use arrow_array::cast::AsArray as _;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::visit::{Visit, collected, landed, record};

/// A person opens the file in a spreadsheet, which takes some texts for formulas.
#[test]
fn a_list_for_spreadsheets_holds_no_formula() {
    let titles = [
        "=1+1",
        "+82-2-000-0000",
        "-1+cmd|' /C calc'!A0",
        "@SUM(A1)",
        "-5",
        "데이터 = 힘",
    ];
    let place = landed(titles.iter().zip(1..).map(|(title, id)| {
        let mut record = record(id, title);
        record["company"]["detail"]["name"] = "=HYPERLINK(\"x\")".into();
        record
    }));
    let visit = Visit::to(&place);
    let csv = visit.get("/api/v1/postings.csv");
    assert!(csv.text().starts_with("\u{feff}id,"), "{}", csv.text());
    let mut reader = csv::Reader::from_reader(csv.body.as_slice());
    let names = reader.headers().expect("a header").clone();
    let rows: Vec<csv::StringRecord> = reader.records().map(|row| row.expect("a row")).collect();
    let column = |name: &str| -> Vec<String> {
        let at = names.iter().position(|found| found == name).expect(name);
        let mut column: Vec<String> = rows.iter().map(|row| row[at].to_owned()).collect();
        column.sort();
        column
    };
    let mut expected = titles.map(|title| match title {
        "-5" | "데이터 = 힘" => title.to_owned(),
        title => format!("'{title}"),
    });
    expected.sort();
    assert_eq!(column("title"), expected);
    assert_eq!(column("company")[0], "'=HYPERLINK(\"x\")");
    // Numbers stay numbers, about half of these are negative.
    let mut ids = place.query("select id from raw_data.recruits");
    ids.sort();
    assert!(ids[0].starts_with('-'), "{ids:?}");
    assert_eq!(column("id"), ids);
    // As in the list, provinces and districts stand apart.
    assert_eq!(column("provinces")[0], "경기; 서울");
    assert_eq!(column("districts")[0], "경기 가평군; 서울 강남구");

    let parquet = visit.get("/api/v1/postings.parquet");
    let file = bytes::Bytes::from(parquet.body);
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).expect("Parquet");
    let mut written = Vec::new();
    for batch in reader.build().expect("rows") {
        let batch = batch.expect("a batch");
        let column = batch.column_by_name("title").expect("titles");
        written.extend(
            column
                .as_string::<i32>()
                .iter()
                .flatten()
                .map(str::to_owned),
        );
    }
    let mut titles = titles.map(str::to_owned);
    titles.sort();
    written.sort();
    assert_eq!(written, titles);
}

/// Browsers take compressed answers.
#[test]
fn a_list_is_whole_however_it_is_sent() {
    let place = collected(1_000);
    let visit = Visit::to(&place);
    let total = visit.json("/api/v1/postings?limit=1")["total"].as_u64();
    let rows = place.query("select count(*) from raw_data.recruits");
    assert_eq!(total.map(|total| total.to_string()).as_ref(), rows.first());
    for (path, lines) in [
        ("/api/v1/postings.csv", total.expect("a total") as usize + 1),
        ("/api/v1/postings.csv?skill=nothing", 1),
    ] {
        let url = format!("{}{path}", visit.serving.url);
        let plain = visit.web.get(&url, &[]).body;
        assert_eq!(
            plain.iter().filter(|byte| **byte == b'\n').count(),
            lines,
            "{path}"
        );
        let packed = visit.web.get(&url, &[("accept-encoding", "br, gzip")]);
        assert_eq!(packed.header("content-encoding"), "gzip", "{path}");
        let mut unpacked = Vec::new();
        let mut decoder = flate2::read::GzDecoder::new(packed.body.as_slice());
        decoder.read_to_end(&mut unpacked).expect("gzip");
        assert_eq!(unpacked, plain, "{path}");
        // The file's own thread compresses with gzip alone; every browser takes it.
        let brotli = visit.web.get(&url, &[("accept-encoding", "br")]);
        assert_eq!(brotli.header("content-encoding"), "", "{path}");
        assert_eq!(brotli.body, plain, "{path}");
    }
    let parquet = visit.get("/api/v1/postings.parquet?sort=title&order=asc");
    let file = bytes::Bytes::from(parquet.body);
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).expect("Parquet");
    let batches = reader.build().expect("rows");
    let rows: usize = batches
        .map(|batch| batch.expect("a batch").num_rows())
        .sum();
    assert_eq!(Some(rows as u64), total);
}
