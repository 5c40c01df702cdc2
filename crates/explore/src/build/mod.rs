//! Builds the image from the rows of the definitions' queries.

mod columns;
mod dimension;
mod postings;

use std::sync::Arc;

use arrow_array::{Array as _, BooleanArray, RecordBatch};
use semantic::{Definitions, Part};

use crate::days::{Day, Days};
use crate::dimension::Dimension;
use crate::error::{ImageError, too_much_text};
use crate::fact::{FACT, ImageFact};
use crate::image::{BuildFacts, Image};
use crate::postings::Postings;
use crate::text::TooMuchText;

use columns::Columns;
use dimension::DimensionBuilder;
use postings::PostingsBuilder;

/// Builds an image from the rows of [`Definitions::queries`] of [`FACT`], batch by batch.
#[derive(Debug)]
pub struct ImageBuilder {
    definitions: Arc<Definitions>,
    facts: BuildFacts,
    days: Days,
    state: State,
}

/// The part being ingested.
#[derive(Debug)]
enum State {
    Postings(Box<PostingsBuilder>),
    Others {
        postings: Box<Postings>,
        done: Vec<Dimension>,
        open: Box<DimensionBuilder>,
        /// Whether rows of a dimension were ingested: then none of [`Part::Days`] may follow.
        begun: bool,
    },
}

impl ImageBuilder {
    /// An empty builder.
    ///
    /// # Errors
    /// Those of [`Self::check`].
    pub fn new(definitions: Arc<Definitions>, build: BuildFacts) -> Result<Self, ImageError> {
        Self::check(&definitions)?;
        Ok(Self {
            definitions,
            facts: build,
            days: Days::default(),
            state: State::Postings(Box::default()),
        })
    }

    /// Whether an image can be built by these definitions.
    ///
    /// # Errors
    /// [`ImageError::Fact`] if they define a fact that an image cannot hold.
    pub fn check(definitions: &Definitions) -> Result<(), ImageError> {
        ImageFact::of(definitions).map(|_| ())
    }

    /// Ingests a batch. Parts must be in the order of [`Definitions::queries`]; one without rows
    /// may be omitted. Rows of a dimension about postings that are not in scope are ignored; duplicates
    /// count once.
    ///
    /// # Errors
    /// [`ImageError`]; the builder is unusable afterwards.
    pub fn add(&mut self, part: Part, batch: &RecordBatch) -> Result<(), ImageError> {
        let columns = Columns::new(self.name(part), batch);
        self.advance(part)?;
        match (&mut self.state, part) {
            (State::Postings(builder), Part::Rows) => {
                builder.add(&ImageFact::of(&self.definitions)?, &columns)
            }
            (State::Others { begun: false, .. }, Part::Days) => {
                let numbers = columns.days("date")?;
                let is_known = columns.flags("is_known")?;
                let is_active_known = columns.flags("is_active_known")?;
                let coverage = columns.shares("coverage")?;
                let read_after = columns.numbers("read_after_days")?;
                let active_coverage = columns.shares("active_coverage")?;
                for (row, number) in numbers.into_iter().enumerate() {
                    let flag = |flags: &BooleanArray| flags.is_valid(row) && flags.value(row);
                    let day = Day {
                        is_known: flag(is_known),
                        is_active_known: flag(is_active_known),
                        coverage: coverage[row],
                        read_after: read_after[row].and_then(|days| days.try_into().ok()),
                        active_coverage: active_coverage[row],
                    };
                    self.days.add(number, day);
                }
                Ok(())
            }
            (
                State::Others {
                    postings,
                    open,
                    begun,
                    ..
                },
                Part::Dimension(index),
            ) => {
                *begun = true;
                let has_parent = self.definitions.dimensions[index].parent.is_some();
                open.add(&columns, postings, has_parent)
            }
            (_, part) => Err(self.out_of_order(part)),
        }
    }

    /// The image of all ingested rows.
    ///
    /// # Errors
    /// [`ImageError`].
    pub fn finish(mut self) -> Result<Image, ImageError> {
        let dimensions = self.definitions.dimensions.len();
        self.advance(Part::Dimension(dimensions))?;
        match self.state {
            State::Others { postings, done, .. } => {
                Image::new(self.definitions, self.facts, *postings, done, self.days)
                    .map_err(|TooMuchText| too_much_text("postings"))
            }
            State::Postings(_) => Err(ImageError::Order {
                part: "postings".to_owned(),
                after: "nothing".to_owned(),
            }),
        }
    }

    /// Finishes the parts before this one.
    fn advance(&mut self, part: Part) -> Result<(), ImageError> {
        if part > Part::Rows
            && let State::Postings(builder) = &mut self.state
        {
            let postings =
                std::mem::take(&mut **builder).finish(&ImageFact::of(&self.definitions)?)?;
            self.state = State::Others {
                postings: Box::new(postings),
                done: Vec::new(),
                open: Box::default(),
                begun: false,
            };
        }
        let Part::Dimension(wanted) = part else {
            return Ok(());
        };
        if let State::Others {
            postings,
            done,
            open,
            ..
        } = &mut self.state
        {
            if done.len() > wanted {
                return Err(self.out_of_order(part));
            }
            while done.len() < wanted {
                let definition = &self.definitions.dimensions[done.len()];
                let dimension = std::mem::take(&mut **open)
                    .finish(definition, postings.len())
                    .map_err(|TooMuchText| too_much_text(&definition.name))?;
                done.push(dimension);
            }
        }
        Ok(())
    }

    fn out_of_order(&self, part: Part) -> ImageError {
        let after = match &self.state {
            State::Postings(_) => Part::Rows,
            State::Others { done, begun, .. } if *begun => Part::Dimension(done.len()),
            State::Others { .. } => Part::Days,
        };
        ImageError::Order {
            part: self.name(part),
            after: self.name(after),
        }
    }

    fn name(&self, part: Part) -> String {
        match part {
            Part::Rows => format!("facts.{}", self.definitions.facts[FACT].name),
            Part::Days => format!("facts.{}.lifetime.days", self.definitions.facts[FACT].name),
            Part::Dimension(index) => match self.definitions.dimensions.get(index) {
                Some(dimension) => format!("dimensions.{}", dimension.name),
                None => format!("dimension {index}"),
            },
        }
    }
}
