//! Finding the unreadable parts of a period: the search for what to read next, without any I/O.
//!
//! A window with an unreadable page is bisected by time until everything readable was read and only
//! unreadable seconds are left. Only parts next to readable records are always cut: what is between
//! two unreadable neighbours, or between empty periods, is more likely a whole unreadable hour than
//! one record, and trying each second of it would cost two calls a second. A limited number of
//! those are cut nevertheless ([`CUTS_BESIDE_NOTHING`], [`INNER_CUTS`]).
//!
//! If one half of an unreadable part can be read, the other one cannot: it is cut without trying it
//! as a whole. That may be wrong (the source failed once, or the part was too large), so a second
//! is always tried before it counts as unreadable, and no two halves in a row are assumed
//! unreadable. If the half next to something readable cannot be read, nothing is known about the
//! other: it is tried once something readable, or a single unreadable second, is next to it.
//!
//! One unreadable record in a day costs about 26 calls, at most 36; one in three months a third more;
//! an unreadable hour half as many again.

use kernel::Interval;

/// How often a part next to empty periods is cut.
const CUTS_BESIDE_NOTHING: u32 = 8;

/// How often a part next to a single unreadable second is cut or tried without success.
const CUTS_BESIDE_SECOND: u32 = 4;

/// How often a part between two unreadable ones is cut.
const INNER_CUTS: u32 = 2;

/// The state of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// To be tried.
    Open,
    /// Part of an unreadable period, not tried itself.
    Untried,
    /// The second half of a part. The result of the first half decides.
    Waiting {
        /// Whether the whole was tried.
        tried: bool,
    },
    Unreadable {
        tried: bool,
    },
    Readable,
    /// Readable and empty.
    Empty,
    /// Incomplete for another reason: it stays due, and says nothing about its neighbours.
    Left,
}

#[derive(Clone, Copy, Debug)]
struct Part {
    interval: Interval,
    state: State,
}

/// The search through one time.
#[derive(Debug)]
pub(crate) struct Search {
    /// Ascending, contiguous.
    parts: Vec<Part>,
    cuts_left: [u32; 3],
    /// What is next to the part being tried.
    trying: Beside,
    /// What is next to the whole period.
    around: Beside,
}

/// What is next to a part; higher values are cut sooner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Beside {
    Unreadable,
    Nothing,
    /// A single unreadable second: more likely one record than an hour.
    Second,
    Records,
}

impl Search {
    /// Of a time that was tried.
    pub fn of_unreadable(interval: Interval) -> Self {
        Self::of(interval, State::Unreadable { tried: true })
    }

    /// Of a time that was searched before.
    pub fn of_searched(interval: Interval) -> Self {
        Self {
            around: Beside::Nothing,
            ..Self::of_unreadable(interval)
        }
    }

    /// Of a time that was tried together with more.
    pub fn of_untried(interval: Interval) -> Self {
        Self::of(interval, State::Open)
    }

    fn of(interval: Interval, state: State) -> Self {
        Self {
            parts: vec![Part { interval, state }],
            cuts_left: [INNER_CUTS, CUTS_BESIDE_NOTHING, CUTS_BESIDE_SECOND],
            trying: Beside::Records,
            around: Beside::Records,
        }
    }

    /// What to try next; report the result before the next call. `None`: the search is done.
    pub fn next(&mut self) -> Option<Interval> {
        loop {
            let open = self.parts.iter().find(|part| part.state == State::Open);
            if let Some(open) = open {
                return Some(open.interval);
            }
            let at = self.to_be_cut()?;
            self.cut_at(at);
        }
    }

    /// Reports that it was read, with this many records.
    pub fn is_readable(&mut self, interval: Interval, records: u64) {
        let state = match records {
            0 => State::Empty,
            _ => State::Readable,
        };
        self.set(interval, state);
        if self.trying == Beside::Second {
            // The attempt succeeded.
            self.cuts_left[Beside::Second as usize] += 1;
            self.trying = Beside::Records;
        }
        self.decide(|tried| match tried {
            true => State::Unreadable { tried: false },
            false => State::Open,
        });
    }

