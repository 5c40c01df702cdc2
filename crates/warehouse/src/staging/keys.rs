//! The keys of a specification, as a tree that a record is walked against, and the schema drift of
//! a window's records: keys that are new, missing, or of another type.

use std::collections::{BTreeMap, HashMap};

use kernel::printable;

use super::spec::{JsonType, RecordSpec};

/// Index of a key in [`KeyTree`]; the record itself is [`KeyTree::ROOT`].
pub(super) type KeyId = u32;

#[derive(Debug)]
struct Key {
    path: String,
    children: Vec<(Box<str>, KeyId)>,
    slots: Vec<u16>,
    /// Slots of all descendants.
    below: Vec<u16>,
    expected: Option<JsonType>,
    optional: bool,
    ignored: bool,
}

/// The known keys of a record. Immutable once built.
#[derive(Debug)]
pub struct KeyTree {
    keys: Vec<Key>,
    slot_count: usize,
}

impl KeyTree {
    pub(super) const ROOT: KeyId = 0;

    /// Builds the tree; each (column, path) pair gets one slot, in column and path order.
    pub(super) fn new(spec: &RecordSpec) -> Self {
        let mut tree = Self {
            keys: vec![Key::new(String::new())],
            slot_count: 0,
        };
        for column in &spec.columns {
            for path in &column.paths {
                let key = tree.insert(path);
                let slot = tree.slot_count as u16;
                tree.slot_count += 1;
                let key = &mut tree.keys[key as usize];
                key.slots.push(slot);
                key.optional = column.optional;
                key.expected = key.expected.or(column.json);
            }
        }
        for path in &spec.ignore {
            let key = tree.insert(path);
            tree.keys[key as usize].ignored = true;
        }
        tree.insert(&spec.id);
        // Parents precede their descendants.
        for at in (1..tree.keys.len()).rev() {
            let below: Vec<u16> = tree.keys[at]
                .children
                .iter()
                .map(|(_, child)| &tree.keys[*child as usize])
                .flat_map(|child| child.slots.iter().chain(&child.below))
                .copied()
                .collect();
            let key = &mut tree.keys[at];
            key.below = below;
            if !key.children.is_empty() && key.slots.is_empty() {
                key.expected = Some(JsonType::Object);
            }
        }
        tree
    }

    /// Number of slots a record fills.
    pub(super) fn slot_count(&self) -> usize {
        self.slot_count
    }

    /// The slots that a value of this key fills.
    pub(super) fn slots(&self, key: KeyId) -> &[u16] {
        &self.keys[key as usize].slots
    }

    /// The slots that values below this key fill.
    pub(super) fn below(&self, key: KeyId) -> &[u16] {
        &self.keys[key as usize].below
    }

    /// Whether any key below this one is mapped or ignored.
    pub(super) fn has_children(&self, key: KeyId) -> bool {
        !self.keys[key as usize].children.is_empty()
    }

    /// Finds a child by name. `hint` is the position after the last match: records mostly repeat
    /// their key order, so the first comparison usually hits.
    pub(super) fn child(&self, parent: KeyId, name: &str, hint: &mut usize) -> Option<KeyId> {
        let children = &self.keys[parent as usize].children;
        let count = children.len();
        for step in 0..count {
            let at = (*hint + step) % count;
            if &*children[at].0 == name {
                *hint = at + 1;
                return Some(children[at].1);
            }
        }
        None
    }

    fn insert(&mut self, path: &str) -> KeyId {
        let mut at = Self::ROOT;
        for name in path.split('.') {
            let mut hint = 0;
            at = match self.child(at, name, &mut hint) {
                Some(child) => child,
                None => {
                    let child = self.keys.len() as KeyId;
                    let parent = &self.keys[at as usize];
                    let path = match parent.path.as_str() {
                        "" => name.to_owned(),
                        parent => format!("{parent}.{name}"),
                    };
                    self.keys.push(Key::new(path));
                    self.keys[at as usize].children.push((name.into(), child));
                    child
                }
            };
        }
        at
    }
}

impl Key {
    fn new(path: String) -> Self {
        Self {
            path,
            children: Vec::new(),
            slots: Vec::new(),
            below: Vec::new(),
            expected: None,
            optional: false,
            ignored: false,
        }
    }
}

/// How a window's records differ from what the specification says of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FieldChange {
    /// A key that no column maps and that is not declared as ignored.
    New,
    /// A mapped key that no record of the window contains.
    Missing,
    /// A value of another JSON type than the source documents.
    Retyped,
}

impl FieldChange {
    /// The name used in `staging.fields.change`.
    pub fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Missing => "missing",
            Self::Retyped => "retyped",
        }
    }
}

