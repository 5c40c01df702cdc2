//! Deterministic draws: the same seed, posting and purpose always give the same value.
//!
//! Everything is integer arithmetic (and `f64` multiplication and addition, which are exact by
//! IEEE 754), so that a seed gives the same bytes on every platform and in every release. That is
//! why this is not `rand`: its generators may change between versions.
//!
//! Two kinds of draw:
//! - [`Draw`]: independent pseudo-random values.
//! - [`even`]: values that fill the unit interval evenly as the index grows (a Kronecker sequence).
//!   Shares that are known from the published figures use it, so that 15,000 postings reproduce them
//!   within a fraction of a percent instead of within the noise of a random sample.

/// The purpose of a draw. Each purpose has its own stream, so that changing how one property of a
/// posting is drawn does not affect the others.
#[derive(Debug, Clone, Copy)]
#[repr(u64)]
pub(crate) enum Purpose {
    Identity = 1,
    PostingTime,
    Codes,
    Title,
    Company,
    Industry,
    Location,
    Experience,
    Education,
    Salary,
    Closing,
    Counts,
    Gaps,
    Edit,
    Arrival,
    Fault,
}

/// The finaliser of splitmix64: spreads every input bit over all output bits.
pub(crate) fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A 64-bit hash of bytes, chained with [`mix`]; stable across releases and platforms.
pub(crate) fn hash_bytes(seed: u64, bytes: &[u8]) -> u64 {
    let mut hash = mix(seed ^ bytes.len() as u64);
    for chunk in bytes.chunks(8) {
        let mut word = [0u8; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        hash = mix(hash ^ u64::from_le_bytes(word));
    }
    hash
}

/// The top 53 bits as a number in `[0, 1)`.
pub(crate) fn unit(bits: u64) -> f64 {
    (bits >> 11) as f64 / (1u64 << 53) as f64
}

/// A stream of pseudo-random values for one purpose of one posting.
#[derive(Debug, Clone)]
pub(crate) struct Draw {
    state: u64,
}

impl Draw {
    pub(crate) fn new(seed: u64, index: u64, purpose: Purpose) -> Self {
        Self {
            state: mix(mix(seed ^ mix(purpose as u64)) ^ index),
        }
    }

    pub(crate) fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.state)
    }

    /// In `[0, 1)`.
    pub(crate) fn unit(&mut self) -> f64 {
        unit(self.bits())
    }

    /// In `0..n`; 0 for an empty range.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.bits()) * n as u128) >> 64) as usize
    }

    /// In `low..=high`.
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        low + self.below((high - low + 1) as usize) as i64
    }

    pub(crate) fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    pub(crate) fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }

    /// One of `items`, in proportion to its weight.
    pub(crate) fn weighted<'a, T>(&mut self, items: &'a [(T, f64)]) -> &'a T {
        let at = self.unit();
        pick_weighted(items, at)
    }
}

/// The item at the fraction `at` (`[0, 1)`) of the total weight.
pub(crate) fn pick_weighted<T>(items: &[(T, f64)], at: f64) -> &T {
    let total: f64 = items.iter().map(|(_, weight)| weight).sum();
    let mut left = at * total;
    for (item, weight) in items {
        left -= weight;
        if left < 0.0 {
            return item;
        }
    }
    &items[items.len() - 1].0
}

/// The properties that are spread evenly over the postings.
#[derive(Debug, Clone, Copy)]
#[repr(usize)]
pub(crate) enum Spread {
    DataRoles = 0,
    Occupation,
    JobType,
    Industry,
    Region,
    District,
    Experience,
    /// The first published trait; the others follow (see `profile::TRAITS`).
    Trait,
}

/// Fractional parts of square roots of primes, in units of 2⁻⁶⁴: rationally independent, so that
/// the sequences are evenly spread jointly too.
const STEPS: [u64; 16] = [
    0x6a09_e667_f3bc_c908, // √2
    0xbb67_ae85_84ca_a73b, // √3
    0x3c6e_f372_fe94_f82b, // √5
    0xa54f_f53a_5f1d_36f1, // √7
    0x510e_527f_ade6_82d1, // √11
    0x9b05_688c_2b3e_6c1f, // √13
    0x1f83_d9ab_fb41_bd6b, // √17
    0x5be0_cd19_137e_2179, // √19
    0xcbbb_9d5d_c105_9ed8, // √23
    0x629a_292a_367c_d507, // √29
    0x9159_015a_3070_dd17, // √31
    0x152f_ecd8_f70e_5939, // √37
    0x6733_2667_ffc0_0b31, // √41
    0x8eb4_4a87_6858_1511, // √43
    0xdb0c_2e0d_64f9_8fa7, // √47
    0x47b5_481d_befa_4fa4, // √53
];

/// The value of the evenly spread sequence `spread + offset` for this posting, in `[0, 1)`.
pub(crate) fn even(seed: u64, index: u64, spread: Spread, offset: usize) -> f64 {
    let sequence = spread as usize + offset;
    let start = mix(seed ^ mix(0x5eed ^ sequence as u64));
    unit(start.wrapping_add(index.wrapping_add(1).wrapping_mul(STEPS[sequence])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_depends_only_on_seed_posting_and_purpose() {
        let first = |seed, index, purpose| Draw::new(seed, index, purpose).bits();
        assert_eq!(first(1, 2, Purpose::Title), first(1, 2, Purpose::Title));
        assert_ne!(first(1, 2, Purpose::Title), first(2, 2, Purpose::Title));
        assert_ne!(first(1, 2, Purpose::Title), first(1, 3, Purpose::Title));
        assert_ne!(first(1, 2, Purpose::Title), first(1, 2, Purpose::Codes));
    }

    #[test]
    fn even_sequences_fill_the_interval_and_are_independent() {
        let n = 10_000;
        for a in 0..STEPS.len() {
            let below = (0..n)
                .filter(|&i| even(7, i, Spread::DataRoles, a) < 0.25)
                .count();
            assert!((2_490..=2_510).contains(&below), "sequence {a}: {below}");
            for b in 0..a {
                let both = (0..n)
                    .filter(|&i| {
                        even(7, i, Spread::DataRoles, a) < 0.25
                            && even(7, i, Spread::DataRoles, b) < 0.4
                    })
                    .count();
                assert!((940..=1_060).contains(&both), "sequences {a}, {b}: {both}");
            }
        }
    }

    #[test]
    fn weights_decide_the_share() {
        let items = [("a", 1.0), ("b", 3.0)];
        let mut draw = Draw::new(3, 0, Purpose::Codes);
        let b = (0..4_000).filter(|_| *draw.weighted(&items) == "b").count();
        assert!((2_900..=3_100).contains(&b), "{b}");
        assert_eq!(*pick_weighted(&items, 0.999_999), "b");
    }
}
