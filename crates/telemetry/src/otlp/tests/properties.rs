//! What holds for every request: reading never panics, and JSON says the same as protobuf.

use proptest::prelude::{any, *};

use super::super::canonical::canonical;
use super::super::{Decoder, json_to_protobuf};
use super::json_form::Form;
use super::samples;
use super::*;

fn form() -> impl Strategy<Value = Form> {
    any::<[bool; 6]>().prop_map(|habits| Form {
        snake_case: habits[0],
        integers_as_text: habits[1],
        upper_case_ids: habits[2],
        enums_by_name: habits[3],
        url_safe_base64: habits[4],
        chatty: habits[5],
    })
}

/// The translation of `json` is the message, byte by byte.
fn assert_same<M: prost::Message>(signal: Signal, message: &M, json: &str) {
    let translated = json_to_protobuf(signal, json.as_bytes()).expect("good JSON");
    assert_eq!(translated, message.encode_to_vec());
    decode_bytes(signal, &translated);
}

fn a_signal() -> impl Strategy<Value = Signal> {
    prop::sample::select(Signal::ALL.to_vec())
}

/// What is read in place is what the general decoder reads, and where that gives up nothing is read.
fn assert_like_the_general_decoder(signal: Signal, body: &[u8]) {
    let in_place = decode(signal, body, &reception());
    match canonical(signal, body) {
        Ok(canonical) => assert_eq!(in_place, decode(signal, &canonical, &reception())),
        Err(error) => assert_eq!(in_place, Err(error)),
    }
}

/// A body with some bytes changed, and a part of it given once more.
fn disturbed(mut body: Vec<u8>, damage: &[(prop::sample::Index, u8)], again: prop::sample::Index) -> Vec<u8> {
    if body.is_empty() {
        return body;
    }
    for (at, byte) in damage {
        let at = at.index(body.len());
        body[at] = *byte;
    }
    body.extend_from_within(again.index(body.len())..);
    body
}

proptest! {
    #[test]
    fn traces_in_json_are_the_same_as_in_protobuf(request in samples::traces(), form in form()) {
        assert_same(Signal::Spans, &request, &form.traces(&request));
    }

    #[test]
    fn logs_in_json_are_the_same_as_in_protobuf(request in samples::logs(), form in form()) {
        assert_same(Signal::Logs, &request, &form.logs(&request));
    }

    #[test]
    fn metrics_in_json_are_the_same_as_in_protobuf(request in samples::metrics(), form in form()) {
        assert_same(Signal::Metrics, &request, &form.metrics(&request));
    }

    #[test]
    fn items_are_accepted_or_rejected_and_none_is_forgotten(request in samples::traces()) {
        let sent: usize =
            request.resource_spans.iter().flat_map(|rs| &rs.scope_spans).map(|ss| ss.spans.len()).sum();
        let decoded = decode_bytes(Signal::Spans, &request.encode_to_vec());
        prop_assert_eq!(decoded.outcome.accepted + decoded.outcome.rejected, sent);
        for row in 0..decoded.rows.num_rows() {
            for column in ["attrs", "resource", "events", "links"] {
                let json = cell(&decoded.rows, column, row);
                serde_json::from_str::<serde_json::Value>(&json).expect("columns of JSON hold JSON");
            }
        }
    }

    #[test]
    fn any_bytes_are_rows_or_an_error(signal in a_signal(), body in prop::collection::vec(any::<u8>(), 0..200)) {
        assert_like_the_general_decoder(signal, &body);
        let _ = json_to_protobuf(signal, &body);
    }

    #[test]
    fn a_damaged_request_is_rows_or_an_error(
        request in samples::traces(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut body = request.encode_to_vec();
        prop_assume!(!body.is_empty());
        for (at, byte) in &damage {
            let at = at.index(body.len());
            body[at] = *byte;
        }
        assert_like_the_general_decoder(Signal::Spans, &body);
    }

    #[test]
    fn damaged_logs_are_read_as_the_general_decoder_reads_them(
        request in samples::logs(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        again in any::<prop::sample::Index>(),
    ) {
        assert_like_the_general_decoder(Signal::Logs, &disturbed(request.encode_to_vec(), &damage, again));
    }

    #[test]
    fn damaged_metrics_are_read_as_the_general_decoder_reads_them(
        request in samples::metrics(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        again in any::<prop::sample::Index>(),
    ) {
        assert_like_the_general_decoder(Signal::Metrics, &disturbed(request.encode_to_vec(), &damage, again));
    }

    #[test]
    fn requests_in_one_batch_give_the_rows_of_each_alone(
        requests in prop::collection::vec((samples::traces(), any::<bool>()), 1..5),
    ) {
        let mut decoder = Decoder::new();
        let mut alone = Vec::new();
        for (request, whole) in &requests {
            let mut body = request.encode_to_vec();
            if !whole {
                body.push(0xff);
            }
            let taken = decoder.take(Signal::Spans, &body, &reception());
            let decoded = decode(Signal::Spans, &body, &reception());
            prop_assert_eq!(taken, decoded.as_ref().map(|d| d.outcome.clone()).map_err(Clone::clone));
            alone.extend(decoded.ok().map(|decoded| decoded.rows));
        }
        let schema = columns::schema(Signal::Spans);
        let together = decoder.finish(Signal::Spans);
        prop_assert_eq!(
            arrow::compute::concat_batches(&schema, &together).expect("one schema"),
            arrow::compute::concat_batches(&schema, &alone).expect("one schema")
        );
        prop_assert!(decoder.finish(Signal::Spans).is_empty());
    }

    #[test]
    fn damaged_json_is_a_message_or_an_error(
        request in samples::logs(),
        form in form(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), "[\\[\\]{}\",:0-9a-zA-Z\\\\ ]"), 1..4),
    ) {
        let mut json: Vec<char> = form.logs(&request).chars().collect();
        for (at, character) in &damage {
            let at = at.index(json.len());
            json[at] = character.chars().next().expect("one character");
        }
        let json: String = json.into_iter().collect();
        if let Ok(message) = json_to_protobuf(Signal::Logs, json.as_bytes()) {
            decode_bytes(Signal::Logs, &message);
        }
    }
}
