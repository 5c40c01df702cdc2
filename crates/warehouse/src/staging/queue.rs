//! The work queue of the staging workers: bodies, and sections of long bodies.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use landing::{BodyEntry, BodyFile, Format, WindowKind, WindowRef};
use tokio::sync::Notify;

use super::decode::BodyOrigin;
use super::sections::{self, Section};

/// One body to read, of the window at `window`.
#[derive(Debug)]
pub(super) struct Body {
    pub window: usize,
    pub reference: WindowRef,
    pub entry: BodyEntry,
}

impl Body {
    /// Where its rows come from.
    pub fn origin(&self) -> BodyOrigin {
        BodyOrigin {
            landing_path: format!("{}/{}", self.reference.path(), self.entry.file),
            collected_at: self.entry.received_at.as_microsecond(),
            read_at: (self.reference.kind != WindowKind::Saved)
                .then(|| self.entry.received_at.as_microsecond()),
            part: self.entry.part.clone(),
            is_empty: self.entry.records == Some(0) && self.reference.kind != WindowKind::Saved,
        }
    }

    /// Its format. An unknown name was written by a newer version; one JSON document is the safe
    /// assumption.
    pub fn format(&self) -> Format {
        let file = self.entry.file.parse::<BodyFile>();
        file.map_or(Format::Json, |file| file.format)
    }

    /// Whether it is lines.
    pub fn is_lines(&self) -> bool {
        self.format() == Format::JsonLines
    }

    /// Whether it is cut into sections.
    pub fn is_long(&self) -> bool {
        self.is_lines() && self.entry.bytes >= sections::LONG
    }
}

/// What a worker does next.
#[derive(Debug)]
pub(super) enum Task {
    /// Reads a body; if it is long, opens it and calls [`Queue::add`], even on failure.
    Body(Box<Body>),
    /// Reads a section.
    Section(Section),
}

/// Bodies in order, preceded by the sections of those that are open.
#[derive(Debug)]
pub(super) struct Queue {
    left: Mutex<Left>,
    changed: Notify,
}

#[derive(Debug)]
struct Left {
    bodies: VecDeque<Body>,
    sections: VecDeque<Section>,
    /// Long bodies that are being opened.
    opening: usize,
}

impl Queue {
    /// A queue of bodies, the long ones first: idle workers help with them.
    pub fn new(mut bodies: Vec<Body>) -> Self {
        bodies.sort_by_key(|body| !body.is_long());
        Self {
            left: Mutex::new(Left {
                bodies: bodies.into(),
                sections: VecDeque::new(),
                opening: 0,
            }),
            changed: Notify::new(),
        }
    }

    /// How many workers can be busy.
    pub fn workers(&self, most: usize) -> usize {
        let left = self.left();
        match left.bodies.front() {
            Some(first) if first.is_long() => most.max(1),
            _ => most.clamp(1, left.bodies.len().max(1)),
        }
    }

    /// What to do next; `None` when nothing is left.
    pub async fn next(&self) -> Option<Task> {
        loop {
            // Registered before the check, so that no addition is missed.
            let changed = self.changed.notified();
            {
                let mut left = self.left();
                if let Some(section) = left.sections.pop_front() {
                    return Some(Task::Section(section));
                }
                if let Some(body) = left.bodies.pop_front() {
                    left.opening += usize::from(body.is_long());
                    return Some(Task::Body(Box::new(body)));
                }
                if left.opening == 0 {
                    return None;
                }
            }
            changed.await;
        }
    }

    /// Adds the sections of a long body, or none where it could not be opened.
    pub fn add(&self, sections: Vec<Section>) {
        let mut left = self.left();
        left.sections.extend(sections);
        left.opening -= 1;
        drop(left);
        self.changed.notify_waiters();
    }

    fn left(&self) -> MutexGuard<'_, Left> {
        // Nothing panics while holding the lock.
        self.left.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
