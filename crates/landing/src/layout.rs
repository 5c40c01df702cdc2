//! Which files of a store are the program's own, by path and name.
//!
//! Any other file in the same folder or bucket is foreign. It is never deleted, and a folder that
//! contains such files does not become a store.

use kernel::{is_identifier, is_lower_hex};
use object_store::path::Path;

use crate::backfill::is_backfill;
use crate::unland::{REMOVING, UNLANDED};
use crate::{BodyFile, MANIFEST, WindowRef};

/// The folders below the root that the program writes into.
pub const FOLDERS: [&str; 5] = ["landing", "warehouse", "builds", "state", "heartbeat"];

/// The name of the mark.
pub(crate) const MARK: &str = "jobtide-store.json";

/// Marks the folder of a demo, at the root of its store.
pub const DEMO_MARK: &str = "this-is-a-jobtide-demo";

/// Whether the program writes a file of this name at this path.
pub fn is_ours(path: &Path) -> bool {
    let parts: Vec<_> = path.parts().collect();
    let names: Vec<&str> = parts.iter().map(AsRef::as_ref).collect();
    match names.as_slice() {
        [name] => [MARK, DEMO_MARK].contains(name),
        ["landing", name] => *name == "origin.json" || is_backfill(name),
        ["landing", .., name] => {
            let folder = Path::from_iter(names[..names.len() - 1].iter().copied());
            ([MANIFEST, UNLANDED, REMOVING].contains(name) || name.parse::<BodyFile>().is_ok())
                && WindowRef::parse(&folder).is_some()
        }
        ["warehouse", schema, table, name] => {
            is_identifier(schema) && is_identifier(table) && is_table_file(name)
        }
        ["warehouse", schema, table, "_delta_log", name] => {
            is_identifier(schema) && is_identifier(table) && is_log_file(name)
        }
        ["builds", name] => digits(name.strip_suffix(".json"), 12),
        ["heartbeat", name] => name
            .strip_suffix(".json")
            .is_some_and(|instance| instance.len() == 8 && is_lower_hex(instance)),
        [
            "state",
            "committing.json" | "restoring.json" | "writer.lock" | "landing.lock"
            | "scheduler.lock",
        ] => true,
        ["state", name] if is_committing(name) || is_draft_name(name) => true,
        ["state", "leases", _, .., name] => digits(name.strip_suffix(".json"), 12),
        ["state", "purges", name] => name
            .strip_suffix(".json")
            .is_some_and(|time| time.len() == 23 && time.ends_with('Z')),
        ["state", "logs", name] => name
            .strip_suffix(".jsonl")
            .and_then(|run| run.split_once("Z-"))
            .is_some_and(|(time, number)| {
                time.len() == 22 && number.len() == 8 && is_lower_hex(number)
            }),
        ["state", "calls", source, day, name] => {
            is_identifier(source) && is_day(day) && is_calls_file(name)
        }
        // The state's copies, journal and locks are next to it.
        ["state", name] => name.starts_with("jobtide.db"),
        ["state", "jobtide.db-locks", name] => name.ends_with(".lock"),
        _ => false,
    }
}

/// Whether the store writes files of this name before it renames them: `name#`, then digits.
pub(crate) fn is_part(name: &str) -> bool {
    name.split_once('#').is_some_and(|(_, number)| {
        !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit())
    })
}

/// Whether this is the temporary name under which a local store writes a file before renaming it: a
/// path of the program's own, then `#` and digits.
pub(crate) fn is_part_of_ours(path: &str) -> bool {
    let Some((own, _)) = path.rsplit_once('#').filter(|_| is_part(path)) else {
        return false;
    };
    Path::parse(own).is_ok_and(|path| is_ours(&path))
}

/// Whether a file of a table has a name of this form: `part-<build>-<token>-<number>.parquet`; the
/// token begins with the writer.
pub fn is_table_file(name: &str) -> bool {
    table_file_build(name).is_some()
}

/// The build that a file of a table was written for, by its name.
pub fn table_file_build(name: &str) -> Option<u64> {
    table_file(name).map(|(build, _)| build)
}

/// The build that a file of a table was written for, and its writer, by its name.
pub fn table_file(name: &str) -> Option<(u64, u32)> {
    let stem = name.strip_prefix("part-")?.strip_suffix(".parquet")?;
    let [build, token, number] = stem.split('-').collect::<Vec<_>>().try_into().ok()?;
    let hex = token.len() == 16 && is_lower_hex(token);
    let numbered = number.len() >= 5 && number.bytes().all(|digit| digit.is_ascii_digit());
    let known = build.len() >= 8 && build.bytes().all(|digit| digit.is_ascii_digit());
    if hex && numbered && known {
        let writer = u32::from_str_radix(&token[..8], 16).ok()?;
        Some((build.parse().ok()?, writer))
    } else {
        None
    }
}

/// Whether a file of a Delta log has a name of this form, following the protocol's naming of
/// commits, checkpoints (classic, multi-part, by UUID), checksums and compacted logs.
pub fn is_log_file(name: &str) -> bool {
    if name == "_last_checkpoint" {
        return true;
    }
    let Some((version, rest)) = name.split_at_checked(20) else {
        return false;
    };
    let known = rest == ".json"
        || rest == ".crc"
        || (rest.starts_with(".checkpoint.") && rest.ends_with(".parquet"))
        || rest
            .strip_suffix(".compacted.json")
            .is_some_and(|to| digits(to.strip_prefix('.'), 20));
    known && version.bytes().all(|digit| digit.is_ascii_digit())
}

