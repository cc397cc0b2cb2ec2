//! The exporter's patience, and both transports against a socket.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::response::Response;
use ippo_base::Timestamp;
use ippo_shop::export::{
    Compression, Exporter, GrpcTransport, HttpTransport, Patience, Receipt, SendError, Transport as _,
};
use ippo_shop::{Message, Signal};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceResponse,
};
use prost::Message as _;

use crate::receiver::{Impatient, Receiver};

fn message() -> Message {
    Message { signal: Signal::Traces, body: "spans".into(), items: 1 }
}

fn exporter(receiver: &Receiver, clock: &Impatient) -> Exporter {
    Exporter::new(Box::new(receiver.clone()), Arc::new(clock.clone()), Patience::default())
}

fn later(after: Option<u64>) -> SendError {
    SendError::Later { after: after.map(Duration::from_secs), reason: "busy".to_owned() }
}

#[tokio::test]
async fn what_may_be_taken_later_is_sent_again_unchanged() {
    let (receiver, clock) = (Receiver::default(), Impatient::at(Timestamp::from_secs(0)));
    receiver.log().answers.extend([Err(later(None)), Err(later(Some(60))), Err(later(None))]);
    exporter(&receiver, &clock).send(&message()).await.expect("it is taken in the end");
    assert_eq!(receiver.log().taken, [(Signal::Traces, "spans".into())]);
    let waits = clock.waits();
    assert_eq!(waits.len(), 3);
    assert!((2_500..=5_000).contains(&waits[0].as_millis()), "{waits:?}");
    assert_eq!(waits[1], Duration::from_secs(60), "the receiver's wish goes before our own pace");
    assert!((10_000..=20_000).contains(&waits[2].as_millis()), "{waits:?}");
}

#[tokio::test]
async fn what_is_refused_is_not_sent_again() {
    let (receiver, clock) = (Receiver::default(), Impatient::at(Timestamp::from_secs(0)));
    receiver.log().answers.push_back(Err(SendError::Never { reason: "400".to_owned() }));
    let error = exporter(&receiver, &clock).send(&message()).await.expect_err("it is refused");
    assert_eq!(error, SendError::Never { reason: "400".to_owned() });
    assert!(clock.waits().is_empty());
}

#[tokio::test]
async fn patience_ends() {
    let (receiver, clock) = (Receiver::default(), Impatient::at(Timestamp::from_secs(0)));
    receiver.log().answers.extend((0..1_000).map(|_| Err(later(None))));
    exporter(&receiver, &clock).send(&message()).await.expect_err("nobody takes it");
    let waited: Duration = clock.waits().iter().sum();
    assert!((270..=300).contains(&waited.as_secs()), "{waited:?}");
}

/// Serves one HTTP request on a socket of its own and returns it.
fn serve_once(answer: &'static str) -> (String, std::thread::JoinHandle<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let endpoint = format!("http://{}", listener.local_addr().expect("it is bound"));
    let served = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("somebody connects");
        let request = read_request(&mut stream);
        stream.write_all(answer.as_bytes()).expect("the answer is sent");
        request
    });
    (endpoint, served)
}

fn read_request(stream: &mut TcpStream) -> Vec<u8> {
    let mut request = Vec::new();
    let mut buffer = [0; 1_024];
    loop {
        let read = stream.read(&mut buffer).expect("the request can be read");
        request.extend_from_slice(&buffer[..read]);
        let text = String::from_utf8_lossy(&request);
        let Some(head) = text.find("\r\n\r\n") else { continue };
        let length = text[..head]
            .lines()
            .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ").map(str::to_owned))
            .map_or(0, |length| length.parse().expect("a number"));
        if request.len() >= head + 4 + length {
            return request;
        }
    }
}

fn http(endpoint: &str, compression: Compression) -> HttpTransport {
    // A second installation is refused, and the first one serves.
    let _ = rustls::crypto::ring::default_provider().install_default();
    HttpTransport::new(endpoint, compression, Some("secret")).expect("a client can be made")
}

