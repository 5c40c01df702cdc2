//! Reading one list to its end, page by page.

use std::collections::HashSet;
use std::sync::atomic::Ordering;

use landing::{NewBody, Part};
use url::Url;

use super::parts::Planned;
use super::{Poll, origin};
use crate::answer::RecordId;
use crate::client::{Answered, Ask, Failed, Received, Validators};
use crate::source::{Auth, Empty, Method, Paginator};
use crate::{Stop, WindowError, link};

/// A list that was read.
pub(super) enum Got {
    Complete(Whole),
    /// It is as it was; `before` names the window that holds it.
    Unchanged {
        before: Box<Part>,
        generated: bool,
    },
}

/// A complete list.
pub(super) struct Whole {
    pub total: Option<u64>,
    pub records: u64,
    pub distinct: u64,
    pub generated: bool,
    /// Of its only body.
    pub sha256: Option<String>,
    pub validators: Validators,
}

/// Why a list was not read.
pub(super) enum Lost {
    /// The source does not know it.
    Unknown(String),
    Failed {
        reason: String,
        transient: bool,
    },
    /// The poll ends.
    Stop(Stop),
}

impl From<landing::Error> for Lost {
    fn from(error: landing::Error) -> Self {
        Self::Stop(Stop::Landing(error))
    }
}

fn failed(reason: impl Into<String>) -> Lost {
    Lost::Failed {
        reason: reason.into(),
        transient: false,
    }
}

/// A list to be read.
pub(super) struct List<'a> {
    poll: &'a Poll<'a>,
    planned: &'a Planned,
    attempts: u32,
}

/// What was read of a list so far.
#[derive(Default)]
struct Pages {
    pages: u64,
    /// As the first page states it.
    total: Option<u64>,
    /// The total of a later page that states another.
    other_total: Option<u64>,
    records: u64,
    seen: HashSet<RecordId>,
    /// Numbers of the bodies.
    numbers: Vec<u32>,
    generated: bool,
    validators: Validators,
    /// Tokens and URLs that were followed.
    followed: HashSet<String>,
}

/// Where the next page is.
enum Next {
    Number(u64),
    Token(String),
    Url { url: Url, is_foreign: bool },
}

impl<'a> List<'a> {
    pub fn new(poll: &'a Poll<'a>, planned: &'a Planned, attempts: u32) -> Self {
        Self {
            poll,
            planned,
            attempts,
        }
    }

    /// Reads it until it is as long as the source says. Of what is not, no body is kept.
    pub async fn read(&self) -> Result<Got, Lost> {
        let lists = &self.poll.poller.lists;
        let mut pass = 1;
        loop {
            let mut pages = Pages::default();
            let read = self.pass(&mut pages).await;
            let (lost, again) = match read {
                Ok(Some(got)) => {
                    self.discard(&pages).await?;
                    return Ok(got);
                }
                Ok(None) => match self.judge(&pages) {
                    Ok(()) => return self.whole(pages).await,
                    Err((lost, again)) => (lost, again),
                },
                Err(lost) => (lost, false),
            };
            self.discard(&pages).await?;
            if !again || pass >= lists.passes {
                return Err(lost);
            }
            pass += 1;
        }
    }

    /// Reads all pages; returns early if the list is unchanged.
    async fn pass(&self, pages: &mut Pages) -> Result<Option<Got>, Lost> {
        let poller = self.poll.poller;
        let mut next = None;
        loop {
            if pages.pages >= poller.lists.max_pages {
                let most = poller.lists.max_pages;
                return Err(failed(format!("it has more than {most} pages")));
            }
            let (ask, url) = self.ask(pages, next.as_ref())?;
            let before = self
                .before()
                .filter(|_| !ask.validators.is_empty())
                .cloned();
            let received = match poller.client.answered(ask).await {
                Ok(Answered::Page(received)) => received,
                Ok(Answered::Unchanged { generated }) => {
                    let Some(before) = before else {
                        return Err(failed("HTTP status 304 without a version to compare with"));
                    };
                    return Ok(Some(Got::Unchanged {
                        before: before.into(),
                        generated,
                    }));
                }
                Err(lost) => return Err(self.lost(lost, pages.pages)),
            };
            let is_over = self.add(pages, &received).await?;
            if is_over {
                return Ok(None);
            }
            next = self.next(pages, &received, &url)?;
            if next.is_none() {
                return Ok(None);
            }
        }
    }

    /// The last reading, where a list is one response.
    fn before(&self) -> Option<&Part> {
        match self.poll.poller.source.paginator {
            Paginator::None => self.poll.earlier.last(&self.planned.name),
            _ => None,
        }
    }

