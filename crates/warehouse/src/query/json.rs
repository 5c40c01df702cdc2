//! Numbers in JSON. Most readers parse them as doubles, so a number that does not round-trip is
//! written as a string, in any column: integers beyond 2^53 − 1 either way, decimals that a double
//! would change, and values that JSON cannot express as numbers (`"NaN"`, `"inf"`, `"-inf"`). Each
//! value is decided separately; values within lists and structures are too.

use std::io::Write as _;

use arrow::array::cast::AsArray;
use arrow::array::{Array, ArrowPrimitiveType, PrimitiveArray};
use arrow::datatypes::{
    DataType, Decimal32Type, Decimal64Type, Decimal128Type, Decimal256Type, DecimalType, FieldRef,
    Float16Type, Float32Type, Float64Type, Int64Type, UInt64Type,
};
use arrow::error::ArrowError;
use arrow::json::writer::{Encoder, EncoderFactory, EncoderOptions, NullableEncoder};

/// The largest integer up to which doubles represent every integer exactly.
const LARGEST: u64 = (1 << 53) - 1;

/// Writes numbers as numbers only if they round-trip through a double.
#[derive(Debug)]
pub struct ExactNumbers;

impl EncoderFactory for ExactNumbers {
    fn make_default_encoder<'a>(
        &self,
        _field: &'a FieldRef,
        array: &'a dyn Array,
        _options: &'a EncoderOptions,
    ) -> Result<Option<NullableEncoder<'a>>, ArrowError> {
        let encoder: Box<dyn Encoder + 'a> = match array.data_type() {
            DataType::Int64 => whole::<Int64Type>(array, i64::unsigned_abs),
            DataType::UInt64 => whole::<UInt64Type>(array, |value| value),
            DataType::Float16 => floating::<Float16Type>(array),
            DataType::Float32 => floating::<Float32Type>(array),
            DataType::Float64 => floating::<Float64Type>(array),
            DataType::Decimal32(..) => decimal::<Decimal32Type>(array),
            DataType::Decimal64(..) => decimal::<Decimal64Type>(array),
            DataType::Decimal128(..) => decimal::<Decimal128Type>(array),
            DataType::Decimal256(..) => decimal::<Decimal256Type>(array),
            _ => return Ok(None),
        };
        Ok(Some(NullableEncoder::new(encoder, array.nulls().cloned())))
    }
}

fn whole<'a, T: ArrowPrimitiveType>(
    array: &'a dyn Array,
    size: fn(T::Native) -> u64,
) -> Box<dyn Encoder + 'a>
where
    T::Native: std::fmt::Display,
{
    let array: &PrimitiveArray<T> = array.as_primitive();
    Box::new(Number(move |row: usize, out: &mut Vec<u8>| {
        let value = array.value(row);
        put(out, size(value) <= LARGEST, value);
    }))
}

fn floating<'a, T: ArrowPrimitiveType>(array: &'a dyn Array) -> Box<dyn Encoder + 'a>
where
    T::Native: Into<f64> + std::fmt::Display + std::fmt::Debug,
{
    let array: &PrimitiveArray<T> = array.as_primitive();
    Box::new(Number(move |row: usize, out: &mut Vec<u8>| {
        let value = array.value(row);
        let wide: f64 = value.into();
        match wide.is_finite() {
            // In exponent notation if shorter, instead of three hundred digits.
            true => put(out, true, format_args!("{value:?}")),
            false => put(out, false, value),
        }
    }))
}

fn decimal<'a, T: DecimalType>(array: &'a dyn Array) -> Box<dyn Encoder + 'a> {
    let array: &PrimitiveArray<T> = array.as_primitive();
    Box::new(Number(move |row: usize, out: &mut Vec<u8>| {
        let text = array.value_as_string(row);
        put(out, a_double_holds(&text), text);
    }))
}

/// Whether a decimal round-trips through a double.
fn a_double_holds(text: &str) -> bool {
    let shortest = match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.'),
        false => text,
    };
    text.parse::<f64>()
        .is_ok_and(|double| double.to_string() == shortest)
}

fn put(out: &mut Vec<u8>, number: bool, value: impl std::fmt::Display) {
    let quote = if number { "" } else { "\"" };
    // Writing to memory cannot fail.
    write!(out, "{quote}{value}{quote}").ok();
}

struct Number<F>(F);

impl<F: FnMut(usize, &mut Vec<u8>)> Encoder for Number<F> {
    fn encode(&mut self, row: usize, out: &mut Vec<u8>) {
        (self.0)(row, out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decimal_is_a_number_where_it_round_trips_through_a_double() {
        for text in [
            "0",
            "0.10",
            "-1.5",
            "100000000000000000000",
            "123456789012.345",
            "0.00",
        ] {
            assert!(a_double_holds(text), "{text}");
        }
        for text in [
            "12345678901234567.12345",
            "0.1234567890123456789",
            "9007199254740993",
            "-9007199254740993.0",
        ] {
            assert!(!a_double_holds(text), "{text}");
        }
    }
}
