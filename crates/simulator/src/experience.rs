//! The experience that a posting asks for.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Experience {
    /// 0 any, 1 entry, 2 experienced, 3 entry or experienced.
    pub(crate) code: u8,
    /// Years; 0: none required, or no upper bound.
    pub(crate) min: u8,
    pub(crate) max: u8,
}
