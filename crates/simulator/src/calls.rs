//! The response to one call: key, quota, parameters, faults, page. It produces bytes and does not
//! use sockets.

use std::time::Duration;

use crate::answer::{self, Page};
use crate::faults::{Drawn, Fault};
use crate::kst;
use crate::parameters::Parameters;
use crate::query;
use crate::request::Request;
use crate::simulator::Simulator;
use crate::unreadable::Unreadable;
use crate::xml;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Json,
    Xml,
}

/// How the bytes of a reply are transmitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wire {
    Whole,
    /// Nothing is sent.
    Reset,
    /// About half, then the connection is reset.
    ResetBody,
    /// About half, although `content-length` is that of the whole.
    Truncated,
}

pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) content_type: &'static str,
    pub(crate) body: Vec<u8>,
    pub(crate) retry_after: Option<u32>,
    pub(crate) delay: Option<Duration>,
    pub(crate) wire: Wire,
}

impl Reply {
    fn new(status: u16, content_type: &'static str, body: Vec<u8>) -> Self {
        Self {
            status,
            content_type,
            body,
            retry_after: None,
            delay: None,
            wire: Wire::Whole,
        }
    }
}

const JSON: &str = "application/json;charset=UTF-8";
const XML: &str = "application/xml;charset=UTF-8";
const HTML: &str = "text/html;charset=UTF-8";

const MAINTENANCE: &str = "<!DOCTYPE html>\n<html lang=\"ko\"><head><meta charset=\"utf-8\"><title>서비스 점검 안내</title></head>\n<body><h1>서비스 점검 중입니다.</h1><p>잠시 후 다시 이용해 주세요.</p></body></html>\n";
const GATEWAY: &str = "<html>\n<head><title>502 Bad Gateway</title></head>\n<body><center><h1>502 Bad Gateway</h1></center></body>\n</html>\n";

/// Computes the reply to one call. `query` is the raw query string.
pub(crate) fn answer(simulator: &Simulator, query: &str, format: Format) -> Reply {
    let options = simulator.options();
    let parameters = Parameters::parse(query);
    let refuse = |code: u16, message: &str| {
        *simulator
            .traffic()
            .counters
            .refused
            .entry(code)
            .or_default() += 1;
        error(options.error_status, format, code, message)
    };

    simulator.traffic().counters.calls += 1;
    let key = match parameters.access_key() {
        None => return refuse(1, "Missing access-key"),
        Some(key)
            if options
                .access_key
                .as_deref()
                .is_some_and(|known| known != key) =>
        {
            return refuse(2, "Invalid access-key");
        }
        Some(key) => key,
    };
    if let Some(limit) = options.daily_quota {
        let today = kst::day(options.clock.now().as_second());
        let left = simulator.traffic().quota.take(key, limit, today);
        if !left {
            return refuse(4, "Daily request limit exceeded");
        }
    }
    let (content, now) = simulator.content();
    let request = match Request::read(&parameters, now) {
        Ok(request) => request,
        Err(invalid) => return refuse(3, &invalid.to_string()),
    };
    let drawn = {
        let traffic = &mut *simulator.traffic();
        let drawn = (traffic.attempts)
            .draw(&options.faults, options.seed, &parameters.timeless())
            // There is no page before the first.
            .filter(|drawn| drawn.fault != Fault::Shift || request.start > 0);
        if let Some(drawn) = drawn {
            *traffic.counters.faults.entry(drawn.fault).or_default() += 1;
        }
        drawn
    };
    if let Some(reply) = drawn.and_then(|drawn| instead(simulator, drawn, format)) {
        return reply;
    }

    let store = &content.store;
    let matches = query::find(store, simulator.cache(), &request.filter, request.sort, now);
    let skip = request.start.saturating_mul(request.count);
    let mut page = Page {
        total: Some(matches.len()),
        start: request.start,
        rows: matches.page(skip, request.count),
        spoiled: None,
    };
    let spoilt = |unreadable: &&Unreadable| unreadable.spoils(&request, store, &page.rows);
    let drawn = drawn.or_else(|| {
        let unreadable = options.unreadable.iter().find(spoilt)?;
        let fault = unreadable.fault;
        let counted = &mut simulator.traffic().counters.faults;
        *counted.entry(fault).or_default() += 1;
        Some(Drawn { fault, bits: 0 })
    });
    if let Some(reply) = drawn.and_then(|drawn| instead(simulator, drawn, format)) {
        return reply;
    }
    match drawn {
        None => {
            let counters = &mut simulator.traffic().counters;
            counters.pages += 1;
            counters.rows += page.rows.len() as u64;
        }
        Some(Drawn { fault, bits }) => match fault {
            Fault::Shift if !page.rows.is_empty() && skip > 0 => {
                page.rows.splice(0..0, matches.page(skip - 1, 1));
            }
            Fault::Total => page.total = Some(wrong_total(matches.len(), bits)),
            Fault::Shape => page.total = None,
            Fault::Values => page.spoiled = Some(bits),
            _ => {}
        },
    }
    let (content_type, body) = match format {
        Format::Json => (JSON, answer::page(store, &page, request.fields, now)),
        Format::Xml => (XML, xml::page(store, &page, request.fields, now)),
    };
    let mut reply = Reply::new(200, content_type, body);
    match drawn.map(|drawn| drawn.fault) {
        Some(Fault::Timeout) => reply.delay = Some(options.faults.delay),
        Some(Fault::Reset) => reply.wire = Wire::Reset,
        Some(Fault::ResetBody) => reply.wire = Wire::ResetBody,
        Some(Fault::Truncated) => reply.wire = Wire::Truncated,
        Some(Fault::Cut) => reply.body.truncate(reply.body.len() * 2 / 3),
        _ => {}
    }
    reply
}