    fn ask(&self, pages: &Pages, next: Option<&Next>) -> Result<(Ask, Url), Lost> {
        let poller = self.poll.poller;
        let paginator = &poller.source.paginator;
        let own = poller.client.url(&self.planned.values).map_err(failed)?;
        if let Some(Next::Url { url, is_foreign }) = next {
            let ask = Ask {
                url: Some(url.clone()),
                is_foreign: *is_foreign,
                values: self.planned.values.clone(),
                page: pages.pages,
                attempts: self.attempts,
                total: pages.total,
                is_alone: true,
                ..Ask::default()
            };
            return Ok((ask, url.clone()));
        }
        let sent = &poller.query.sent;
        let mut parameters: Vec<(String, String)> = sent.clone().into_iter().collect();
        for (name, text) in &poller.lists.send {
            parameters.push((name.clone(), self.planned.values.fill(text)));
        }
        let size = poller.query.page_size.or(paginator.size());
        if let (Some(parameter), Some(size)) = (paginator.size_parameter(), size) {
            parameters.push((parameter.to_owned(), size.to_string()));
        }
        let place = match (next, paginator) {
            (Some(Next::Token(token)), _) => Some(token.clone()),
            (Some(Next::Number(number)), _) => Some(number.to_string()),
            (_, Paginator::Page { first_page, .. }) => Some(first_page.to_string()),
            (_, Paginator::Offset { .. }) => Some("0".to_owned()),
            _ => None,
        };
        if let (Some(parameter), Some(place)) = (paginator.place_parameter(), place) {
            parameters.push((parameter.to_owned(), place));
        }
        // Of a POST, a condition says nothing about the list.
        let is_get = poller.source.endpoint.method == Method::Get;
        let validators = match self.before().filter(|_| is_get) {
            Some(before) => Validators {
                etag: before.etag.clone(),
                last_modified: before.last_modified.clone(),
            },
            None => Validators::default(),
        };
        let ask = Ask {
            url: Some(own.clone()),
            is_foreign: false,
            values: self.planned.values.clone(),
            validators,
            is_alone: true,
            parameters,
            page: pages.pages,
            attempts: self.attempts,
            total: pages.total,
        };
        Ok((ask, own))
    }

    /// Stores a page; returns whether the list ends with it.
    async fn add(&self, pages: &mut Pages, received: &Received) -> Result<bool, Lost> {
        let poll = self.poll;
        let (source, lists) = (&poll.poller.source, &poll.poller.lists);
        let parsed = &received.parsed;
        let landing = &poll.poller.landing;
        landing.check_origin(origin(received.generated)).await?;
        let count = parsed.ids.len() as u64;
        let known = pages.seen.len();
        pages.seen.extend(parsed.ids.iter().cloned());
        let is_new = pages.seen.len() > known;
        pages.records += count;
        if pages.records > lists.max_records {
            let most = lists.max_records;
            return Err(failed(format!("it has more than {most} records")));
        }
        pages.generated |= received.generated;
        pages.validators = received.validators.clone();
        if lists.total.is_some() {
            let first = *pages.total.get_or_insert(parsed.total);
            pages.other_total = Some(parsed.total).filter(|total| *total != first);
        }
        pages.pages += 1;
        // An empty page behind others proves the end, and holds nothing to keep.
        if count > 0 || pages.pages == 1 {
            let number = poll.numbers.fetch_add(1, Ordering::Relaxed);
            let body = NewBody {
                bytes: received.body.clone(),
                format: received.format,
                records: Some(count),
                received_at: received.received_at,
                name: None,
                part: Some(self.planned.name.clone()),
            };
            pages.numbers.push(number);
            poll.writer.put(number, body).await?;
        }
        if pages.other_total.is_some() {
            return Ok(true);
        }
        let is_numbered = matches!(
            source.paginator,
            Paginator::Page { .. } | Paginator::Offset { .. }
        );
        if !is_numbered {
            return Ok(false);
        }
        let all = pages
            .total
            .is_some_and(|total| pages.seen.len() as u64 >= total);
        if count == 0 || all {
            return Ok(true);
        }
        if !is_new {
            let parameter = source.paginator.place_parameter().unwrap_or_default();
            return Err(failed(format!(
                "a page repeats records of earlier ones: the source may ignore `{parameter}`"
            )));
        }
        Ok(false)
    }

