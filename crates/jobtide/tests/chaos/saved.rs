//! Saved postings, as a user lands them.

use std::ops::Range;

use serde_json::json;

/// 2023-06-01T00:00:00Z
const JUNE: i64 = 1_685_577_600;

/// Postings with these numbers, one a line.
pub fn lines(ids: Range<u32>) -> String {
    ids.map(line).collect()
}

fn line(id: u32) -> String {
    let day = |days: u32| (JUNE + i64::from(days) * 86_400).to_string();
    let number = id % 30;
    let title = ["데이터 엔지니어", "데이터분석가", "백엔드 개발자"][id as usize % 3];
    let place = ["101010", "102180", "106010"][id as usize % 3];
    let record = json!({
        "url": format!("http://www.saramin.co.kr/zf_user/jobs/relay/view?rec_idx={id}"),
        "active": 1,
        "company": {"detail": {"name": format!("회사 {number}")}},
        "position": {
            "title": title,
            "industry": {"code": "301", "name": "x"},
            "location": {"code": place, "name": "x"},
            "job-type": {"code": "1", "name": "x"},
            "industry-keyword-code": "30101|30102",
            "job-mid-code": {"code": "2", "name": "x"},
            "job-code": {"code": "83,84", "name": "x"},
            "job-code-keyword-code": "83,84",
            "experience-level": {"code": id % 4, "min": 0, "max": 0, "name": "x"},
            "required-education-level": {"code": "8", "name": "x"},
        },
        "keyword": "데이터",
        "salary": {"code": "99", "name": "x"},
        "id": id.to_string(),
        "posting-timestamp": day(number),
        "opening-timestamp": day(number),
        "modification-timestamp": day(number),
        "expiration-timestamp": day(number + 20),
        "close-type": {"code": "1", "name": "x"},
        "read-cnt": "3",
        "apply-cnt": "0",
    });
    format!("{record}\n")
}
