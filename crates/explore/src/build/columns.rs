//! Columns of a batch as the image needs them, of any width and encoding.

use arrow_array::cast::AsArray as _;
use arrow_array::types::{
    Date32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type,
    UInt32Type,
};
use arrow_array::{
    Array, ArrayRef, BooleanArray, LargeStringArray, PrimitiveArray, RecordBatch, StringArray,
    StringViewArray,
};

use crate::days::{NO_DAY, day_of};
use crate::error::ImageError;

/// The columns of a batch, and the part that the batch belongs to.
pub(super) struct Columns<'a> {
    part: String,
    batch: &'a RecordBatch,
}

impl<'a> Columns<'a> {
    pub fn new(part: String, batch: &'a RecordBatch) -> Self {
        Self { part, batch }
    }

    pub fn rows(&self) -> usize {
        self.batch.num_rows()
    }

    pub fn error(&self, problem: String) -> ImageError {
        ImageError::Column {
            part: self.part.clone(),
            problem,
        }
    }

    pub fn too_large(&self, what: &'static str) -> ImageError {
        ImageError::TooLarge {
            part: self.part.clone(),
            what,
        }
    }

    fn column(&self, name: &str) -> Result<&'a ArrayRef, ImageError> {
        let missing = || self.error(format!("there is no column `{name}`"));
        self.batch.column_by_name(name).ok_or_else(missing)
    }

    fn wrong(&self, name: &str, column: &ArrayRef, wanted: &str) -> ImageError {
        let found = column.data_type();
        self.error(format!(
            "the column `{name}` is of type {found}, not {wanted}"
        ))
    }

    pub fn texts(&self, name: &str) -> Result<TextColumn<'a>, ImageError> {
        let column = self.column(name)?;
        TextColumn::new(column).ok_or_else(|| self.wrong(name, column, "text"))
    }

    /// Integers.
    pub fn numbers(&self, name: &str) -> Result<Vec<Option<i64>>, ImageError> {
        fn all<T: arrow_array::ArrowPrimitiveType<Native: Into<i64>>>(
            column: &PrimitiveArray<T>,
        ) -> Vec<Option<i64>> {
            column.iter().map(|number| number.map(Into::into)).collect()
        }
        let column = self.column(name)?;
        macro_rules! first_of {
            ($($kind:ty),*) => {
                $(if let Some(column) = column.as_primitive_opt::<$kind>() {
                    return Ok(all(column));
                })*
            };
        }
        first_of!(
            Int64Type, Int32Type, Int16Type, Int8Type, UInt32Type, UInt16Type, UInt8Type
        );
        if is_null(column) {
            return Ok(vec![None; column.len()]);
        }
        Err(self.wrong(name, column, "a whole number"))
    }

    /// Days since 1970-01-01, or [`NO_DAY`].
    pub fn days(&self, name: &str) -> Result<Vec<i32>, ImageError> {
        let column = self.column(name)?;
        if is_null(column) {
            return Ok(vec![NO_DAY; column.len()]);
        }
        let days = column
            .as_primitive_opt::<Date32Type>()
            .ok_or_else(|| self.wrong(name, column, "a date"))?;
        days.iter()
            .map(|day| match day {
                None => Ok(NO_DAY),
                Some(day) if day_of(day).is_some() => Ok(day),
                Some(day) => {
                    let problem = format!("`{name}` has an invalid date: {day}");
                    Err(self.error(problem))
                }
            })
            .collect()
    }

    pub fn flags(&self, name: &str) -> Result<&'a BooleanArray, ImageError> {
        let column = self.column(name)?;
        column
            .as_boolean_opt()
            .ok_or_else(|| self.wrong(name, column, "true or false"))
    }

    /// Shares between 0 and 1.
    pub fn shares(&self, name: &str) -> Result<Vec<Option<f64>>, ImageError> {
        let column = self.column(name)?;
        if is_null(column) {
            return Ok(vec![None; column.len()]);
        }
        let shares = column
            .as_primitive_opt::<Float64Type>()
            .ok_or_else(|| self.wrong(name, column, "a double"))?;
        Ok(shares.iter().collect())
    }
}

fn is_null(column: &ArrayRef) -> bool {
    column.as_any().is::<arrow_array::NullArray>()
}

/// A column of texts.
pub(super) enum TextColumn<'a> {
    Short(&'a StringArray),
    Long(&'a LargeStringArray),
    View(&'a StringViewArray),
    /// Dictionary-encoded: each row's index into the distinct texts.
    Coded(Vec<Option<usize>>, Box<TextColumn<'a>>),
    Missing,
}

impl<'a> TextColumn<'a> {
    fn new(column: &'a ArrayRef) -> Option<Self> {
        if let Some(texts) = column.as_string_opt::<i32>() {
            return Some(Self::Short(texts));
        }
        if let Some(texts) = column.as_string_view_opt() {
            return Some(Self::View(texts));
        }
        if let Some(texts) = column.as_string_opt::<i64>() {
            return Some(Self::Long(texts));
        }
        if let Some(coded) = column.as_any_dictionary_opt() {
            let values = Box::new(Self::new(coded.values())?);
            let places = if coded.values().is_empty() {
                vec![None; column.len()]
            } else {
                let places = coded.normalized_keys().into_iter().enumerate();
                let keys = coded.keys();
                places
                    .map(|(row, place)| keys.is_valid(row).then_some(place))
                    .collect()
            };
            return Some(Self::Coded(places, values));
        }
        is_null(column).then_some(Self::Missing)
    }

    pub fn get(&self, row: usize) -> Option<&str> {
        match self {
            Self::Short(texts) => texts.is_valid(row).then(|| texts.value(row)),
            Self::Long(texts) => texts.is_valid(row).then(|| texts.value(row)),
            Self::View(texts) => texts.is_valid(row).then(|| texts.value(row)),
            Self::Coded(places, values) => values.get(places[row]?),
            Self::Missing => None,
        }
    }
}