/// The reply of a fault that does not depend on the request.
fn instead(simulator: &Simulator, drawn: Drawn, format: Format) -> Option<Reply> {
    let reply = match drawn.fault {
        Fault::Html => Reply::new(200, HTML, MAINTENANCE.into()),
        Fault::Maintenance => Reply::new(503, HTML, MAINTENANCE.into()),
        Fault::Http500 => Reply::new(500, HTML, b"Internal Server Error".to_vec()),
        Fault::Http502 => Reply::new(502, HTML, GATEWAY.into()),
        Fault::Code99 => error(simulator.options().error_status, format, 99, "Server error"),
        Fault::TooMany | Fault::TooManyBare => Reply {
            retry_after: (drawn.fault == Fault::TooMany).then_some(1),
            ..Reply::new(429, HTML, b"Too Many Requests".to_vec())
        },
        // A third of the wrong shapes is the page without its total.
        Fault::Shape => match (drawn.bits % 3, format) {
            (0, Format::Json) => Reply::new(200, JSON, br#"{"jobs":null}"#.to_vec()),
            (1, Format::Json) => Reply::new(200, JSON, b"[]".to_vec()),
            (2, _) => return None,
            (_, Format::Xml) => Reply::new(200, XML, b"<job-search/>".to_vec()),
            (_, Format::Json) => return None,
        },
        Fault::Timeout
        | Fault::Reset
        | Fault::ResetBody
        | Fault::Truncated
        | Fault::Cut
        | Fault::Total
        | Fault::Shift
        | Fault::Values => return None,
    };
    Some(reply)
}

/// A wrong total.
fn wrong_total(total: u64, bits: u64) -> u64 {
    if total > 0 && bits.is_multiple_of(2) {
        total / 2
    } else {
        total + 1 + bits % 500
    }
}

fn error(status: u16, format: Format, code: u16, message: &str) -> Reply {
    match format {
        Format::Json => Reply::new(status, JSON, answer::error(code, message)),
        Format::Xml => Reply::new(status, XML, xml::error(code, message)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Faults, Options};

    #[test]
    fn a_timeout_waits_for_the_configured_time() {
        let options = |faults| Options {
            postings: 30,
            faults,
            ..Options::default()
        };
        let reply = |faults| {
            let simulator = Simulator::new(options(faults)).expect("valid options");
            answer(&simulator, "access-key=a", Format::Json)
        };
        let mut faults = Faults::only(Fault::Timeout, 1.0);
        faults.delay = Duration::from_secs(90);
        let late = reply(faults);
        assert_eq!(late.delay, Some(Duration::from_secs(90)));
        let prompt = reply(Faults::default());
        assert_eq!((prompt.delay, prompt.body), (None, late.body));
    }
}
