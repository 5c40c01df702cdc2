//! Searching the bodies of a window, in any form.

use landing::{Format, MANIFEST, WindowKind, WindowRef};

use super::cut::{self, Cut, Wanted};
use super::forms;
use crate::error::Result;
use crate::staging::as_json;
use crate::staging::spec::RecordSpec;
use crate::staging::unread::{GONE, unless_damaged};
use crate::warehouse::Warehouse;

/// The matches in a window.
#[derive(Default)]
pub(super) struct Cuts {
    /// Rewritten bodies by name, without the matches.
    pub cuts: Vec<(String, Cut)>,
    /// Files that are damaged or missing.
    pub damaged: Vec<Damaged>,
}

/// A file that cannot be searched.
pub(super) struct Damaged {
    pub path: String,
    pub is_gone: bool,
}

impl Damaged {
    fn new(path: object_store::path::Path, reason: &str) -> Self {
        Self {
            path: path.into(),
            is_gone: reason == GONE,
        }
    }
}

impl Warehouse {
    /// The bodies of a window with matches, rewritten without them.
    pub(super) async fn cut_window(&self, window: &WindowRef, wanted: &Wanted) -> Result<Cuts> {
        let specs: Vec<&RecordSpec> = self
            .record_specs()
            .map(|(_, spec)| spec)
            .filter(|spec| spec.reads(&window.dataset))
            .collect();
        let mut found = Cuts::default();
        let manifest = match unless_damaged(self.landing.manifest(window).await)? {
            Ok(manifest) => manifest,
            Err(reason) => {
                let path = window.path().join(MANIFEST);
                found.damaged.push(Damaged::new(path, &reason));
                return Ok(found);
            }
        };
        for entry in manifest.bodies {
            let body = match unless_damaged(self.landing.body(window, &entry).await)? {
                Ok(body) => body,
                Err(reason) => {
                    let path = window.path().join(entry.file.as_str());
                    found.damaged.push(Damaged::new(path, &reason));
                    continue;
                }
            };
            let file = entry.file.parse::<landing::BodyFile>();
            let format = file.map_or(Format::Json, |file| file.format);
            let lines = format == Format::JsonLines;
            let is_saved = window.kind == WindowKind::Saved;
            let part = entry.part.as_deref();
            let cut = specs.iter().find_map(|spec| match spec.layout(format) {
                // What remains is written as JSON.
                Some(layout) => match as_json(spec, &body, &layout) {
                    Some(json) => cut::cut(spec, part, &json, wanted),
                    None => cut::unreadable(spec, &body, wanted),
                },
                None if is_saved || lines => forms::cut(spec, &body, lines, wanted),
                None => cut::cut(spec, part, &body, wanted),
            });
            found.cuts.extend(cut.map(|cut| (entry.file, cut)));
        }
        Ok(found)
    }
}
