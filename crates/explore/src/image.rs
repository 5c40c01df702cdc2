//! The image: the in-memory data that answers the dashboard's queries about one build.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use semantic::{Definitions, Fact};

use crate::axis::Axis;
use crate::bits::Bits;
use crate::chosen::Chosen;
use crate::days::{Days, NO_DAY, day_number};
use crate::dimension::Dimension;
use crate::fact::FACT;
use crate::flow::Flow;
use crate::latest::Latest;
use crate::postings::Postings;
use crate::search::SearchText;
use crate::text::TooMuchText;

/// Metadata of the build.
#[derive(Clone, Debug)]
pub struct BuildFacts {
    /// Its number.
    pub build: u64,
    /// Where its postings come from, such as `collected` or `generated`.
    pub origin: String,
    /// End of its last completed collection.
    pub collected_through: Option<Timestamp>,
    /// Its data date, the last day in Asia/Seoul with any data: without one there is no time axis
    /// and nothing is active.
    pub last_day: Option<Date>,
}

/// One published build in memory. It is immutable; any number of threads may query it.
#[derive(Debug)]
pub struct Image {
    pub(crate) definitions: Arc<Definitions>,
    pub(crate) facts: BuildFacts,
    pub(crate) postings: Postings,
    pub(crate) dimensions: Vec<Dimension>,
    pub(crate) titles: SearchText,
    /// The companies, by their code.
    pub(crate) companies: SearchText,
    pub(crate) everything: Arc<Chosen>,
    /// Open on the data date, known and assumed.
    pub(crate) active: Bits,
    pub(crate) assumed: Bits,
    pub(crate) axis: Option<Axis>,
    /// The flow of all postings.
    pub(crate) flow: Flow,
    pub(crate) latest: Latest,
    /// The mean coverage of the days up to the data date.
    pub(crate) active_coverage: Option<f64>,
    /// Fields that no posting has.
    pub(crate) not_provided: Vec<String>,
}

impl Image {
    pub(crate) fn new(
        definitions: Arc<Definitions>,
        facts: BuildFacts,
        postings: Postings,
        dimensions: Vec<Dimension>,
        days: Days,
    ) -> Result<Self, TooMuchText> {
        let rows = postings.len();
        let (mut active, mut assumed) = (Bits::none(rows), Bits::none(rows));
        if let Some(last_day) = facts.last_day.map(day_number) {
            for row in 0..rows {
                let (posted, until) = (postings.posted[row], postings.until[row]);
                if posted != NO_DAY && posted <= last_day && last_day <= until {
                    let set = match postings.until_assumed.contains(row) {
                        true => &mut assumed,
                        false => &mut active,
                    };
                    set.insert(row);
                }
            }
        }
        let everything = Chosen::all(rows);
        let axis = Axis::of(&postings, facts.last_day, &days);
        Ok(Self {
            titles: SearchText::new(postings.titles.iter())?,
            companies: SearchText::new(postings.companies.texts().iter())?,
            flow: match &axis {
                Some(axis) => Flow::of(&postings, everything.bits.rows(), axis),
                None => Flow::default(),
            },
            latest: Latest::new(rows),
            active_coverage: facts.last_day.and_then(|day| {
                let day = days.span(day_number(day), 1);
                day.first()?.active_coverage
            }),
            not_provided: postings.not_provided(&definitions.facts[FACT].columns),
            everything: Arc::new(everything),
            active,
            assumed,
            axis,
            postings,
            dimensions,
            facts,
            definitions,
        })
    }

    pub(crate) fn fact(&self) -> &Fact {
        &self.definitions.facts[FACT]
    }

    /// The definitions that it was built from.
    pub fn definitions(&self) -> &Arc<Definitions> {
        &self.definitions
    }

    /// Its size in bytes, including the latest selections.
    pub fn memory_bytes(&self) -> usize {
        let dimensions = self.dimensions.iter().map(Dimension::memory_bytes);
        self.postings.memory_bytes()
            + dimensions.sum::<usize>()
            + self.titles.memory_bytes()
            + self.companies.memory_bytes()
            + 3 * self.active.memory_bytes()
            + self.flow.memory_bytes()
            + self.latest.memory_bytes()
    }
}