/// The marker of a publication target other than the Delta logs, whose marker names no target.
fn is_committing(name: &str) -> bool {
    let target = name.strip_prefix("committing-");
    target
        .and_then(|target| target.strip_suffix(".json"))
        .is_some_and(is_identifier)
}

/// Whether this is the draft of a build, `state/draft-<writer>.json`.
pub fn is_draft(path: &Path) -> bool {
    let name = path.as_ref().strip_prefix("state/");
    name.is_some_and(is_draft_name)
}

fn is_draft_name(name: &str) -> bool {
    let writer = name.strip_prefix("draft-");
    writer
        .and_then(|writer| writer.strip_suffix(".json"))
        .is_some_and(|writer| writer.len() == 8 && is_lower_hex(writer))
}

/// The folder of the calls that instances reserve on a day.
fn is_day(name: &str) -> bool {
    name.len() == 10 && name.parse::<jiff::civil::Date>().is_ok()
}

/// A block of calls, or what the source said of them.
fn is_calls_file(name: &str) -> bool {
    name == "exhausted.json" || digits(name.strip_suffix(".json"), 6)
}

fn digits(name: Option<&str>, count: usize) -> bool {
    name.is_some_and(|name| name.len() == count && name.bytes().all(|digit| digit.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_own_temporary_names_are_parts() {
        for (path, ours) in [
            ("builds/000000000012.json#1", true),
            ("landing/origin.json#23", true),
            ("builds/000000000012.json", false),
            ("builds/000000000012.json#", false),
            ("builds/000000000012.json#1a", false),
            ("builds/000000000012.json#1#1", false),
            ("builds/notes.json#1", false),
            ("landing/000000000012.json#1", false),
        ] {
            assert_eq!(is_part_of_ours(path), ours, "{path}");
        }
    }

    #[test]
    fn only_what_the_program_writes_is_ours() {
        const WINDOW: &str = "landing/saramin/recruit/date=2023-05-01/collect-20230430T200000Z-20230430T210000Z-44136fa3-20260501T000102000345Z-ab12";
        const TABLE: &str = "warehouse/raw_data/recruits";
        let ours = [
            "landing/origin.json".to_owned(),
            format!("{WINDOW}/manifest.json"),
            format!("{WINDOW}/00001-r2.jsonl.zst"),
            format!("{WINDOW}/unlanded.json"),
            format!("{WINDOW}/removing.json"),
            format!("{TABLE}/part-00000012-0123456789abcdef-00003.parquet"),
            format!("{TABLE}/_delta_log/00000000000000000010.json"),
            format!("{TABLE}/_delta_log/00000000000000000010.checkpoint.parquet"),
            format!("{TABLE}/_delta_log/_last_checkpoint"),
            "builds/000000000012.json".to_owned(),
            "heartbeat/0123abcd.json".to_owned(),
            "state/jobtide.db-wal".to_owned(),
            "state/landing.lock".to_owned(),
            "state/scheduler.lock".to_owned(),
            "state/jobtide.db-locks/bell.lock".to_owned(),
            "state/jobtide.db-locks/pool-a%2fb.12.lock".to_owned(),
            "state/logs/20260501T000102.000345Z-0123abcd.jsonl".to_owned(),
            "state/committing-elsewhere.json".to_owned(),
            "state/leases/writer/000000000012.json".to_owned(),
            "state/leases/runs/hourly/000000000012.json".to_owned(),
            "state/draft-0123abcd.json".to_owned(),
            "state/purges/20260501T000102.000345Z.json".to_owned(),
            "state/calls/saramin/2026-05-01/000001.json".to_owned(),
            "state/calls/saramin/2026-05-01/exhausted.json".to_owned(),
        ];
        for path in ours {
            assert!(is_ours(&path.as_str().into()), "{path}");
        }
        let others = [
            "precious.parquet".to_owned(),
            "warehouse/precious.parquet".to_owned(),
            "landing/notes.json".to_owned(),
            "landing/saramin/recruit/notes.txt".to_owned(),
            format!("{WINDOW}/notes.txt"),
            format!("{WINDOW}/sub/manifest.json"),
            format!("{TABLE}/precious.parquet"),
            format!("{TABLE}/part-1-0123456789abcdef-00003.parquet"),
            format!("{TABLE}/part-00000012-0123456789abcdeF-00003.parquet"),
            format!("{TABLE}/part-00000012-0123456789abcdef-00003.parquet.bak"),
            format!("{TABLE}/old/part-00000012-0123456789abcdef-00003.parquet"),
            format!("{TABLE}/_delta_log/notes.json"),
            format!("{TABLE}/_delta_log/00000000000000000010.json.bak"),
            "warehouse/Raw/recruits/part-00000012-0123456789abcdef-00003.parquet".to_owned(),
            "builds/12.json".to_owned(),
            "state/leases/000000000012.json".to_owned(),
            "state/leases/writer/notes.json".to_owned(),
            "heartbeat/0123ABCD.json".to_owned(),
            "heartbeat/notes.json".to_owned(),
            "builds/old/000000000012.json".to_owned(),
            "state/notes.json".to_owned(),
            "state/committing-A.json".to_owned(),
            "state/draft-.json".to_owned(),
            "state/purges/notes.json".to_owned(),
            "state/calls/saramin/2026-05-01/1.json".to_owned(),
            "state/calls/saramin/notes/000001.json".to_owned(),
        ];
        for path in others {
            assert!(!is_ours(&path.as_str().into()), "{path}");
        }
    }
}
