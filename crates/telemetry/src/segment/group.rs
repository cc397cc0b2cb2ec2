//! A row group while it is written: each of its columns by its own writer.

use std::io::Write;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, Schema};
use parquet::arrow::arrow_writer::{ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves};
use parquet::errors::ParquetError;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::SchemaDescriptor;

use super::names::Names;

/// Columns of a row group under construction, in the order of the table.
pub(super) struct Group(Vec<Column>);

enum Column {
    /// Keys of a dictionary that is at hand; the writer is for those whose dictionary becomes too large.
    Names(Names, ArrowColumnWriter),
    Other(ArrowColumnWriter),
}

impl Group {
    /// The next row group of the file.
    pub(super) fn begin<W: Write + Send>(
        writer: &SerializedFileWriter<W>,
        factory: &ArrowRowGroupWriterFactory,
        table: &Schema,
    ) -> Result<Self, ParquetError> {
        let writers = factory.create_column_writers(writer.flushed_row_groups().len())?;
        let columns = writers.into_iter().zip(table.fields()).map(|(writer, of)| match of.data_type() {
            DataType::Dictionary(_, _) => Column::Names(Names::default(), writer),
            _ => Column::Other(writer),
        });
        Ok(Self(columns.collect()))
    }

    /// The next rows. Their dictionaries have what those of the rows before had, at the same keys.
    pub(super) fn add(&mut self, rows: &RecordBatch) -> Result<(), ParquetError> {
        let schema = rows.schema();
        for ((column, field), array) in self.0.iter_mut().zip(schema.fields()).zip(rows.columns()) {
            match column {
                Column::Names(names, _) => names.add(array),
                Column::Other(writer) => {
                    compute_leaves(field, array)?.iter().try_for_each(|leaf| writer.write(leaf))?;
                }
            }
        }
        Ok(())
    }

    /// Writes the row group into its file.
    pub(super) fn finish<W: Write + Send>(
        self,
        writer: &mut SerializedFileWriter<W>,
    ) -> Result<(), ParquetError> {
        let table = SchemaDescriptor::new(writer.schema_descr().root_schema_ptr());
        let mut into = writer.next_row_group()?;
        for (column, of) in self.0.into_iter().zip(table.columns()) {
            let chunk = match column {
                Column::Other(writer) => writer.close()?,
                Column::Names(names, mut writer) => {
                    if let Some((bytes, close)) = names.encode(of.clone())? {
                        into.append_column(&bytes, close)?;
                        continue;
                    }
                    for rows in names.into_rows() {
                        let field = Field::new(of.name(), rows.data_type().clone(), of.max_def_level() > 0);
                        compute_leaves(&field, &rows)?.iter().try_for_each(|leaf| writer.write(leaf))?;
                    }
                    writer.close()?
                }
            };
            chunk.append_to_row_group(&mut into)?;
        }
        into.close()?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, AsArray as _, DictionaryArray, Int32Array, StringArray};
    use arrow::datatypes::Int32Type;
    use bytes::Bytes;
    use parquet::arrow::ArrowWriter;
    use parquet::arrow::arrow_reader::{
        ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder, RowSelection,
    };
    use parquet::file::metadata::PageIndexPolicy;
    use proptest::prelude::*;

    use super::*;
    use crate::segment::uniform::Uniform;
    use crate::segment::write::properties;
    use crate::signal::Signal;

    /// Rows by the number of their text, in a file with a row group each.
    fn file(groups: &[Vec<Vec<Option<i32>>>], text: impl Fn(i32) -> String, nullable: bool) -> Bytes {
        let of = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
        let schema = Arc::new(Schema::new(vec![Field::new("service", of, nullable)]));
        let properties = properties(Signal::Spans, 0, &|_| false);
        let writer = ArrowWriter::try_new(Vec::new(), schema.clone(), Some(properties)).expect("begun");
        let (mut writer, columns) = writer.into_serialized_writer().expect("nothing is written yet");
        let mut texts = Vec::new();
        for chunks in groups {
            let mut group = Group::begin(&writer, &columns, &schema).expect("begun");
            for chunk in chunks {
                let most = chunk.iter().flatten().max().map_or(0, |most| most + 1);
                texts.extend((i32::try_from(texts.len()).expect("few")..most).map(&text));
                let texts = Arc::new(StringArray::from_iter_values(&texts));
                let rows: Int32Array = chunk.iter().copied().collect();
                let rows: ArrayRef =
                    Arc::new(DictionaryArray::<Int32Type>::try_new(rows, texts).expect("a dictionary"));
                group.add(&RecordBatch::try_new(schema.clone(), vec![rows]).expect("rows")).expect("added");
            }
            group.finish(&mut writer).expect("written");
        }
        writer.into_inner().expect("written").into()
    }

