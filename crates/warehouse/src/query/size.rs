//! The materialised size of rows. In memory, rows may share one long text (views, dictionaries):
//! the size of an array says little about the cost of writing it.

use arrow::array::cast::AsArray;
use arrow::array::{Array, RecordBatch};
use arrow::datatypes::DataType;

/// Bytes of all values of a batch; a shared value counts for each row.
pub fn plain_bytes(batch: &RecordBatch) -> u64 {
    batch.columns().iter().map(|column| bytes(column)).sum()
}

fn bytes(array: &dyn Array) -> u64 {
    // The length of a view is in its lower half.
    let viewed = |views: &[u128]| views.iter().map(|view| u64::from(*view as u32)).sum();
    match array.data_type() {
        DataType::Utf8View => viewed(array.as_string_view().views()),
        DataType::BinaryView => viewed(array.as_binary_view().views()),
        DataType::Dictionary(..) => {
            let array = array.as_any_dictionary();
            let values = array.values();
            if values.is_empty() {
                return 0;
            }
            let sizes: Vec<u64> = (0..values.len())
                .map(|at| bytes(&values.slice(at, 1)))
                .collect();
            let sizes_of_rows = array
                .normalized_keys()
                .into_iter()
                .map(|key| sizes.get(key).copied().unwrap_or(0));
            sizes_of_rows.sum()
        }
        DataType::Struct(_) => array
            .as_struct()
            .columns()
            .iter()
            .map(|column| bytes(column))
            .sum(),
        DataType::List(_) => {
            let list = array.as_list::<i32>();
            let offsets = list.value_offsets();
            let (first, last) = (offsets[0] as usize, offsets[list.len()] as usize);
            bytes(&list.values().slice(first, last - first))
        }
        DataType::LargeList(_) => {
            let list = array.as_list::<i64>();
            let offsets = list.value_offsets();
            let (first, last) = (offsets[0] as usize, offsets[list.len()] as usize);
            bytes(&list.values().slice(first, last - first))
        }
        DataType::Map(..) => {
            let map = array.as_map();
            let offsets = map.value_offsets();
            let (first, last) = (offsets[0] as usize, offsets[map.len()] as usize);
            bytes(&map.entries().slice(first, last - first))
        }
        _ => array
            .to_data()
            .get_slice_memory_size()
            .unwrap_or_else(|_| array.get_array_memory_size()) as u64,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, DictionaryArray, Int32Array, Int64Array};
    use arrow::array::{StringArray, StringViewBuilder};
    use arrow::datatypes::Int32Type;

    use super::*;

    fn size(array: ArrayRef) -> u64 {
        let batch = RecordBatch::try_from_iter([("column", array)]).unwrap();
        plain_bytes(&batch)
    }

    #[test]
    fn a_text_shared_by_rows_counts_for_each() {
        let long = "x".repeat(1_000);
        let mut views = StringViewBuilder::new();
        let block = views.append_block(long.as_bytes().into());
        for _ in 0..500 {
            views.try_append_view(block, 0, 1_000).unwrap();
        }
        assert_eq!(size(Arc::new(views.finish())), 500_000);
        let keys = Int32Array::from_iter_values(std::iter::repeat_n(1, 500));
        let values = Arc::new(StringArray::from(vec!["", long.as_str()]));
        let shared = DictionaryArray::<Int32Type>::new(keys, values);
        let counted = size(Arc::new(shared.clone()));
        assert!((500_000..510_000).contains(&counted), "{counted}");
        let part = size(Arc::new(shared.slice(0, 5)));
        assert!((5_000..5_100).contains(&part), "{part}");
    }

    #[test]
    fn numbers_count_as_they_are() {
        assert_eq!(size(Arc::new(Int64Array::from(vec![1, 2, 3]))), 24);
        let nine = Int64Array::from(vec![0; 9]);
        assert_eq!(size(Arc::new(nine.slice(0, 3))), 24);
    }
}