    /// Reports that it was read up to here, and that what follows immediately cannot be read.
    pub fn is_readable_until(&mut self, interval: Interval, until: jiff::Timestamp) {
        if let Some(at) = self.position(interval) {
            let (front, rest) = halves(interval, until);
            self.parts[at] = Part {
                interval: front,
                state: State::Readable,
            };
            let state = State::Unreadable { tried: false };
            self.parts.insert(
                at + 1,
                Part {
                    interval: rest,
                    state,
                },
            );
        }
        self.decide(|_| State::Open);
    }

    /// Reports that it cannot be read.
    pub fn is_unreadable(&mut self, interval: Interval) {
        self.trying = Beside::Records;
        self.set(interval, State::Unreadable { tried: true });
        self.decide(|_| State::Untried);
    }

    /// Reports that it is incomplete for another reason.
    pub fn is_left(&mut self, interval: Interval) {
        self.set(interval, State::Left);
        self.decide(|_| State::Open);
    }

    /// Reports that it is too large: its halves are to be tried.
    pub fn is_too_large(&mut self, interval: Interval) {
        if let Some(at) = self.position(interval)
            && let Some(middle) = middle(interval)
        {
            let (first, second) = halves(interval, middle);
            let open = |interval| Part {
                interval,
                state: State::Open,
            };
            self.parts.splice(at..=at, [open(first), open(second)]);
        } else {
            self.set(interval, State::Left);
        }
        self.decide(|_| State::Open);
    }

    /// The parts known to be unreadable or not tried yet; ascending. Adjacent ones, and those with
    /// only empty periods between them, are merged.
    pub fn unreadable(&self) -> Vec<Interval> {
        let mut unread: Vec<Interval> = Vec::new();
        let mut goes_on = false;
        for part in &self.parts {
            match part.state {
                State::Unreadable { .. } | State::Untried | State::Waiting { .. } | State::Open => {
                    match unread.last_mut().filter(|_| goes_on) {
                        Some(last) => last.to = part.interval.to,
                        None => unread.push(part.interval),
                    }
                    goes_on = true;
                }
                State::Empty => {}
                State::Readable | State::Left => goes_on = false,
            }
        }
        unread
    }

    /// Whether nothing next to readable records is left to try.
    pub fn is_over(&self) -> bool {
        let waits = |part: &Part| matches!(part.state, State::Open | State::Waiting { .. });
        let next = self.to_be_cut().map(|at| self.beside(at));
        !self.parts.iter().any(waits) && next < Some(Beside::Second)
    }

    /// The widest part with the highest [`Beside`].
    fn to_be_cut(&self) -> Option<usize> {
        let candidates = (0..self.parts.len()).filter(|at| match self.parts[*at].state {
            State::Unreadable { tried } => self.parts[*at].interval.seconds() > 1 || !tried,
            State::Untried => true,
            _ => false,
        });
        let may_be_cut = candidates.filter(|at| match self.beside(*at) {
            Beside::Records => true,
            beside => self.cuts_left[beside as usize] > 0,
        });
        may_be_cut.max_by_key(|at| (self.beside(*at), self.parts[*at].interval.seconds()))
    }

    fn beside(&self, at: usize) -> Beside {
        self.before(at).max(self.after(at))
    }

    fn before(&self, at: usize) -> Beside {
        let before = at.checked_sub(1);
        self.worth(before.map(|before| self.parts[before]))
    }

    fn after(&self, at: usize) -> Beside {
        self.worth(self.parts.get(at + 1).copied())
    }

    /// The [`Beside`] of a neighbour; there is none at the ends of the period.
    fn worth(&self, neighbour: Option<Part>) -> Beside {
        let Some(neighbour) = neighbour else {
            return self.around;
        };
        let is_second = neighbour.interval.seconds() == 1;
        match neighbour.state {
            State::Readable => Beside::Records,
            State::Empty => Beside::Nothing,
            State::Unreadable { tried: true } if is_second => Beside::Second,
            _ => Beside::Unreadable,
        }
    }