/// One line of `staging.fields`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FieldCount {
    /// Key path in the record.
    pub field: String,
    /// What is different.
    pub change: FieldChange,
    /// The JSON type that was seen; for a missing key the documented one, or `any`.
    pub json_type: &'static str,
    /// Records that show it.
    pub records: u64,
}

/// Counts of one window, filled while its records are decoded; mergeable across threads.
#[derive(Debug, Default, Clone)]
pub struct FieldTally {
    records: u64,
    seen: Vec<[u64; JsonType::ALL.len()]>,
    unknown: HashMap<(KeyId, String, JsonType), u64>,
    /// Occurrences of keys beyond the capacity of `unknown`.
    unnamed: u64,
}

/// Limits of unknown keys recorded per window, and of characters of each: names are untrusted.
const NAMED_KEYS: usize = 200;
const NAME_LIMIT: usize = 100;

/// The entry in `staging.fields` for the keys beyond the limit.
const FURTHER_KEYS: &str = "(further keys)";

impl FieldTally {
    pub(super) fn record(&mut self) {
        self.records += 1;
    }

    pub(super) fn known(&mut self, key: KeyId, json_type: JsonType) {
        let at = key as usize;
        if self.seen.len() <= at {
            self.seen.resize(at + 1, [0; JsonType::ALL.len()]);
        }
        self.seen[at][json_type as usize] += 1;
    }

    pub(super) fn unknown(&mut self, parent: KeyId, name: &str, json_type: JsonType) {
        let name: String = name.chars().take(NAME_LIMIT).map(printable).collect();
        self.count_unknown((parent, name, json_type), 1);
    }

    fn count_unknown(&mut self, key: (KeyId, String, JsonType), times: u64) {
        if self.unknown.len() < NAMED_KEYS || self.unknown.contains_key(&key) {
            *self.unknown.entry(key).or_default() += times;
        } else {
            self.unnamed += times;
        }
    }

    /// Whether [`Self::merge`] records the same keys as one tally of all records would.
    pub(super) fn has_room_for(&self, later: &Self) -> bool {
        let new = later.unknown.keys();
        let new = new.filter(|key| !self.unknown.contains_key(*key)).count();
        later.unnamed == 0 && (new == 0 || self.unknown.len() + new <= NAMED_KEYS)
    }

    /// Adds another thread's counts of the same window.
    pub fn merge(&mut self, other: Self) {
        self.records += other.records;
        if self.seen.len() < other.seen.len() {
            self.seen.resize(other.seen.len(), [0; JsonType::ALL.len()]);
        }
        for (mine, theirs) in self.seen.iter_mut().zip(other.seen) {
            for (mine, theirs) in mine.iter_mut().zip(theirs) {
                *mine += theirs;
            }
        }
        for (key, count) in other.unknown {
            self.count_unknown(key, count);
        }
        self.unnamed += other.unnamed;
    }

    /// Differences from the specification, in a stable order. A key counts as missing only when no
    /// record of the window has it: the source leaves most keys out of single records.
    pub fn differences(&self, tree: &KeyTree) -> Vec<FieldCount> {
        let mut counts: BTreeMap<(String, FieldChange, &'static str), u64> = BTreeMap::new();
        for ((parent, name, json_type), records) in &self.unknown {
            let parent = &tree.keys[*parent as usize].path;
            let field = match parent.as_str() {
                "" => name.clone(),
                parent => format!("{parent}.{name}"),
            };
            *counts
                .entry((field, FieldChange::New, json_type.name()))
                .or_default() += records;
        }
        if self.unnamed > 0 {
            let further = (FURTHER_KEYS.to_owned(), FieldChange::New, "any");
            counts.insert(further, self.unnamed);
        }
        for (at, key) in tree.keys.iter().enumerate() {
            if key.ignored {
                continue;
            }
            let seen = self.seen.get(at).copied().unwrap_or_default();
            let wanted = !key.slots.is_empty() && !key.optional;
            if wanted && self.records > 0 && seen.iter().sum::<u64>() == 0 {
                let expected = key.expected.map_or("any", JsonType::name);
                counts.insert(
                    (key.path.clone(), FieldChange::Missing, expected),
                    self.records,
                );
            }
            let Some(expected) = key.expected else {
                continue;
            };
            for json_type in JsonType::ALL {
                let records = seen[json_type as usize];
                if records > 0 && json_type != expected && json_type != JsonType::Null {
                    counts.insert(
                        (key.path.clone(), FieldChange::Retyped, json_type.name()),
                        records,
                    );
                }
            }
        }
        counts
            .into_iter()
            .map(|((field, change, json_type), records)| FieldCount {
                field,
                change,
                json_type,
                records,
            })
            .collect()
    }
}
