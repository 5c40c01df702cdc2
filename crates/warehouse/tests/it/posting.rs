//! Postings as the API sends them.

use serde_json::{Value, json};

use crate::world::Body;

/// 2023-06-01T00:00:00Z
pub const JUNE: i64 = 1_685_577_600;

/// A posting of a data engineer in Seoul, unless a test says otherwise.
#[derive(Debug, Clone)]
pub struct Posting {
    pub id: u32,
    pub title: String,
    pub active: i64,
    pub industry: String,
    pub location: String,
    pub job_type: String,
    pub keywords: String,
    pub experience: i64,
    pub close_type: String,
    /// Days after [`JUNE`].
    pub posted: i64,
    /// Days after [`JUNE`]; `None` leaves the time out.
    pub modified: Option<i64>,
    pub views: u32,
}

impl Posting {
    pub fn new(id: u32) -> Self {
        Self {
            id,
            title: format!("데이터 엔지니어 {id}"),
            active: 1,
            industry: "301".to_owned(),
            location: "101010".to_owned(),
            job_type: "1".to_owned(),
            keywords: "83,84".to_owned(),
            experience: 2,
            close_type: "1".to_owned(),
            posted: 0,
            modified: Some(0),
            views: 0,
        }
    }

    pub fn json(&self) -> Value {
        let day = |days: i64| (JUNE + days * 86_400).to_string();
        let mut record = json!({
            "url": format!("http://www.saramin.co.kr/zf_user/jobs/relay/view?rec_idx={}", self.id),
            "active": self.active,
            "company": {"detail": {"name": "한빛&amp;데이터"}},
            "position": {
                "title": self.title,
                "industry": {"code": self.industry, "name": "x"},
                "location": {"code": self.location, "name": "서울 &gt; 강남구"},
                "job-type": {"code": self.job_type, "name": "x"},
                "industry-keyword-code": "30101|30102",
                "job-mid-code": {"code": "2", "name": "x"},
                "job-code": {"code": self.keywords, "name": "x"},
                "job-code-keyword-code": self.keywords,
                "experience-level": {"code": self.experience, "min": 0, "max": 0, "name": "x"},
                "required-education-level": {"code": "8", "name": "x"},
            },
            "keyword": "데이터",
            "salary": {"code": "99", "name": "x"},
            "id": self.id.to_string(),
            "posting-timestamp": day(self.posted),
            "opening-timestamp": day(self.posted),
            "expiration-timestamp": day(self.posted + 20),
            "close-type": {"code": self.close_type, "name": "x"},
            "read-cnt": self.views.to_string(),
            "apply-cnt": "0",
        });
        if let Some(modified) = self.modified {
            record["modification-timestamp"] = day(modified).into();
        }
        record
    }
}

/// One page of the API with these records, counted as the collector counts them.
pub fn page(records: &[Value]) -> Body {
    let page = json!({"jobs": {
        "count": records.len(),
        "start": 0,
        "total": records.len().to_string(),
        "job": records,
    }});
    Body::document(page.to_string()).counted(records.len() as u64)
}

/// A page of postings with these numbers.
pub fn postings(ids: std::ops::RangeInclusive<u32>) -> Body {
    let records: Vec<Value> = ids.map(|id| Posting::new(id).json()).collect();
    page(&records)
}
