//! Postings over time: opened, closed and open on each day, by the rules of
//! `pipeline/visual_tables/posting_flow.sql`.

use crate::axis::Axis;
use crate::postings::Postings;

/// Daily changes of the number of postings.
#[derive(Clone, Debug, Default)]
pub(crate) struct Flow {
    pub days: Vec<Changes>,
}

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Changes {
    pub opened: i32,
    pub closed: i32,
    /// The changes of the number of open postings, known and assumed.
    pub lasting: [i32; 2],
}

impl Flow {
    pub fn of(postings: &Postings, rows: impl Iterator<Item = usize>, axis: &Axis) -> Self {
        let mut days = vec![Changes::default(); axis.days.len()];
        // Days outside the axis, including unknown ones, map to indices beyond its end.
        let place = |day: i32| day.wrapping_sub(axis.first) as u32 as usize;
        rows.for_each(|row| {
            let (posted, until) = (postings.posted[row], postings.until[row]);
            if let Some(day) = days.get_mut(place(postings.expires[row])) {
                day.closed += 1;
            }
            let lasts = posted <= until;
            let kind = usize::from(postings.until_assumed.contains(row));
            if let Some(day) = days.get_mut(place(posted)) {
                day.opened += 1;
                day.lasting[kind] += i32::from(lasts);
                if lasts && let Some(day) = days.get_mut(place(until) + 1) {
                    day.lasting[kind] -= 1;
                }
            }
        });
        Self { days }
    }

    /// The difference from another one.
    pub fn without(&self, other: &Self) -> Self {
        let pairs = self.days.iter().zip(&other.days);
        Self {
            days: pairs
                .map(|(all, other)| Changes {
                    opened: all.opened - other.opened,
                    closed: all.closed - other.closed,
                    lasting: [
                        all.lasting[0] - other.lasting[0],
                        all.lasting[1] - other.lasting[1],
                    ],
                })
                .collect(),
        }
    }

    pub fn memory_bytes(&self) -> usize {
        std::mem::size_of_val(&*self.days)
    }
}
