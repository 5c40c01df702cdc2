//! Tables as the program exports them, and comparing those of two stores.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::program::Place;
use crate::truth::korean_day;
pub use crate::truth::table::Table;

/// Columns in which equal builds may differ: when a posting was received, its path, and the
/// coverage of a day that was not over yet.
const OF_THE_MOMENT: [&str; 5] = [
    "collected_at",
    "first_collected_at",
    "last_collected_at",
    "coverage",
    "active_coverage",
];

/// Sorted rows of tables, by name.
pub type Tables = BTreeMap<String, Vec<Vec<String>>>;

/// Exports tables of the published build.
pub fn export(place: &Place, names: &[&str]) -> BTreeMap<String, Table> {
    let folder = tempfile::tempdir().expect("a folder");
    let mut arguments = vec!["export", "--to", folder.path().to_str().expect("text")];
    arguments.extend(names);
    place.run(&arguments).expect(0);
    let read = |name: &&str| {
        // Generated postings are marked as such in the file's name.
        let demo = folder.path().join(format!("{name}.demo.csv"));
        let plain = folder.path().join(format!("{name}.csv"));
        let table = Table::read(if demo.exists() { &demo } else { &plain });
        ((*name).to_owned(), table)
    };
    names.iter().map(read).collect()
}

/// All tables from `external` on, by name, with the columns in which equal builds are equal.
pub fn comparable(place: &Place) -> Tables {
    let names = place.query(
        "select concat(table_schema, '.', table_name) as name from information_schema.tables
         where table_schema in ('external', 'raw_data', 'analytic', 'visual_tables', 'adhoc')
         order by name",
    );
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    assert!(names.len() > 35, "too few tables to compare: {names:?}");
    let compared = |table: Table| {
        let columns: Vec<&str> = table
            .columns
            .iter()
            .map(String::as_str)
            .filter(|name| !OF_THE_MOMENT.contains(name) && !name.starts_with("landing_"))
            .collect();
        table.sorted(&columns)
    };
    export(place, &names)
        .into_iter()
        .map(|(name, table)| (name, compared(table)))
        .collect()
}

/// Repeats the work if midnight in Korea came in between: the tables contain the day on which a
/// posting was first seen inactive, and the last day.
pub fn on_one_day<T>(work: impl Fn() -> T) -> T {
    loop {
        let day = korean_day(Timestamp::now());
        let done = work();
        if korean_day(Timestamp::now()) == day {
            return done;
        }
    }
}

/// Fails with the first row that only one side has.
#[track_caller]
pub fn assert_equal(found: &Tables, expected: &Tables, context: &str) {
    let names = |tables: &Tables| tables.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(found), names(expected), "{context}: other tables");
    for (name, rows) in found {
        assert_rows(name, rows, &expected[name], context);
    }
}

/// Fails with the first row that only one side has; both sides are sorted.
#[track_caller]
pub fn assert_rows(name: &str, found: &[Vec<String>], expected: &[Vec<String>], context: &str) {
    if found == expected {
        return;
    }
    let only_found = found.iter().find(|row| !expected.contains(row));
    let only_expected = expected.iter().find(|row| !found.contains(row));
    panic!(
        "{context}: `{name}` differs: {} rows, expected {}\nonly found:    {only_found:?}\nonly expected: {only_expected:?}",
        found.len(),
        expected.len(),
    );
}
