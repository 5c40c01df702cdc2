//! Claims of what waits in the queue: the loop never waits for the place where they are.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::task::JoinSet;

use super::{OnWait, Waits};
use crate::claims::{Claim, ClaimError, Claimed, Claims, Wanted};
use crate::dag_name::DagName;
use crate::queued::Queued;

/// How long after an attempt that failed the next one is made.
const AFTER_FAILURE: Duration = Duration::from_secs(10);

/// What the claims of a scheduler have come to.
#[derive(Default)]
pub(super) struct Claiming {
    attempts: JoinSet<(i64, DagName, Result<Claimed, ClaimError>)>,
    /// By the entry of the queue.
    entries: BTreeMap<i64, Entry>,
    /// The DAGs of which it was reported that nothing is known.
    reported: BTreeSet<DagName>,
    /// By entry: the holder that was reported.
    holders: BTreeMap<i64, String>,
    /// Claims that are being given up.
    given_up: JoinSet<()>,
}

enum Entry {
    /// An attempt is in progress.
    Asked,
    Held(Arc<dyn Claim>),
    /// Not ours: to be tried again.
    Later(Timestamp),
    /// Ran elsewhere.
    Ended(String),
}

/// What to do with an entry of the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum May {
    /// Run it.
    Run,
    /// Leave it: it takes a place of its DAG, here or elsewhere.
    Wait,
    /// Note that it ran elsewhere.
    Forget(String),
}

impl Claiming {
    /// What to do with an entry; asks where that is not known.
    pub(super) fn may(
        &mut self,
        claims: &Arc<dyn Claims>,
        queued: &Queued,
        dag: &DagName,
        now: Timestamp,
    ) -> May {
        match self.entries.get(&queued.id) {
            Some(Entry::Asked) => return May::Wait,
            Some(Entry::Later(at)) if *at > now => return May::Wait,
            Some(Entry::Held(_)) => return May::Run,
            Some(Entry::Ended(note)) => return May::Forget(note.clone()),
            Some(Entry::Later(_)) | None => {}
        }
        let wanted = Wanted {
            dag: dag.clone(),
            request: queued.request.clone(),
            run: queued.run.clone(),
        };
        let (id, claims) = (queued.id, Arc::clone(claims));
        self.entries.insert(id, Entry::Asked);
        self.attempts.spawn(async move {
            let claimed = claims.claim(&wanted).await;
            (id, wanted.dag, claimed)
        });
        May::Wait
    }

    /// Returns when an attempt has come to something. Waits for ever where none is in progress. May be
    /// dropped.
    pub(super) async fn next(&mut self, now: impl Fn() -> Timestamp, on_wait: Option<&OnWait>) {
        let Some(joined) = self.attempts.join_next().await else {
            return std::future::pending().await;
        };
        // One that panicked stays asked, and its run waits for the next start.
        let Ok((id, dag, claimed)) = joined else {
            return;
        };
        let later =
            |wait: Duration| Entry::Later(now().checked_add(wait).unwrap_or_else(|_| now()));
        let entry = match claimed {
            Ok(claimed) => {
                self.reported.remove(&dag);
                match claimed {
                    Claimed::Held(claim) => Entry::Held(claim),
                    Claimed::Ended { note } => Entry::Ended(note),
                    Claimed::Elsewhere { by, again_in, .. } => {
                        // Once: it is asked again every few seconds.
                        if self.holders.get(&id) != Some(&by) {
                            let again_in_ms = again_in.as_millis();
                            tracing::info!(%dag, by, again_in_ms, "a run waits: another instance has it");
                            if let Some(on_wait) = on_wait {
                                on_wait(&Waits::Elsewhere {
                                    dag: &dag,
                                    by: &by,
                                    again_in,
                                });
                            }
                            self.holders.insert(id, by);
                        }
                        later(again_in)
                    }
                }
            }
            Err(error) => {
                // Once, until it works again: it is tried every few seconds.
                if self.reported.insert(dag.clone()) {
                    tracing::warn!(%dag, %error, "a run waits: it cannot be claimed among the instances of the store");
                }
                later(AFTER_FAILURE)
            }
        };
        self.entries.insert(id, entry);
    }

    /// Forgets an entry whose run has started or was noted; returns its claim.
    pub(super) fn take(&mut self, id: i64) -> Option<Arc<dyn Claim>> {
        self.holders.remove(&id);
        match self.entries.remove(&id)? {
            Entry::Held(claim) => Some(claim),
            Entry::Asked | Entry::Later(_) | Entry::Ended(_) => None,
        }
    }

    /// Gives up the claims of entries that are no longer in the queue.
    pub(super) fn keep(&mut self, open: &[Queued]) {
        if self.entries.is_empty() {
            return;
        }
        let open: BTreeSet<i64> = open.iter().map(|queued| queued.id).collect();
        let gone = self.entries.extract_if(.., |id, _| !open.contains(id));
        let gone: Vec<(i64, Entry)> = gone.collect();
        for (id, entry) in gone {
            self.holders.remove(&id);
            if let Entry::Held(claim) = entry {
                self.release(claim);
            }
        }
        // Those that are done.
        while self.given_up.try_join_next().is_some() {}
    }

    /// Begins to give a claim up: the place may not respond, and the loop goes on.
    pub(super) fn release(&mut self, claim: Arc<dyn Claim>) {
        self.given_up.spawn(async move { claim.give_up().await });
    }

    /// Gives up all claims, and waits for that.
    pub(super) async fn give_up(&mut self) {
        self.attempts.shutdown().await;
        self.keep(&[]);
        while self.given_up.join_next().await.is_some() {}
    }
}
