//! Lists of postings as files: complete, for spreadsheets and for programs.

use std::io::Read as _;

use arrow_array::cast::AsArray as _;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::visit::{Visit, collected, landed, record};

/// The file is opened in a spreadsheet, which parses some texts as formulas.
#[test]
fn a_list_for_spreadsheets_holds_no_formula() {
    let titles = [
        "=1+1",
        "+82-2-000-0000",
        "-1+cmd|' /C calc'!A0",
        "@SUM(A1)",
        "-5",
        "데이터 = 힘",
        "＝1+1",
        "＠SUM(A1)",
    ];
    let place = landed(titles.iter().zip(1..).map(|(title, id)| {
        let mut record = record(id, title);
        record["company"]["detail"]["name"] = "=HYPERLINK(\"x\")".into();
        record
    }));
    let visit = Visit::to(&place);
    let csv = visit.get("/api/v1/postings.csv?lang=en");
    assert!(
        csv.text().starts_with("\u{feff}Title,Company,"),
        "{}",
        csv.text()
    );
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
    assert_eq!(column("Title"), expected);
    assert_eq!(column("Company")[0], "'=HYPERLINK(\"x\")");
    // As in the list, provinces and districts are separate columns.
    assert_eq!(column("Province")[0], "Gyeonggi; Seoul");
    assert_eq!(column("District")[0], "경기 가평군; 서울 강남구");

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

/// Names in the reader's language beside codes, and metadata that identify the file.
#[test]
fn a_list_says_what_it_is() {
    let place = landed([record(1, "데이터 엔지니어"), record(2, "데이터 엔지니어")]);
    let visit = Visit::to(&place);
    let asked = "role=de&province=%EC%84%9C%EC%9A%B8&from=2023-01-01";
    let read = |query: &str, headers: &[(&str, &str)]| {
        let url = format!("{}/api/v1/postings.csv?{asked}{query}", visit.serving.url);
        let answer = visit.web.get(&url, headers);
        let name = answer.header("content-disposition").to_owned();
        let text = answer.text();
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        (name, lines)
    };
    let korean = "\u{feff}제목,회사,직무,경력,최소 경력(년),학력,시·도,시·군·구,업종,세부 업종,기술·키워드,게시일,마감일,조회수,지원자 수,링크,직무 코드,공고 번호,출처,데이터 기준일,필터·빌드";
    let (name, lines) = read("&lang=ko", &[]);
    assert_eq!(lines[0], korean);
    assert_eq!(
        lines[1],
        "데이터 엔지니어,<b>회사</b>,데이터 직무; 데이터 엔지니어,경력,3,학력무관,경기; 서울,경기 가평군; 서울 강남구,IT·웹·통신,솔루션·SI·ERP·CRM,데이터엔지니어,2023-11-15,2023-12-08,12,3,https://example.org/jobs/1,datajob; de,1,사람인,2023-11-15,직무: 데이터 엔지니어; 시·도: 서울; 기간: 2023-01-01부터 · 빌드 1"
    );
    // The filters are in the first row only: one header row, and nothing above it.
    assert!(lines[2].ends_with(",사람인,2023-11-15,"), "{}", lines[2]);
    assert_eq!(lines.len(), 3);
    let encoded = "filename*=UTF-8''%EA%B3%B5%EA%B3%A0-%EB%B9%8C%EB%93%9C1-%EB%8D%B0%EC%9D%B4%ED%84%B0%20%EC%97%94%EC%A7%80%EB%8B%88%EC%96%B4-%EC%84%9C%EC%9A%B8-2023-01-01%EB%B6%80%ED%84%B0.csv";
    assert!(name.contains(encoded), "{name}");
    // The language of the reader, and English by default.
    let (_, lines) = read("", &[("accept-language", "ko-KR,ko;q=0.9,en;q=0.8")]);
    assert_eq!(lines[0], korean);
    let (name, lines) = read("", &[]);
    assert!(
        lines[0].starts_with("\u{feff}Title,Company,Role,"),
        "{}",
        lines[0]
    );
    assert!(
        lines[1].contains(",Experienced,3,Any education,Gyeonggi; Seoul,"),
        "{}",
        lines[1]
    );
    assert!(
        lines[1]
            .ends_with("Role: Data engineer; Province: Seoul; Period: since 2023-01-01 · Build 1"),
        "{}",
        lines[1]
    );
    assert!(
        name.contains("filename=\"postings-build1-Data engineer-Seoul-since 2023-01-01.csv\""),
        "{name}"
    );
    // A file for programs has the names of the API, codes, and neither a byte order mark nor
    // quoting.
    let (_, lines) = read("&raw=true", &[]);
    assert_eq!(
        lines[0],
        "id,source,posting_id,url,title,company,roles,industry_categories,industries,experience,education,provinces,districts,skills,posting_date,expiration_date,minimum_years,views,applications"
    );
    assert!(
        lines[1].contains(
            ",saramin,1,https://example.org/jobs/1,데이터 엔지니어,<b>회사</b>,datajob; de,"
        ),
        "{}",
        lines[1]
    );
    for refused in ["lang=fr", "raw=yes", "raw=true&raw=true"] {
        let answer = visit.get(&format!("/api/v1/postings.csv?{refused}"));
        assert_eq!(answer.error(400), "bad_value", "{refused}");
    }
}

/// Tables, too, are for spreadsheets unless `raw` is requested.
#[test]
fn a_table_for_programs_has_no_mark() {
    let place = landed([record(1, "데이터 엔지니어")]);
    let visit = Visit::to(&place);
    let table = "/api/v1/tables/visual_tables.top_keywords.csv";
    let text = |query: &str| visit.get(&format!("{table}{query}")).text();
    assert_eq!(text(""), "\u{feff}job_name,count\n데이터엔지니어,1\n");
    assert_eq!(text("?raw=true"), "job_name,count\n데이터엔지니어,1\n");
    assert_eq!(text("?raw=false"), text(""));
    assert_eq!(visit.get(&format!("{table}?raw=1")).error(400), "bad_value");
    let plain = place.run(&["query", "select '=1' as text", "--format", "csv"]);
    assert_eq!(plain.expect(0).stdout, "text\n=1\n");
}

/// Browsers accept compressed responses.
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
        // The file's own thread compresses with gzip alone; every browser accepts it.
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
