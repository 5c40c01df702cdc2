//! The simulated API as a client sees it: shape, shares, paging, life, limits, faults.

mod api;
mod faults;
mod life;
mod limits;
mod paging;
mod shape;
mod shares;
