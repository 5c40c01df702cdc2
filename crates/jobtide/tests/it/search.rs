//! The search for postings, and the SQL that explains it.

use serde_json::json;

use crate::visit::{Visit, landed, record};

/// The matches of searches with the words of `search.toml`, and titles that must not match; the same by
/// the SQL that explains them.
#[test]
fn a_search_finds_what_means_the_same_and_no_more() {
    let searches: &[(&str, &[&str], &[&str])] = &[
        (
            "ML",
            &[
                "ML Engineer",
                "AI/ML 연구",
                "머신러닝 연구원",
                "기계학습 개발",
            ],
            &["HTML 퍼블리셔", "MLOps"],
        ),
        (
            "머신러닝",
            &["ML Engineer", "머신러닝 연구원"],
            &["UML 설계"],
        ),
        (
            "AI",
            &["인공지능 연구원", "[AI] 모델러", "AI/ML 연구"],
            &["메일 서버", "EMAIL 발송", "RAID 관리"],
        ),
        (
            "자연어처리",
            &["NLP 연구원", "자연어 처리 전문가"],
            &["인공지능 연구원"],
        ),
        (
            "노드",
            &["Node.js 개발", "NodeJS 서버", "노드 개발"],
            &["Model 설계"],
        ),
        (
            "node",
            &["노드 개발", "NodeJS 서버", "노드JS"],
            &["Nodejet"],
        ),
        ("파이선", &["파이썬 개발", "Python 개발"], &[]),
        ("뷰", &["Vue.js 개발", "VueJS", "뷰티 MD"], &["Prevue"]),
        (
            "Vue",
            &["Vue.js 개발", "VueJS"],
            &["뷰티 MD", "인터뷰어", "Prevue"],
        ),
        ("장고", &["Django 개발", "냉장고 설계"], &["Python 개발"]),
        ("Django", &["Django 개발"], &["냉장고 설계"]),
        (
            "JS",
            &[
                "자바스크립트 개발",
                "Javascript 개발",
                "Node.js 개발",
                "JS코퍼레이션",
            ],
            &["NodeJS 서버"],
        ),
        (
            "자바스크립트",
            &["Javascript 개발"],
            &["JS코퍼레이션", "Node.js 개발"],
        ),
        (
            "TS",
            &["타입스크립트 개발", "TypeScript", "TS팀"],
            &["ATSens"],
        ),
        ("DB", &["데이터베이스 설계", "DB손해보험"], &["MariaDB"]),
        ("데이터베이스", &["데이터베이스 설계"], &["DB손해보험"]),
        ("깃", &["Git 관리"], &["Digital 마케터"]),
        ("git", &["Git 관리"], &["Digital 마케터"]),
        ("엑셀", &["Excel 사무", "엑셀러레이터"], &["Excellent 인재"]),
        (
            "excel",
            &["Excel 사무"],
            &["엑셀러레이터", "Excellent 인재"],
        ),
        (
            "R",
            &["R 개발", "R/Python 분석", "Python&R"],
            &["R&D 센터", "[R&D]"],
        ),
        ("R&D", &["R&D 센터", "[R&D]"], &["R 개발"]),
        ("D", &[], &["R&D 센터", "[R&D]", "Q&D&A"]),
        (
            "C",
            &["C&Java 개발", "Java&C"],
            &["C&C", "A&C 기획", "C# 개발"],
        ),
        ("씨샵", &["C# 개발"], &["C&C"]),
        (
            "스파크",
            &["Spark 개발", "PySpark 개발", "사이언스파크"],
            &[],
        ),
        ("spark", &["Spark 개발", "PySpark 개발"], &["사이언스파크"]),
        ("도커", &["Docker 운영"], &[]),
        ("카프카 하둡", &["Kafka/Hadoop 운영"], &["Docker 운영"]),
    ];
    let titles: std::collections::BTreeSet<&str> = searches
        .iter()
        .flat_map(|(_, found, not_found)| found.iter().chain(*not_found).copied())
        .collect();
    let place = landed(titles.iter().zip(1..).map(|(title, id)| {
        let mut record = record(id, title);
        // Keywords are searched too.
        record["position"]["job-code"] = json!({"code": "107", "name": "데이터시각화"});
        record
    }));
    let visit = Visit::to(&place);
    for (words, wanted, unwanted) in searches {
        let encoded: String = url::form_urlencoded::byte_serialize(words.as_bytes()).collect();
        let answer = visit.json(&format!("/api/v1/postings?limit=500&q={encoded}"));
        let rows = answer["rows"].as_array().expect("rows");
        let titles: Vec<&str> = rows
            .iter()
            .filter_map(|row| row["title"].as_str())
            .collect();
        for title in *wanted {
            assert!(
                titles.contains(title),
                "`{words}` misses {title}: {titles:?}"
            );
        }
        for title in *unwanted {
            assert!(!titles.contains(title), "`{words}` finds {title}");
        }
        let explained = visit.json(&format!("/api/v1/tiles/postings/explain?q={encoded}"));
        let sql = explained["sql"].as_str().expect("SQL");
        let count = place.query(sql);
        assert_eq!(count, [rows.len().to_string()], "`{words}`: {titles:?}");
    }
}
