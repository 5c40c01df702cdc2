//! Claims of runs: a lease for each dag and interval, `state/leases/runs/<dag>/<from>-<to>`.
//!
//! - The lease of a scheduled interval is released with a note of how its run ended: it is the record by
//!   which no other instance runs the interval again. The note is durable before the run counts as ended
//!   for the instance that ran it.
//! - An interval whose run succeeded, or was incomplete, is never run again by a schedule. One whose run
//!   failed or was cancelled is that instance's to retry, and anybody's who asks for it: it is over for
//!   the schedules of the others.
//! - A lease that its holder neither renews nor releases is taken over, and the interval runs again from
//!   its beginning.
//! - The last [`KEPT`] leases of a dag are kept. Before older ones are removed, the last scheduled interval
//!   among them is noted: up to it, all scheduled intervals that have no lease are over.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use kernel::{Clock, Interval, hex};
use landing::{Landing, sealed};
use lease::{Acquired, Held, Holder, Leases};
use object_store::PutMode;
use object_store::path::Path;
use orchestrator::{
    Claim, ClaimError, Claimed, Claims, DagName, RunId, RunOutcome, RunRequest, Trigger, Wanted,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tokio::sync::Mutex;

use crate::Error;

/// The folder of all leases.
const LEASES: &str = "state/leases";

/// The leases of runs below it.
const RUNS: &str = "runs";

/// What is claimed where a schedule starts a run that is for no interval.
const DUE: &str = "due";

/// The lease whose note is the last scheduled interval of those whose leases were removed.
const REMOVED: &str = "removed";

/// The leases of a dag that are kept, at least.
const KEPT: usize = 500;

/// More than that before old ones are removed, and how many are at a time.
const AT_ONCE: usize = 50;

/// The record of a run that has ended.
#[derive(Debug, Serialize, Deserialize)]
struct Note {
    run: String,
    /// A word of [`RunOutcome`].
    outcome: String,
    instance: String,
    at: Timestamp,
}

/// The claims of the instances on a store.
pub struct StoreClaims {
    landing: Landing,
    leases: Arc<Leases>,
    instance: String,
    clock: Arc<dyn Clock>,
}

impl StoreClaims {
    /// Claims of this holder, each for `length` unless it is renewed. Where several processes have one
    /// state, the queue in it keeps them apart, and they are one holder.
    pub fn new(landing: Landing, holder: Holder, length: Duration, clock: Arc<dyn Clock>) -> Self {
        let instance = holder.name.clone();
        let (store, folder) = (landing.store().clone(), Path::from(LEASES));
        let leases = Leases::new(store, folder, holder, length, clock.clone());
        Self {
            landing,
            leases: Arc::new(leases.durable(sealed(PutMode::Create))),
            instance,
            clock,
        }
    }

    async fn try_claim(&self, wanted: &Wanted) -> Result<Claimed, Error> {
        self.landing.claim().await?;
        let name = name(&wanted.dag, &wanted.request);
        match self.leases.state(&name).await {
            Ok(Some(state)) if state.released => {
                if let Some(note) = over(state.note.as_deref(), wanted) {
                    return Ok(Claimed::Ended { note });
                }
            }
            Ok(Some(_)) => {}
            Ok(None) => {
                if self.was_long_ago(wanted).await? {
                    let note = "it is older than all runs that the store knows of".to_owned();
                    return Ok(Claimed::Ended { note });
                }
            }
            // Whoever wrote it is gone by the time that it can be acquired.
            Err(lease::Error::Damaged { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        let began = self.moment();
        let held = match self.leases.acquire(&name).await? {
            Acquired::Held(held) => held,
            Acquired::Taken(taken) => {
                return Ok(Claimed::Elsewhere {
                    by: taken.by,
                    again_in: taken.free_in.min(self.leases.length() / 3),
                    free_in: taken.free_in,
                });
            }
        };
        // Another instance may have run it in between.
        if let Some(note) = over(held.note(), wanted) {
            held.release().await?;
            return Ok(Claimed::Ended { note });
        }
        tokio::spawn(held.keep());
        Ok(Claimed::Held(Arc::new(StoreClaim {
            landing: self.landing.clone(),
            leases: self.leases.clone(),
            checked: Mutex::new(began),
            held,
            dag: wanted.dag.clone(),
            is_scheduled: is_scheduled(wanted),
            instance: self.instance.clone(),
            clock: self.clock.clone(),
        })))
    }

    /// Whether a scheduled interval that has no lease is one of those whose leases were removed.
    async fn was_long_ago(&self, wanted: &Wanted) -> Result<bool, Error> {
        let Some(interval) = wanted.request.interval else {
            return Ok(false);
        };
        if !is_scheduled(wanted) || wanted.run.is_some() {
            return Ok(false);
        }
        let removed = self.leases.state(&removed(&wanted.dag)).await?;
        let last = removed.and_then(|removed| removed.note);
        Ok(last.is_some_and(|last| written(interval) <= last))
    }

    fn moment(&self) -> (Duration, Timestamp) {
        (self.clock.monotonic(), self.clock.now())
    }
}

#[async_trait]
impl Claims for StoreClaims {
    async fn claim(&self, wanted: &Wanted) -> Result<Claimed, ClaimError> {
        self.try_claim(wanted).await.map_err(unknown)
    }
}

struct StoreClaim {
    landing: Landing,
    leases: Arc<Leases>,
    held: Held,
    dag: DagName,
    is_scheduled: bool,
    instance: String,
    clock: Arc<dyn Clock>,
    /// When it was known to be ours, by the monotonic and the calendar clock.
    checked: Mutex<(Duration, Timestamp)>,
}

impl StoreClaim {
    async fn tidy(&self) {
        if let Err(error) = self.remove_old().await {
            tracing::debug!(dag = %self.dag, %error, "old leases are not removed yet");
        }
    }

    /// Removes the oldest leases of the dag that are over. What fails is tried again after another run.
    async fn remove_old(&self) -> Result<(), Error> {
        let names = intervals(&self.landing, &self.dag).await?;
        if names.len() < KEPT + AT_ONCE {
            return Ok(());
        }
        let (mut over, mut last) = (Vec::new(), None);
        for interval in &names[..names.len() - KEPT] {
            let name = format!("{RUNS}/{}/{interval}", self.dag);
            // The others are somebody's who was killed, and may come back.
            if let Some(state) = self.leases.state(&name).await?
                && state.released
            {
                if state.note.is_some() {
                    last = Some(interval);
                }
                over.push(name);
            }
            if over.len() == AT_ONCE {
                break;
            }
        }
        if let Some(last) = last
            && !self.note_removed(last).await?
        {
            return Ok(());
        }
        for name in over {
            match self.leases.forget(&name).await {
                Ok(()) | Err(lease::Error::Held(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Notes that the leases of scheduled intervals up to this one are removed; `false` where another
    /// process does the same.
    async fn note_removed(&self, last: &str) -> Result<bool, Error> {
        let Acquired::Held(held) = self.leases.acquire(&removed(&self.dag)).await? else {
            return Ok(false);
        };
        let last = match held.note() {
            Some(noted) if noted > last => noted.to_owned(),
            _ => last.to_owned(),
        };
        held.release_with(&last).await?;
        Ok(true)
    }
}

#[async_trait]
impl Claim for StoreClaim {
    async fn check(&self) -> Result<(), ClaimError> {
        let mut checked = self.checked.lock().await;
        let now = (self.clock.monotonic(), self.clock.now());
        // The monotonic clock stands still while some machines sleep, and the other one may be set.
        let passed = now.0.saturating_sub(checked.0);
        let by_calendar = Duration::try_from(now.1.duration_since(checked.1).abs());
        let recently = passed.max(by_calendar.unwrap_or(Duration::MAX)) < self.leases.length() / 4;
        if recently && !self.held.is_lost() {
            return Ok(());
        }
        self.held.check().await.map_err(of_lease)?;
        *checked = now;
        Ok(())
    }

    async fn lost(&self) {
        loop {
            self.held.lost().await;
            // It may only have taken long to renew it.
            match self.held.check().await {
                Ok(_) => {}
                Err(lease::Error::Lost { .. }) => return,
                Err(_) => self.clock.sleep(self.leases.length() / 3).await,
            }
        }
    }

    async fn end(&self, run: &RunId, outcome: RunOutcome) -> Result<(), ClaimError> {
        if !self.is_scheduled {
            self.held.release().await.map_err(of_lease)?;
            self.tidy().await;
            return Ok(());
        }
        let note = Note {
            run: run.to_string(),
            outcome: outcome.to_string(),
            instance: self.instance.clone(),
            at: self.clock.now(),
        };
        let note = serde_json::to_string(&note).map_err(|error| unknown(Box::new(error)))?;
        self.held.release_with(&note).await.map_err(of_lease)?;
        self.tidy().await;
        Ok(())
    }

    async fn give_up(&self) {
        if let Err(error) = self.held.release().await {
            tracing::debug!(dag = %self.dag, %error, "a claim is not released; it expires");
        }
    }
}

/// Why an interval is not to run, by what was left of an earlier run.
fn over(note: Option<&str>, wanted: &Wanted) -> Option<String> {
    if !is_scheduled(wanted) {
        return None;
    }
    // A note that cannot be read is of another version: it is a note of an end.
    let Ok(note) = serde_json::from_str::<Note>(note?) else {
        return Some("it has ended elsewhere; how is not known here".to_owned());
    };
    let run = wanted.run.as_ref().map(RunId::as_str);
    if run == Some(note.run.as_str()) {
        return None;
    }
    let is_done = matches!(note.outcome.as_str(), "success" | "incomplete");
    // Somebody asks for it again, or it was begun here before.
    if !is_done && run.is_some() {
        return None;
    }
    let Note {
        run,
        outcome,
        instance,
        at,
    } = note;
    Some(format!(
        "run `{run}` of {instance} ended at {at}: {outcome}"
    ))
}

fn is_scheduled(wanted: &Wanted) -> bool {
    wanted.request.trigger == Trigger::Schedule && wanted.request.interval.is_some()
}

/// The name of the lease of a run.
fn name(dag: &DagName, request: &RunRequest) -> String {
    let what = request.interval.map_or_else(|| DUE.to_owned(), written);
    let parameters = match request.parameters.is_empty() {
        true => String::new(),
        false => {
            let digest = Sha256::digest(request.parameters.to_string().as_bytes());
            format!("-{}", &hex(&digest)[..16])
        }
    };
    format!("{RUNS}/{dag}/{what}{parameters}")
}

fn removed(dag: &DagName) -> String {
    format!("{RUNS}/{dag}/{REMOVED}")
}

/// An interval as a name; names sort by its start.
fn written(interval: Interval) -> String {
    let time = |time: Timestamp| time.strftime("%Y%m%dT%H%M%S.%6fZ").to_string();
    format!("{}-{}", time(interval.from), time(interval.to))
}

/// The intervals of a dag that have leases, as names, oldest first.
async fn intervals(landing: &Landing, dag: &DagName) -> Result<Vec<String>, Error> {
    let folder = Path::from(format!("{LEASES}/{RUNS}/{dag}"));
    let listed = landing.store().list_with_delimiter(Some(&folder)).await;
    let listed = listed.map_err(|error| Error::store(&folder, error))?;
    let names = listed.common_prefixes.iter().filter_map(Path::filename);
    let mut names: Vec<String> = names
        .filter(|name| name.starts_with(|first: char| first.is_ascii_digit()))
        .map(str::to_owned)
        .collect();
    names.sort_unstable();
    Ok(names)
}

fn of_lease(error: lease::Error) -> ClaimError {
    match error {
        lease::Error::Lost { .. } => ClaimError::Lost,
        error => unknown(Error::from(error)),
    }
}

fn unknown(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> ClaimError {
    ClaimError::Unknown(error.into())
}