    fn opened(file: &Bytes) -> ArrowReaderMetadata {
        let options = ArrowReaderOptions::new().with_page_index_policy(PageIndexPolicy::Required);
        ArrowReaderMetadata::load(file, options).expect("opened")
    }

    fn read(file: &Bytes, selection: Option<RowSelection>) -> Vec<Option<String>> {
        let mut reader = ParquetRecordBatchReaderBuilder::new_with_metadata(file.clone(), opened(file));
        if let Some(selection) = selection {
            reader = reader.with_row_selection(selection);
        }
        let mut rows = Vec::new();
        for batch in reader.build().expect("a reader") {
            let batch = batch.expect("read");
            let names = batch.column(0).as_dictionary::<Int32Type>();
            let names = names.downcast_dict::<StringArray>().expect("texts");
            rows.extend(names.into_iter().map(|name| name.map(str::to_owned)));
        }
        rows
    }

    fn texts(groups: &[Vec<Vec<Option<i32>>>], text: impl Fn(i32) -> String) -> Vec<Option<String>> {
        groups.iter().flatten().flatten().map(|row| row.map(&text)).collect()
    }

    /// Groups of chunks of rows with at most so many texts.
    fn groups() -> impl Strategy<Value = (bool, Vec<Vec<Vec<Option<i32>>>>)> {
        let chunk = |nullable: bool| {
            let missing = if nullable { 1 } else { 0 };
            let number = prop_oneof![Just(0), 0..3, 0..40, 0..5_000];
            let row = prop_oneof![missing => Just(None), 3 => number.prop_map(Some)];
            let run = (row, prop_oneof![Just(1), 1..20_usize, Just(700)]);
            proptest::collection::vec(run, 1..30)
                .prop_map(|runs| runs.into_iter().flat_map(|(row, times)| vec![row; times]).collect())
        };
        any::<bool>().prop_flat_map(move |nullable| {
            let group = proptest::collection::vec(chunk(nullable), 1..5);
            proptest::collection::vec(group, 1..4).prop_map(move |groups| (nullable, groups))
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

        #[test]
        fn names_are_read_as_they_were_written((nullable, groups) in groups(), from in 0.0..1.0_f64) {
            let text = |number: i32| format!("name {number}");
            let file = file(&groups, text, nullable);
            let all = texts(&groups, text);
            prop_assert_eq!(&read(&file, None), &all);
            let from = (from * all.len() as f64) as usize;
            let to = (from + 10).min(all.len());
            let selection = RowSelection::from_consecutive_ranges(std::iter::once(from..to), all.len());
            prop_assert_eq!(read(&file, Some(selection)), &all[from..to]);
            for (group, chunks) in opened(&file).metadata().row_groups().iter().zip(&groups) {
                let rows: Vec<_> = chunks.iter().flatten().collect();
                let first = rows[0];
                let wanted = rows.iter().all(|row| *row == first).then(|| match first {
                    Some(number) => Uniform::Text(text(*number)),
                    None => Uniform::Nothing,
                });
                prop_assert_eq!(Uniform::of(group.column(0), rows.len() as u64), wanted);
            }
        }
    }

    #[test]
    fn pages_are_found_by_row() {
        let rows: Vec<Option<i32>> =
            (0..65_536).map(|row| (row % 7 > 0).then_some(row * 7 % 1_000)).collect();
        let (text, groups) = (|number: i32| number.to_string(), vec![vec![rows]]);
        let file = file(&groups, text, true);
        let opened = opened(&file);
        let pages = opened.metadata().offset_index().expect("an index")[0][0].page_locations().len();
        assert_eq!(pages, 4, "of at most 20,000 rows");
        let all = texts(&groups, text);
        for from in [0, 19_999, 20_000, 65_530] {
            let selection = RowSelection::from_consecutive_ranges(std::iter::once(from..from + 6), all.len());
            assert_eq!(read(&file, Some(selection)), all[from..from + 6]);
        }
    }

    #[test]
    fn names_that_are_too_many_for_a_dictionary_are_written_without() {
        let rows: Vec<Option<i32>> = (0..20_000).map(Some).collect();
        let text = |number: i32| format!("{number:0100}");
        let groups = vec![vec![rows.clone(), rows], vec![vec![Some(1)], vec![None]]];
        let file = file(&groups, text, true);
        assert_eq!(read(&file, None), texts(&groups, text));
        let dictionary = |group: usize| {
            opened(&file).metadata().row_group(group).column(0).dictionary_page_offset().is_some()
        };
        let bytes = opened(&file).metadata().row_group(0).compressed_size();
        assert!(bytes < 2 * 1024 * 1024, "{bytes} bytes, of 4 million of texts");
        assert!(dictionary(1), "the next row group begins anew");
    }
}
