//! What a build does after staging: every model and every check, each as soon as its inputs are
//! ready, several at a time. Models come first, as others wait for them; checks fill the gaps
//! between them.

use std::collections::BTreeSet;

use tokio::task::JoinSet;

use super::models::Prepared;
use super::{Build, BuildEvent, Change, Made};
use crate::check;
use crate::error::Result;
use crate::finding::Finding;
use crate::model::{Check, Model};
use crate::name::TableName;

/// A step that was run.
enum Done {
    Model(TableName, Made, Vec<Finding>),
    /// A check by its place among all checks.
    Check(usize, Option<Finding>),
}

impl Build<'_> {
    /// Runs the models that are missing, all or those `wanted`, and the checks that are not among those
    /// `checked` and have what they read; returns what the checks found, row checks first. After an error
    /// no further step is begun.
    pub(super) async fn steps(
        &mut self,
        wanted: Option<&BTreeSet<TableName>>,
        checked: &mut BTreeSet<String>,
    ) -> Result<Vec<Finding>> {
        let pipeline = self.warehouse.pipeline.clone();
        let is_missing = |model: &&Model| {
            !self.made.contains_key(&model.name)
                && wanted.is_none_or(|wanted| wanted.contains(&model.name))
        };
        let mut models: Vec<&Model> = pipeline.models.iter().filter(is_missing).collect();
        let mut checks: Vec<(usize, &Check)> = pipeline.checks.iter().enumerate().collect();
        let mut findings = Vec::new();
        // In the order of the checks, so that reports are deterministic.
        let mut found: Vec<Vec<Finding>> = vec![Vec::new(); checks.len()];
        checks.retain(|(_, check)| !checked.contains(&check.name));
        let mut running: JoinSet<Result<Done>> = JoinSet::new();
        let mut computing = models.len();
        let mut all_made = false;
        loop {
            while running.len() < self.warehouse.limits.partitions.max(2) {
                if let Some(at) = models.iter().position(|model| self.has(&model.inputs)) {
                    let model = models.remove(at);
                    match self.prepare(model) {
                        Prepared::TakenOver(table) => {
                            let schema = self.schema_of(&table).await?;
                            findings.extend(self.known_findings(model));
                            let made = Made {
                                table,
                                schema,
                                change: Change::Unchanged,
                                held: None,
                            };
                            self.add(&model.name, made).await?;
                            computing -= 1;
                        }
                        Prepared::Run(run) => {
                            running.spawn(async move {
                                let (name, made, found) = run.run().await?;
                                Ok(Done::Model(name, made, found))
                            });
                        }
                    }
                    continue;
                }
                let is_last = computing == 0 && wanted.is_none();
                let is_ready = |check: &Check| is_last || self.has(&check.inputs);
                let Some(at) = checks.iter().position(|(_, check)| is_ready(check)) else {
                    break;
                };
                let (place, check) = checks.remove(at);
                checked.insert(check.name.clone());
                match self.asked_before(check) {
                    Some(known) => found[place] = known,
                    None => {
                        let check = check.clone();
                        let tables = self.tables.clone();
                        running.spawn(async move {
                            Ok(Done::Check(place, check::run(&*tables, &check).await?))
                        });
                    }
                }
            }
            if computing == 0 && wanted.is_none() && !std::mem::replace(&mut all_made, true) {
                let checks = checks.len() + running.len();
                (self.on_event)(BuildEvent::Checking { checks });
            }
            let Some(done) = running.join_next().await else {
                break;
            };
            match done?? {
                Done::Model(name, made, found) => {
                    findings.extend(found);
                    self.add(&name, made).await?;
                    computing -= 1;
                }
                Done::Check(place, finding) => found[place] = finding.into_iter().collect(),
            }
        }
        findings.extend(found.into_iter().flatten());
        Ok(findings)
    }

    fn has(&self, inputs: &BTreeSet<TableName>) -> bool {
        inputs.iter().all(|input| self.made.contains_key(input))
    }

    /// The base's findings of a check, if neither the check nor its input files changed.
    fn asked_before(&self, check: &Check) -> Option<Vec<Finding>> {
        let base = self.base.as_ref()?;
        let unchanged = |input| {
            let made = self.made.get(input);
            made.is_some_and(|made| matches!(made.change, Change::Unchanged))
        };
        if base.checks.get(&check.name) != Some(&check.fingerprint)
            || !check.inputs.iter().all(unchanged)
        {
            return None;
        }
        // It passed, or warned.
        let warned = base.warnings.iter();
        Some(
            warned
                .filter(|finding| finding.check == check.name)
                .cloned()
                .collect(),
        )
    }
}