    fn next(
        &self,
        pages: &mut Pages,
        received: &Received,
        url: &Url,
    ) -> Result<Option<Next>, Lost> {
        let next = received.parsed.next.clone();
        Ok(match &self.poll.poller.source.paginator {
            Paginator::None => None,
            Paginator::Page { first_page, .. } => {
                Some(Next::Number(first_page.saturating_add(pages.pages)))
            }
            // By what was read: a source may send fewer records than were requested.
            Paginator::Offset { .. } => Some(Next::Number(pages.records)),
            Paginator::Cursor { .. } => match next {
                Some(token) if !pages.followed.insert(token.clone()) => {
                    return Err(failed(
                        "the source sends a cursor a second time: the list has no end",
                    ));
                }
                next => next.map(Next::Token),
            },
            Paginator::Link {
                next: path,
                origins,
                ..
            } => {
                let target = match path {
                    Some(_) => next,
                    None => link::next(&received.links).map_err(failed)?,
                };
                let Some(target) = target else {
                    return Ok(None);
                };
                // A link back to the first page is a loop too.
                pages.followed.insert(url.to_string());
                let own = self
                    .poll
                    .poller
                    .client
                    .url(&self.planned.values)
                    .map_err(failed)?;
                let (url, is_foreign) =
                    link::resolve(url, &own, &target, origins).map_err(failed)?;
                if !pages.followed.insert(url.to_string()) {
                    return Err(failed(
                        "the source links to a page a second time: the list has no end",
                    ));
                }
                Some(Next::Url { url, is_foreign })
            }
        })
    }

    /// Whether what was read is the whole list; if not, whether another reading may be.
    fn judge(&self, pages: &Pages) -> Result<(), (Lost, bool)> {
        let distinct = pages.seen.len() as u64;
        // Records moved between the pages: one may have been skipped.
        if let (Some(first), Some(other)) = (pages.total, pages.other_total) {
            let reason = format!(
                "the list changed while it was read: its total was {first}, and then {other}"
            );
            return Err((failed(reason), true));
        }
        // The same record on two pages may be in the place of another.
        let is_one_body = pages.numbers.len() == 1;
        if let Some(total) = pages.total
            && total != distinct
            && !(is_one_body && total == pages.records)
        {
            let reason = format!(
                "the source reports a total of {total} records and sent {distinct} distinct ones"
            );
            return Err((failed(reason), true));
        }
        if distinct == 0 && self.poll.poller.lists.empty == Empty::Failed {
            let reason =
                "a list without records, which the source also sends for what it does not know";
            return Err((failed(reason), false));
        }
        Ok(())
    }

    async fn whole(&self, pages: Pages) -> Result<Got, Lost> {
        let sha256 = match pages.numbers.as_slice() {
            [one] => self.poll.writer.sha256(*one),
            _ => None,
        };
        // Servers without validators send the same bytes.
        if let (Some(before), Some(sha256)) = (self.poll.earlier.last(&self.planned.name), &sha256)
            && before.sha256.as_ref() == Some(sha256)
        {
            self.discard(&pages).await?;
            let before = Part {
                etag: pages.validators.etag,
                last_modified: pages.validators.last_modified,
                ..before.clone()
            };
            return Ok(Got::Unchanged {
                before: before.into(),
                generated: pages.generated,
            });
        }
        Ok(Got::Complete(Whole {
            total: pages.total,
            records: pages.records,
            distinct: pages.seen.len() as u64,
            generated: pages.generated,
            sha256,
            validators: pages.validators,
        }))
    }

    /// Removes what was stored of it.
    async fn discard(&self, pages: &Pages) -> Result<(), Lost> {
        for number in &pages.numbers {
            self.poll.writer.remove(*number).await?;
        }
        Ok(())
    }

    /// What a failed request says about the list, of which `pages` were read.
    fn lost(&self, lost: Failed, pages: u64) -> Lost {
        let poller = self.poll.poller;
        match lost {
            Failed::Window(WindowError::Page { fault, .. }) => Lost::Failed {
                transient: fault.is_of_the_source(),
                reason: fault.to_string(),
            },
            Failed::Window(other) => failed(other.to_string()),
            Failed::Stop(Stop::Refused { status, message })
                if poller.lists.unknown.contains(&status) && pages == 0 =>
            {
                Lost::Unknown(format!(
                    "the source does not know it (HTTP status {status}{message})"
                ))
            }
            // With a key it is the key that is refused, unless it was accepted for another list.
            Failed::Stop(Stop::Refused { status, message })
                if !matches!(status, 401 | 403 | 407)
                    || poller.source.auth == Auth::None
                    || (status != 407 && self.poll.has_read.load(Ordering::Relaxed)) =>
            {
                failed(format!("refused with HTTP status {status}{message}"))
            }
            Failed::Stop(Stop::Request {
                code,
                meaning,
                message,
            }) => failed(format!("{meaning} (error {code}: {message})")),
            Failed::Stop(stop) => Lost::Stop(stop),
        }
    }
}