    fn cut_at(&mut self, at: usize) {
        let Part { interval, state } = self.parts[at];
        let beside = self.beside(at);
        if beside != Beside::Records {
            let left = &mut self.cuts_left[beside as usize];
            *left = left.saturating_sub(1);
        }
        self.trying = beside;
        let tried = matches!(state, State::Unreadable { tried: true });
        // The half next to what can be read goes first.
        let is_last_first = self.before(at) < self.after(at);
        let cut = match beside {
            Beside::Second => near(interval, is_last_first),
            _ => middle(interval),
        };
        let Some(cut) = cut.filter(|_| state != State::Untried) else {
            self.parts[at].state = State::Open;
            return;
        };
        let (first, second) = halves(interval, cut);
        let mut states = [State::Open, State::Waiting { tried }];
        if is_last_first {
            states.reverse();
        }
        let parts = [first, second].into_iter().zip(states);
        let parts: Vec<Part> = parts
            .map(|(interval, state)| Part { interval, state })
            .collect();
        self.parts.splice(at..=at, parts);
    }

    fn position(&self, interval: Interval) -> Option<usize> {
        self.parts
            .iter()
            .position(|part| part.interval == interval && part.state == State::Open)
    }

    fn set(&mut self, interval: Interval, state: State) {
        if let Some(at) = self.position(interval) {
            self.parts[at].state = state;
        }
    }

    /// Resolves a waiting half.
    fn decide(&mut self, becomes: impl Fn(bool) -> State) {
        for part in &mut self.parts {
            if let State::Waiting { tried } = part.state {
                part.state = becomes(tried);
            }
        }
    }
}

/// `None`: one second cannot be cut.
fn middle(interval: Interval) -> Option<jiff::Timestamp> {
    let half = interval.seconds() / 2;
    let half = jiff::SignedDuration::from_secs(half);
    let middle = interval.from.checked_add(half).ok()?;
    (middle > interval.from).then_some(middle)
}

/// A sixteenth, at the end or at the beginning: next to a single second it is most likely readable.
fn near(interval: Interval, at_the_end: bool) -> Option<jiff::Timestamp> {
    if interval.seconds() < 2 {
        return None;
    }
    let part = jiff::SignedDuration::from_secs((interval.seconds() / 16).max(1));
    match at_the_end {
        true => interval.to.checked_sub(part).ok(),
        false => interval.from.checked_add(part).ok(),
    }
}

