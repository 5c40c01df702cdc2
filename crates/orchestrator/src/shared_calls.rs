//! The calls of a source that several instances share: each has a state of its own, and reserves blocks
//! of calls where all of them see it.

use async_trait::async_trait;
use jiff::Timestamp;
use jiff::civil::Date;

/// Why calls could not be reserved. Nothing is called then.
pub type SharedCallsError = Box<dyn std::error::Error + Send + Sync>;

/// Where instances reserve the calls of a day, each for itself.
#[async_trait]
pub trait SharedCalls: Send + Sync {
    /// Reserves a block. All blocks of a day together never exceed the limit of whoever reserves.
    ///
    /// # Errors
    /// When it is unknown whether it was reserved. A block that is lost so is wasted.
    async fn reserve(&self, wanted: &BlockWanted<'_>) -> Result<Block, SharedCallsError>;

    /// Makes sure that what a state has reserved of a day is reserved in this place, which may have lost it:
    /// it may have been restored or emptied, or be another one. Returns how many calls all have reserved
    /// then.
    ///
    /// # Errors
    /// When it is unknown whether it is.
    async fn keep(&self, kept: &Reserved<'_>) -> Result<u32, SharedCallsError>;

    /// How many calls of a day all instances have reserved together.
    ///
    /// # Errors
    /// When it cannot be read.
    async fn reserved(&self, source: &str, day: Date) -> Result<u32, SharedCallsError>;

    /// Tells the others that the source itself said that nothing is left on a day.
    ///
    /// # Errors
    /// When it cannot be written.
    async fn mark_exhausted(
        &self,
        source: &str,
        day: Date,
        at: Timestamp,
    ) -> Result<(), SharedCallsError>;

    /// Tells the others that the source answers on a day, regardless of what it said before.
    ///
    /// # Errors
    /// When it cannot be written.
    async fn mark_open(&self, source: &str, day: Date) -> Result<(), SharedCallsError>;
}

/// What a block is asked for.
#[derive(Debug, Clone, Copy)]
pub struct BlockWanted<'a> {
    /// The source.
    pub source: &'a str,
    /// The day in the time zone in which the source's quota resets.
    pub day: Date,
    /// The calls a day.
    pub limit: u32,
    /// Calls that were made and are in no block, before calls were shared.
    pub unreserved: u32,
    /// Whether to reserve a single call although the source said that nothing is left.
    pub probes: bool,
    /// Now.
    pub at: Timestamp,
}

/// What a state has reserved of a day.
#[derive(Debug, Clone, Copy)]
pub struct Reserved<'a> {
    /// The source.
    pub source: &'a str,
    /// The day in the time zone in which the source's quota resets.
    pub day: Date,
    /// The calls a day.
    pub limit: u32,
    /// The calls that are reserved, made or not.
    pub calls: u32,
    /// Now.
    pub at: Timestamp,
}

/// What was reserved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block {
    /// How many calls, of which those that were in no block are made; zero when none are left.
    pub calls: u32,
    /// How many calls all blocks of the day have, this one included.
    pub total: u32,
    /// When the source said to another instance that nothing is left; nothing was reserved then.
    pub exhausted_at: Option<Timestamp>,
}
