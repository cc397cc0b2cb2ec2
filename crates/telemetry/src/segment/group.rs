//! A row group while it is written: each of its columns by its own writer.

use std::io::Write;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, Schema};
use parquet::arrow::arrow_writer::{ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves};
use parquet::basic::Encoding;
use parquet::errors::ParquetError;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::{ColumnPath, SchemaDescriptor};

use super::ids::Ids;
use super::names::Names;

/// Columns of a row group under construction, in the order of the table.
pub(super) struct Group(Vec<Column>);

enum Column {
    /// Keys of a dictionary that is at hand; the writer is for those whose dictionary becomes too large.
    Names(Names, ArrowColumnWriter),
    Ids(Ids),
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
        let is_plain = |of: &Field| {
            writer.properties().encoding(&ColumnPath::from(of.name().as_str())) == Some(Encoding::PLAIN)
        };
        let columns = writers.into_iter().zip(table.fields()).map(|(writer, of)| match of.data_type() {
            DataType::Dictionary(_, _) => Column::Names(Names::default(), writer),
            DataType::FixedSizeBinary(_) if is_plain(of) => Column::Ids(Ids::default()),
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
                Column::Ids(ids) => ids.add(array),
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
        let properties = writer.properties().clone();
        let mut into = writer.next_row_group()?;
        for (column, of) in self.0.into_iter().zip(table.columns()) {
            let chunk = match column {
                Column::Other(writer) => writer.close()?,
                Column::Ids(ids) => {
                    let (bytes, close) = ids.encode(of.clone(), &properties)?;
                    into.append_column(&bytes, close)?;
                    continue;
                }
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

    use arrow::array::{
        Array as _, ArrayRef, AsArray as _, DictionaryArray, FixedSizeBinaryArray, Int32Array, StringArray,
    };
    use arrow::datatypes::Int32Type;
    use bytes::Bytes;
    use parquet::arrow::ArrowWriter;
    use parquet::arrow::arrow_reader::{
        ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder, RowSelection,
    };
    use parquet::bloom_filter::Sbbf;
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

    proptest! {
        #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

        #[test]
        fn ids_are_read_as_they_were_written(
            chunks in proptest::collection::vec((0..3_000_usize, 0..4_usize), 1..6),
            from in 0.0..1.0_f64,
        ) {
            let columns = ["trace_id", "span_id"];
            let ids = |width: i32, (rows, nulls): (usize, usize), first: usize| -> ArrayRef {
                // All have one, none has, or some.
                let id = |row: usize| match nulls {
                    0 => false,
                    1 => true,
                    _ => row.is_multiple_of(nulls),
                }
                .then(|| (row / 2).to_be_bytes().repeat(2)[..width as usize].to_vec());
                let rows = (first..first + rows).map(id);
                Arc::new(FixedSizeBinaryArray::try_from_sparse_iter_with_size(rows, width).expect("ids"))
            };
            let of = |(name, width)| Field::new(name, DataType::FixedSizeBinary(width), true);
            let schema = Arc::new(Schema::new([(columns[0], 16), (columns[1], 8)].map(of).to_vec()));
            let mut first = 0;
            let batches: Vec<RecordBatch> = chunks.iter().map(|chunk| {
                let arrays = [16, 8].map(|width| ids(width, *chunk, first));
                first += chunk.0;
                RecordBatch::try_new(schema.clone(), arrays.to_vec()).expect("rows")
            }).collect();
            let properties = properties(Signal::Logs, first.max(1), &|_| false);
            let writer = ArrowWriter::try_new(Vec::new(), schema.clone(), Some(properties)).expect("begun");
            let (mut writer, factory) = writer.into_serialized_writer().expect("nothing is written yet");
            let mut group = Group::begin(&writer, &factory, &schema).expect("begun");
            batches.iter().for_each(|rows| group.add(rows).expect("added"));
            prop_assert!(group.0.iter().all(|column| matches!(column, Column::Ids(_))));
            group.finish(&mut writer).expect("written");
            let file = Bytes::from(writer.into_inner().expect("written"));
            let all = arrow::compute::concat_batches(&schema, &batches).expect("rows");
            let from = (from * all.num_rows() as f64) as usize;
            let length = 10.min(all.num_rows() - from);
            let range = std::iter::once(from..from + length);
            let selection = RowSelection::from_consecutive_ranges(range, all.num_rows());
            for (selection, wanted) in [(None, all.clone()), (Some(selection), all.slice(from, length))] {
                let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(file.clone(), opened(&file));
                let reader = match selection {
                    Some(selection) => reader.with_row_selection(selection),
                    None => reader,
                };
                let batches: Vec<_> = reader.build().expect("a reader").map(|rows| rows.expect("read")).collect();
                prop_assert_eq!(arrow::compute::concat_batches(&schema, &batches).expect("rows"), wanted);
            }
            let metadata = opened(&file);
            let group = metadata.metadata().row_group(0);
            for (at, array) in all.columns().iter().enumerate() {
                let wanted = (array.null_count() == array.len()).then_some(Uniform::Nothing);
                prop_assert_eq!(Uniform::of(group.column(at), all.num_rows() as u64), wanted);
            }
            let filter = Sbbf::read_from_column_chunk(group.column(0), &file).expect("read").expect("there");
            for id in all.column(0).as_fixed_size_binary().iter().flatten() {
                prop_assert!(filter.check(id));
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
    fn what_all_rows_say_is_told_up_to_a_length() {
        for (letters, told) in [(0, true), (64, true), (65, false)] {
            let text = |_: i32| "x".repeat(letters);
            let groups = vec![vec![vec![Some(0); 3]]];
            let file = file(&groups, text, false);
            assert_eq!(read(&file, None), texts(&groups, text));
            let uniform = Uniform::of(opened(&file).metadata().row_group(0).column(0), 3);
            assert_eq!(uniform, told.then(|| Uniform::Text(text(0))), "{letters} letters");
        }
    }

    #[test]
    fn a_dictionary_of_a_megabyte_is_one_and_a_larger_one_is_none() {
        for count in [1_024, 1_025] {
            let text = |number: i32| format!("{number:01020}");
            let groups = vec![vec![(0..count).chain(0..count).map(Some).collect()]];
            let file = file(&groups, text, true);
            assert_eq!(
                read(&file, None),
                texts(&groups, text),
                "{count} texts of 1,024 bytes with their length"
            );
        }
    }

    #[test]
    fn ids_that_are_never_missing_have_no_levels() {
        let schema = Arc::new(Schema::new(vec![Field::new("span_id", DataType::FixedSizeBinary(8), false)]));
        let ids = (0..10_000_u64).map(|id| id.to_be_bytes());
        let ids: ArrayRef = Arc::new(FixedSizeBinaryArray::try_from_iter(ids).expect("ids"));
        let rows = RecordBatch::try_new(schema.clone(), vec![ids]).expect("rows");
        let properties = properties(Signal::Spans, rows.num_rows(), &|_| false);
        let writer = ArrowWriter::try_new(Vec::new(), schema.clone(), Some(properties)).expect("begun");
        let (mut writer, factory) = writer.into_serialized_writer().expect("nothing is written yet");
        let mut group = Group::begin(&writer, &factory, &schema).expect("begun");
        group.add(&rows.slice(0, 3_000)).expect("added");
        group.add(&rows.slice(3_000, 7_000)).expect("added");
        group.finish(&mut writer).expect("written");
        let file = Bytes::from(writer.into_inner().expect("written"));
        let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(file.clone(), opened(&file));
        let read: Vec<_> = reader.build().expect("a reader").map(|rows| rows.expect("read")).collect();
        assert_eq!(arrow::compute::concat_batches(&schema, &read).expect("rows"), rows);
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
