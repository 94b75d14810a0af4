//! Parquet files of a test's own.

use std::sync::Arc;

use parquet::basic::Compression;
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int32Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

/// How many rows a file has, and each row group.
pub(super) struct Written {
    pub(super) rows: i32,
    pub(super) group: i32,
}

/// The list is spelled as old writers spell it.
const SCHEMA: &str = "message m {
    required int32 id;
    required binary name (UTF8);
    optional double score;
    required group tags (LIST) { repeated binary array (UTF8); }
}";

fn writer(schema: &str, compression: Compression) -> SerializedFileWriter<Vec<u8>> {
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let properties = WriterProperties::builder()
        .set_compression(compression)
        .set_data_page_row_count_limit(10)
        .set_write_batch_size(5)
        .build();
    SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties)).unwrap()
}

/// A file of records: every tenth has no score, every second one tag and others two.
pub(super) fn file(written: &Written) -> Vec<u8> {
    let mut writer = writer(SCHEMA, Compression::SNAPPY);
    let text = |text: String| ByteArray::from(text.into_bytes());
    for start in (0..written.rows).step_by(usize::try_from(written.group).unwrap()) {
        let ids: Vec<i32> = (start..(start + written.group).min(written.rows)).collect();
        let mut group = writer.next_row_group().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<Int32Type>().write_batch(&ids, None, None).unwrap();
        column.close().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        let names: Vec<ByteArray> = ids.iter().map(|id| text(format!("name {id:03}"))).collect();
        column.typed::<ByteArrayType>().write_batch(&names, None, None).unwrap();
        column.close().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        let levels: Vec<i16> = ids.iter().map(|id| i16::from(id % 10 != 0)).collect();
        let scores: Vec<f64> =
            ids.iter().filter(|id| *id % 10 != 0).map(|id| f64::from(*id) / 2.0).collect();
        column.typed::<DoubleType>().write_batch(&scores, Some(&levels), None).unwrap();
        column.close().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        let (mut tags, mut repeated) = (Vec::new(), Vec::new());
        for id in &ids {
            // The 100th and every even one but a few have two.
            let two = id % 2 == 0 || *id == written.rows - 1;
            tags.extend(
                ["a", "b"].iter().take(1 + usize::from(two)).map(|tag| text((*tag).to_owned())),
            );
            repeated.extend([0, 1].iter().take(1 + usize::from(two)));
        }
        let levels = vec![1; tags.len()];
        column.typed::<ByteArrayType>().write_batch(&tags, Some(&levels), Some(&repeated)).unwrap();
        column.close().unwrap();
        group.close().unwrap();
    }
    writer.into_inner().unwrap()
}

/// A file of one column of whole numbers.
pub(super) fn single(schema: &str, numbers: &[i32]) -> Vec<u8> {
    let mut writer = writer(schema, Compression::UNCOMPRESSED);
    let mut group = writer.next_row_group().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<Int32Type>().write_batch(numbers, None, None).unwrap();
    column.close().unwrap();
    group.close().unwrap();
    writer.into_inner().unwrap()
}

/// A file of one column of texts.
pub(super) fn texts(texts: &[Vec<u8>], compression: Compression) -> Vec<u8> {
    let mut writer = writer("message m { required binary text (UTF8); }", compression);
    let mut group = writer.next_row_group().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    let texts: Vec<ByteArray> = texts.iter().map(|text| ByteArray::from(text.clone())).collect();
    column.typed::<ByteArrayType>().write_batch(&texts, None, None).unwrap();
    column.close().unwrap();
    group.close().unwrap();
    writer.into_inner().unwrap()
}
