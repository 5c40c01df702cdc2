//! Lists in the outputs of tasks, which the state limits in size.

use orchestrator::{OUTPUT_BYTES, TaskOutput};
use serde::{Deserialize, Serialize};

/// The first entries of a list, and how many it has in all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed<T> {
    pub first: Vec<T>,
    pub count: usize,
}

impl<T> Listed<T> {
    /// At most `most` entries.
    pub fn of(all: impl IntoIterator<Item = T>, most: usize) -> Self {
        let mut all = all.into_iter();
        let first: Vec<T> = all.by_ref().take(most).collect();
        let count = first.len() + all.count();
        Self { first, count }
    }

    /// How many are not named.
    pub fn more(&self) -> usize {
        self.count - self.first.len().min(self.count)
    }
}

/// The fullest form of an output that the state stores. `make` is given the number of entries that
/// its lists may have.
pub fn fitting<T: TaskOutput>(make: impl Fn(usize) -> T) -> T {
    [200, 50, 10]
        .into_iter()
        .map(&make)
        .find(|output| serde_json::to_vec(output).is_ok_and(|json| json.len() <= OUTPUT_BYTES))
        .unwrap_or_else(|| make(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize, Deserialize)]
    struct Names(Listed<String>);

    impl TaskOutput for Names {
        const TYPE: &'static str = "names";
    }

    #[test]
    fn an_output_names_as_many_as_fit_and_counts_all() {
        for (count, bytes, named) in [
            (3, 10, 3),
            (1_000, 10, 200),
            (1_000, 1_000, 50),
            (1_000, 5_000, 10),
            (1_000, 50_000, 0),
        ] {
            let names = (0..count).map(|_| "x".repeat(bytes));
            let Names(listed) = fitting(|most| Names(Listed::of(names.clone(), most)));
            assert_eq!((listed.first.len(), listed.count), (named, count));
            assert_eq!(listed.more(), count - named);
        }
    }
}