fn halves(interval: Interval, middle: jiff::Timestamp) -> (Interval, Interval) {
    let first = Interval {
        from: interval.from,
        to: middle,
    };
    let second = Interval {
        from: middle,
        to: interval.to,
    };
    (first, second)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;
    use proptest::prelude::*;

    fn interval(from: i64, to: i64) -> Interval {
        let at = |second| Timestamp::from_second(1_700_000_000 + second).expect("in range");
        Interval {
            from: at(from),
            to: at(to),
        }
    }

    fn seconds(interval: &Interval) -> (i64, i64) {
        let second = |at: Timestamp| at.as_second() - 1_700_000_000;
        (second(interval.from), second(interval.to))
    }

    /// Searches a period with unreadable parts; returns the number of calls, and what is left.
    fn found(length: i64, unreadable: &[(i64, i64)]) -> (u32, Vec<(i64, i64)>) {
        let mut search = Search::of_unreadable(interval(0, length));
        let mut calls = 0;
        while let Some(part) = search.next() {
            calls += 1;
            assert!(calls < 10_000, "no end");
            let (from, to) = seconds(&part);
            match unreadable.iter().any(|bad| bad.0 < to && from < bad.1) {
                true => search.is_unreadable(part),
                false => search.is_readable(part, 1),
            }
        }
        assert!(search.is_over());
        (calls, search.unreadable().iter().map(seconds).collect())
    }

    const DAY: i64 = 86_400;

    proptest! {
        #[test]
        fn one_second_is_found_in_few_calls(length in 1..90 * DAY, at in 0.0..1.0) {
            let bad = (at * length as f64) as i64;
            let (calls, left) = found(length, &[(bad, bad + 1)]);
            prop_assert_eq!(left, [(bad, bad + 1)]);
            prop_assert!(calls <= 48, "{calls} calls");
            if length <= DAY {
                prop_assert!(calls <= 36, "{calls} calls");
            }
        }

        #[test]
        fn a_longer_time_is_found_from_both_its_ends(length in 7200..30 * DAY, at in 0.0..1.0, lasts in 2i64..7200) {
            let from = (at * (length - lasts) as f64) as i64;
            let (calls, left) = found(length, &[(from, from + lasts)]);
            prop_assert_eq!(left, [(from, from + lasts)]);
            prop_assert!(calls <= 66, "{calls} calls");
        }

        #[test]
        fn what_is_readable_between_a_few_seconds_is_found(
            length in 1000..DAY,
            bad in proptest::collection::btree_set(0i64..1000, 1..8),
        ) {
            let bad: Vec<(i64, i64)> = bad.iter().map(|at| at / 8 * 8).map(|at| (at, at + 1)).collect();
            let (_, left) = found(length, &bad);
            for second in &bad {
                prop_assert!(left.iter().any(|left| left.0 <= second.0 && second.1 <= left.1), "{left:?}");
            }
            // Some that are close to each other may be merged.
            let seconds: i64 = left.iter().map(|(from, to)| to - from).sum();
            prop_assert!(seconds <= bad.len() as i64 + 64, "{left:?}");
        }
    }

    #[test]
    fn an_hour_of_unreadable_records_is_not_searched_for_the_time_between_them() {
        // A record every 24 seconds, those of one hour unreadable.
        for from in (7 * 3600..8 * 3600).step_by(7) {
            let hour = from..from + 3600;
            let mut search = Search::of_unreadable(interval(0, DAY));
            let mut calls = 0;
            while let Some(part) = search.next() {
                let (from, to) = seconds(&part);
                let mut records = (0..DAY).step_by(24).filter(|at| (from..to).contains(at));
                match records.clone().any(|at| hour.contains(&at)) {
                    true => search.is_unreadable(part),
                    false => search.is_readable(part, records.next().map_or(0, |_| 1)),
                }
                // An empty part is requested twice.
                calls += 1;
            }
            let left: Vec<_> = search.unreadable().iter().map(seconds).collect();
            let [(first, last)] = left[..] else {
                panic!("{left:?}");
            };
            // From the first unreadable record to the last, and less than a record to either side.
            assert!(
                hour.contains(&(first + 23)) && hour.contains(&(last - 24)),
                "{left:?}"
            );
            assert!(last - first <= 3600 + 48, "{left:?}");
            assert!(calls <= 60, "{calls} calls");
        }
    }

    #[test]
    fn a_time_that_failed_for_another_reason_is_read_to_its_end() {
        // Nothing of it is unreadable: it was too large.
        let (calls, left) = found(DAY, &[]);
        assert_eq!(left, []);
        assert!(calls <= 24, "{calls} calls");
    }

    #[test]
    fn a_wholly_unreadable_time_is_given_up_soon() {
        let (calls, left) = found(3600, &[(0, 3600)]);
        assert_eq!(left, [(0, 3600)]);
        assert!(calls <= 60, "{calls} calls");
    }

    #[test]
    fn what_was_read_to_a_point_is_searched_after_it() {
        let mut search = Search::of_untried(interval(0, 100));
        assert_eq!(search.next().as_ref().map(seconds), Some((0, 100)));
        search.is_readable_until(interval(0, 100), interval(40, 41).from);
        assert_eq!(search.next().as_ref().map(seconds), Some((40, 70)));
        search.is_unreadable(interval(40, 70));
        assert_eq!(search.next().as_ref().map(seconds), Some((70, 100)));
        search.is_too_large(interval(70, 100));
        assert_eq!(search.next().as_ref().map(seconds), Some((70, 85)));
        search.is_left(interval(70, 85));
        assert!(!search.is_over());
        let left: Vec<_> = search.unreadable().iter().map(seconds).collect();
        assert_eq!(left, [(40, 70), (85, 100)]);
    }
}