#[tokio::test]
async fn http_sends_compressed_bodies_to_the_path_of_their_signal() {
    let (endpoint, served) = serve_once("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    let body = "spans ".repeat(100);
    let sent = http(&endpoint, Compression::Gzip).send(Signal::Logs, body.into()).await;
    sent.expect("it is taken");
    let request = served.join().expect("the server ends");
    let head = String::from_utf8_lossy(&request).to_ascii_lowercase();
    assert!(head.starts_with("post /v1/logs http/1.1\r\n"), "{head}");
    for line in
        ["content-type: application/x-protobuf", "content-encoding: gzip", "authorization: bearer secret"]
    {
        assert!(head.contains(line), "{line} is missing in {head}");
    }
}

#[tokio::test]
async fn http_overload_is_for_later_and_says_when() {
    let (endpoint, served) =
        serve_once("HTTP/1.1 429 Too Many\r\nretry-after: 7\r\ncontent-length: 4\r\n\r\nfull");
    let answer = http(&endpoint, Compression::None).send(Signal::Metrics, "points".into()).await;
    let Err(SendError::Later { after, reason }) = answer else { panic!("{answer:?}") };
    assert_eq!(after, Some(Duration::from_secs(7)));
    assert!(reason.contains("full"), "{reason}");
    served.join().expect("the server ends");
}

/// Serves gRPC on a socket of its own: `answer` gets each request's head and body.
async fn serve_grpc(
    answer: impl Fn(&Request<()>, &Bytes) -> Response + Clone + Send + Sync + 'static,
) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let endpoint = format!("http://{}", listener.local_addr().expect("it is bound"));
    let app = axum::Router::new().fallback(move |request: Request| {
        let answer = answer.clone();
        async move {
            let (head, body) = request.into_parts();
            let body = axum::body::to_bytes(body, 1 << 20).await.expect("the request can be read");
            answer(&Request::from_parts(head, ()), &body)
        }
    });
    tokio::spawn(async move { axum::serve(listener, app).await });
    endpoint
}

fn grpc_response(status: &str, message: &[u8]) -> Response {
    let mut frame = vec![0];
    frame.extend(u32::try_from(message.len()).expect("it is small").to_be_bytes());
    frame.extend(message);
    let body = if message.is_empty() { Body::empty() } else { Body::from(frame) };
    Response::builder()
        .header("content-type", "application/grpc")
        .header("grpc-status", status)
        .header("grpc-message", "so it is")
        .body(body)
        .expect("a response")
}

#[tokio::test]
async fn grpc_sends_to_the_service_of_the_signal_and_reads_what_was_rejected() {
    let endpoint = serve_grpc(|request, body| {
        assert_eq!(request.uri().path(), "/opentelemetry.proto.collector.trace.v1.TraceService/Export");
        assert_eq!(request.headers()["authorization"], "Bearer secret");
        assert_eq!(request.headers()["grpc-encoding"], "gzip");
        assert!(body.len() < 300, "it is compressed: {}", body.len());
        let partial = ExportTracePartialSuccess { rejected_spans: 2, error_message: "too old".to_owned() };
        let answer = ExportTraceServiceResponse { partial_success: Some(partial) };
        grpc_response("0", &answer.encode_to_vec())
    })
    .await;
    let transport = GrpcTransport::new(&endpoint, Compression::Gzip, Some("secret")).expect("an endpoint");
    let sent = transport.send(Signal::Traces, "spans ".repeat(1_000).into()).await;
    assert_eq!(sent, Ok(Receipt { rejected: 2, reason: "too old".to_owned() }));
}

#[tokio::test]
async fn grpc_overload_is_for_later_and_nonsense_is_not() {
    let send = async |status: &'static str| {
        let endpoint = serve_grpc(move |_, _| grpc_response(status, b"")).await;
        let transport = GrpcTransport::new(&endpoint, Compression::None, None).expect("an endpoint");
        transport.send(Signal::Logs, "records".into()).await
    };
    assert!(matches!(send("8").await, Err(SendError::Later { .. })), "RESOURCE_EXHAUSTED");
    assert!(matches!(send("14").await, Err(SendError::Later { .. })), "UNAVAILABLE");
    assert!(matches!(send("3").await, Err(SendError::Never { .. })), "INVALID_ARGUMENT");
}

#[tokio::test]
async fn a_receiver_that_is_away_may_come_back() {
    let free = TcpListener::bind("127.0.0.1:0").expect("a port is free").local_addr().expect("it is bound");
    let endpoint = format!("http://{free}");
    let transport = GrpcTransport::new(&endpoint, Compression::None, None).expect("an endpoint");
    let answer = transport.send(Signal::Traces, "spans".into()).await;
    assert!(matches!(answer, Err(SendError::Later { .. })), "{answer:?}");
    let answer = http(&endpoint, Compression::None).send(Signal::Traces, "spans".into()).await;
    assert!(matches!(answer, Err(SendError::Later { .. })), "{answer:?}");
}
