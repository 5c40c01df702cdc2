//! The requirements of an image on the definition of its fact.

use semantic::{ColumnKind, Definitions, Fact, Lifetime};

use crate::error::ImageError;

/// The index of the fact that an image holds.
pub const FACT: usize = 0;

/// The text columns that can be sorted by and searched; searched ones must be columns of the fact.
pub(crate) const TITLE: &str = "title";
pub(crate) const COMPANY: &str = "company_name";

/// The definition of a fact whose rows an image can hold.
#[derive(Debug)]
pub(crate) struct ImageFact<'a> {
    pub fact: &'a Fact,
    pub lifetime: &'a Lifetime,
    /// By column of the fact: how rows are sorted by it.
    pub sorted: Vec<Sorted>,
}

/// How rows are sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sorted {
    Posted,
    Expires,
    Title,
    Company,
    Number,
}

impl<'a> ImageFact<'a> {
    /// The fact of the definitions.
    pub fn of(definitions: &'a Definitions) -> Result<Self, ImageError> {
        let fact = &definitions.facts[FACT];
        let error = |fact: &Fact, key: &str, problem: String| ImageError::Fact {
            key: format!("facts.{}{key}", fact.name),
            problem,
        };
        if let Some(other) = definitions.facts.get(FACT + 1) {
            let problem = format!("an image holds one fact, and that is `{}`", fact.name);
            return Err(error(other, "", problem));
        }
        let missing = || error(fact, ".lifetime", "this table is missing".to_owned());
        let lifetime = fact.lifetime.as_ref().ok_or_else(missing)?;
        let sorted = fact
            .columns
            .iter()
            .map(|column| match (column.kind, column.sql.as_str()) {
                (ColumnKind::Number, _) => Ok(Sorted::Number),
                (ColumnKind::Date, name) if name == fact.date => Ok(Sorted::Posted),
                (ColumnKind::Date, name) if name == lifetime.end => Ok(Sorted::Expires),
                (ColumnKind::Text, TITLE) => Ok(Sorted::Title),
                (ColumnKind::Text, COMPANY) => Ok(Sorted::Company),
                (_, name) => {
                    let problem = format!("an image cannot sort by `{name}`");
                    Err(error(fact, &format!(".columns.{}", column.name), problem))
                }
            });
        Ok(Self {
            fact,
            lifetime,
            sorted: sorted.collect::<Result<_, _>>()?,
        })
    }
}
