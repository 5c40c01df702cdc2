//! Dictionary encoding of the values of each row: codes are indices into a dictionary of values.

/// The codes of every row.
///
/// Codes are as narrow as the number of values allows. If no row has more than one, they are a plain
/// column, in which a code equal to the number of values means none.
#[derive(Debug)]
pub(crate) enum Codes {
    Narrow(Column<u8>),
    Middle(Column<u16>),
    Wide(Column<u32>),
}

#[derive(Debug)]
pub(crate) struct Column<T> {
    /// Where each row's codes begin; none for a plain column.
    starts: Option<Box<[u32]>>,
    codes: Box<[T]>,
}

pub(crate) trait Code: Copy {
    fn from_u32(code: u32) -> Self;
    fn to_u32(self) -> u32;
}

macro_rules! code {
    ($($kind:ty),*) => {$(
        impl Code for $kind {
            fn from_u32(code: u32) -> Self {
                code as $kind
            }
            fn to_u32(self) -> u32 {
                self.into()
            }
        }
    )*};
}
code!(u8, u16, u32);

macro_rules! each_width {
    ($codes:expr, $column:ident => $body:expr) => {
        match $codes {
            Codes::Narrow($column) => $body,
            Codes::Middle($column) => $body,
            Codes::Wide($column) => $body,
        }
    };
}

impl Codes {
    /// From pairs of row and code, in any order; a repeated pair counts once. `starts` and codes
    /// are 32 bits wide: the caller must ensure that there are fewer pairs than that.
    pub fn new(rows: usize, values: usize, pairs: &[(u32, u32)]) -> Self {
        let (starts, mut codes) = by_row(rows, pairs);
        // Removes duplicates in place.
        let mut kept = 0;
        let mut clean = Vec::with_capacity(rows + 1);
        for row in 0..rows {
            let own = starts[row] as usize..starts[row + 1] as usize;
            codes[own.clone()].sort_unstable();
            clean.push(kept as u32);
            for place in own.clone() {
                if place == own.start || codes[place] != codes[place - 1] {
                    codes[kept] = codes[place];
                    kept += 1;
                }
            }
        }
        clean.push(kept as u32);
        codes.truncate(kept);
        if clean.windows(2).all(|pair| pair[1] - pair[0] <= 1) {
            let plain = (0..rows).map(|row| {
                let start = clean[row];
                if start == clean[row + 1] {
                    values as u32
                } else {
                    codes[start as usize]
                }
            });
            return Self::plain(values, plain);
        }
        Self::sized(values, Some(clean.into_boxed_slice()), codes.into_iter())
    }

    /// One code for every row; `values` means none.
    pub fn plain(values: usize, codes: impl Iterator<Item = u32>) -> Self {
        Self::sized(values, None, codes)
    }

    fn sized(values: usize, starts: Option<Box<[u32]>>, codes: impl Iterator<Item = u32>) -> Self {
        fn column<T: Code>(
            starts: Option<Box<[u32]>>,
            codes: impl Iterator<Item = u32>,
        ) -> Column<T> {
            Column {
                starts,
                codes: codes.map(T::from_u32).collect(),
            }
        }
        if values <= usize::from(u8::MAX) {
            Self::Narrow(column(starts, codes))
        } else if values <= usize::from(u16::MAX) {
            Self::Middle(column(starts, codes))
        } else {
            Self::Wide(column(starts, codes))
        }
    }

    /// A row's codes, ascending.
    pub fn of(&self, row: usize, values: usize) -> impl Iterator<Item = usize> + '_ {
        let range = match each_width!(self, column => &column.starts) {
            Some(starts) => starts[row] as usize..starts[row + 1] as usize,
            None => row..row + 1,
        };
        range
            .map(|place| each_width!(self, column => column.codes[place].to_u32() as usize))
            .filter(move |code| *code < values)
    }

    /// The code of a plain column's row, or the first code of another column's row.
    pub fn first(&self, row: usize, values: usize) -> Option<usize> {
        self.of(row, values).next()
    }

    /// The total number of codes.
    pub fn pairs(&self) -> usize {
        each_width!(self, column => column.codes.len())
    }

    /// How many of `rows` have each of `values` values.
    pub fn tally(&self, rows: impl Iterator<Item = usize>, values: usize) -> Vec<u32> {
        // One more for rows without a value in a plain column.
        let mut counts = vec![0; values + 1];
        each_width!(self, column => column.tally(rows, &mut counts));
        counts.truncate(values);
        counts
    }

    pub fn memory_bytes(&self) -> usize {
        each_width!(self, column => {
            std::mem::size_of_val(&*column.codes)
                + column.starts.as_ref().map_or(0, |starts| std::mem::size_of_val(&**starts))
        })
    }
}

impl<T: Code> Column<T> {
    fn tally(&self, rows: impl Iterator<Item = usize>, counts: &mut [u32]) {
        match &self.starts {
            Some(starts) => rows.for_each(|row| {
                for code in &self.codes[starts[row] as usize..starts[row + 1] as usize] {
                    counts[code.to_u32() as usize] += 1;
                }
            }),
            None => rows.for_each(|row| counts[self.codes[row].to_u32() as usize] += 1),
        }
    }
}

/// The codes sorted by row, and where each row's begin.
fn by_row(rows: usize, pairs: &[(u32, u32)]) -> (Vec<u32>, Vec<u32>) {
    let mut starts = vec![0_u32; rows + 1];
    for (row, _) in pairs {
        starts[*row as usize + 1] += 1;
    }
    for row in 0..rows {
        starts[row + 1] += starts[row];
    }
    let mut next = starts.clone();
    let mut codes = vec![0; pairs.len()];
    for (row, code) in pairs {
        let place = &mut next[*row as usize];
        codes[*place as usize] = *code;
        *place += 1;
    }
    (starts, codes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_follow_the_number_of_values() {
        for values in [3, 255, 256, 65_535, 65_536, 70_000] {
            let last = values as u32 - 1;
            let pairs = [(0, last), (2, 0), (2, last), (2, 0)];
            let codes = Codes::new(3, values, &pairs);
            assert_eq!(codes.of(0, values).collect::<Vec<_>>(), [values - 1]);
            assert_eq!(codes.of(1, values).count(), 0);
            assert_eq!(codes.of(2, values).collect::<Vec<_>>(), [0, values - 1]);
            let plain = Codes::new(3, values, &pairs[..2]);
            assert_eq!(plain.of(1, values).count(), 0);
            assert_eq!(plain.first(2, values), Some(0));
            let counts = plain.tally(0..3, values);
            assert_eq!((counts[0], counts[values - 1]), (1, 1));
            assert_eq!(counts.iter().sum::<u32>(), 2);
            let counts = codes.tally(0..3, values);
            assert_eq!((counts[0], counts[values - 1]), (1, 2));
        }
    }
}
