//! A served store with its own postings, and a client.

use serde_json::{Value, json};

use crate::program::{Place, Serving};
use crate::source::{Source, still};
use crate::web::{Answer, Web};

/// A record of the source with a given title.
pub fn record(id: u64, title: &str) -> Value {
    json!({
        "id": id.to_string(), "url": format!("https://example.org/jobs/{id}"), "active": 1,
        "company": {"detail": {"href": "", "name": "<b>회사</b>"}},
        "position": {
            "title": title,
            "industry": {"code": "301", "name": "솔루션·SI·ERP·CRM"},
            "location": {"code": "101010,102010", "name": "서울 &gt; 강남구,경기 &gt; 가평군"},
            "job-type": {"code": "1", "name": "정규직"},
            "job-mid-code": {"code": "2", "name": "IT개발·데이터"},
            "job-code": {"code": "83", "name": "데이터엔지니어"},
            "experience-level": {"code": 2, "min": 3, "max": 5, "name": "경력3~5년"},
            "required-education-level": {"code": "0", "name": "학력무관"}
        },
        "keyword": "", "salary": {"code": "0", "name": "회사내규에 따름"},
        "posting-timestamp": "1700000000", "modification-timestamp": "1700000000",
        "opening-timestamp": "1700000000", "expiration-timestamp": "1702000000",
        "expiration-date": "2023-12-08T10:46:40+0900", "posting-date": "2023-11-15T07:13:20+0900",
        "close-type": {"code": "1", "name": "접수마감일"},
        "read-cnt": "12", "apply-cnt": "3"
    })
}

pub fn collected(postings: u32) -> Place {
    collected_from(Source::start(still(postings)))
}

pub fn collected_from(source: Source) -> Place {
    let place = Place::new(&source.settings(""));
    place.run(&["run", "collect_postings"]).expect(0);
    place
}

/// A store with these records, built.
pub fn landed(records: impl IntoIterator<Item = Value>) -> Place {
    let place = Place::new("");
    let lines: String = records
        .into_iter()
        .map(|record| format!("{record}\n"))
        .collect();
    place.file("lines.jsonl", lines);
    place.run(&["land", "saramin", "lines.jsonl"]).expect(0);
    place.run(&["build"]).expect(0);
    place
}

/// A server over a store, and a client.
pub struct Visit {
    pub web: Web,
    pub serving: Serving,
}

impl Visit {
    pub fn to(place: &Place) -> Self {
        Self {
            web: Web::new(),
            serving: Serving::start(place),
        }
    }

    pub fn get(&self, path: &str) -> Answer {
        self.web.get(&format!("{}{path}", self.serving.url), &[])
    }

    #[track_caller]
    pub fn json(&self, path: &str) -> Value {
        let answer = self.get(path);
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer.json()
    }

    pub fn query(&self, options: &str, body: &str) -> Answer {
        let url = format!("{}/api/v1/query{options}", self.serving.url);
        self.web.post(&url, body)
    }
}
