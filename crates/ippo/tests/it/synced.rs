//! What the kernel sees: the log is written and synced between a request and its acknowledgement, by a trace of the system
//! calls of a server that many send to at once.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use crate::binary::{Running, token};
use crate::kill::request;
use crate::wire::{PROTOBUF, SIGNALS, send};

const READS: [&str; 4] = ["read", "readv", "recvfrom", "recvmsg"];
const WRITES: [&str; 5] = ["write", "writev", "pwrite64", "sendto", "sendmsg"];

/// `strace`, attached to a process and all of its threads.
struct Trace {
    process: Child,
    file: tempfile::NamedTempFile,
}

impl Trace {
    fn of(server: &Running) -> Self {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let traced = [&["fdatasync"][..], &READS, &WRITES].concat().join(",");
        let mut process = Command::new("strace")
            .args(["-f", "-y", "-xx", "-s", "100000", "-e", &format!("trace={traced}")])
            .args(["-p", &server.id().to_string(), "-o"])
            .arg(file.path())
            .stderr(Stdio::piped())
            .spawn()
            .expect("strace is installed; scripts/test.sh does that where it can");
        let mut said = BufReader::new(process.stderr.take().expect("piped")).lines();
        let attached = said.find(|line| line.as_ref().is_ok_and(|line| line.contains("attached")));
        assert!(attached.is_some(), "strace may look at the server");
        // What it says later must go somewhere.
        std::thread::spawn(move || said.for_each(drop));
        Self { process, file }
    }

    /// Detaches, and gives the calls in the order in which they began.
    fn calls(mut self) -> Vec<Call> {
        let id = self.process.id().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().expect("kill runs").success());
        self.process.wait().expect("it ends");
        calls(&std::fs::read_to_string(self.file.path()).expect("text"))
    }
}

/// A call of a thread.
#[derive(Debug)]
struct Call {
    name: String,
    /// The file or the socket.
    of: String,
    /// What was read or written.
    bytes: Vec<u8>,
    /// The lines of the trace in which it began and came back.
    began: usize,
    ended: usize,
    result: i64,
}

impl Call {
    fn is_of_log(&self) -> bool {
        self.of.contains("/wal/")
    }

    fn is(&self, kinds: &[&str]) -> bool {
        kinds.contains(&self.name.as_str())
    }
}

/// Puts calls together that are shown in two lines, as other threads called meanwhile.
fn calls(text: &str) -> Vec<Call> {
    let mut done: Vec<Call> = Vec::new();
    let mut waiting: BTreeMap<&str, (usize, &str)> = BTreeMap::new();
    for (number, line) in text.lines().enumerate() {
        let Some((thread, shown)) = line.split_once(' ') else { continue };
        let shown = shown.trim_start();
        if let Some(begin) = shown.strip_suffix("<unfinished ...>") {
            waiting.insert(thread, (number, begin));
        } else if let Some((_, end)) = shown.split_once(" resumed>") {
            // One that had begun before the trace did is of no request.
            if let Some((began, begin)) = waiting.remove(thread) {
                done.extend(call(&format!("{begin}{end}"), began, number));
            }
        } else {
            done.extend(call(shown, number, number));
        }
    }
    done.sort_by_key(|call| call.began);
    done
}

/// Reads `name(3<where>, "\x00…", …) = result`, in which all texts are hexadecimal.
fn call(shown: &str, began: usize, ended: usize) -> Option<Call> {
    let (name, rest) = shown.split_once('(')?;
    let (arguments, result) = rest.rsplit_once(" = ")?;
    let of = arguments.split_once('<')?.1.split_once('>')?.0;
    let texts = arguments.split('"').skip(1).step_by(2);
    Some(Call {
        name: name.to_owned(),
        of: String::from_utf8_lossy(&unescaped(of)).into_owned(),
        bytes: texts.flat_map(unescaped).collect(),
        began,
        ended,
        result: result.split(' ').next()?.parse().ok()?,
    })
}

/// The bytes of `\x00\x01…`; of a text that is shown as it is, that text's.
fn unescaped(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let escaped = rest.strip_prefix("\\x").and_then(|rest| rest.split_at_checked(2));
        let byte = escaped.and_then(|(digits, after)| Some((u8::from_str_radix(digits, 16).ok()?, after)));
        let (byte, after) = byte.unwrap_or_else(|| (rest.as_bytes()[0], &rest[1..]));
        bytes.push(byte);
        rest = after;
    }
    bytes
}

/// The calls that carried the first DATA frame of HTTP/2 that `wanted` picks by its flags, of calls of one direction.
fn with_data<'a>(calls: &[&'a Call], preface: usize, wanted: impl Fn(u8) -> bool) -> Option<&'a Call> {
    const HEAD: usize = 9;
    let bytes: Vec<u8> = calls.iter().flat_map(|call| call.bytes.clone()).collect();
    let mut at = preface;
    while let Some(head) = bytes.get(at..at + HEAD) {
        let length = usize::from(head[0]) << 16 | usize::from(head[1]) << 8 | usize::from(head[2]);
        let end = at + HEAD + length;
        if head[3] == 0 && wanted(head[4]) {
            let mut carried = 0;
            return calls.iter().copied().find(|call| {
                carried += call.bytes.len();
                carried >= end
            });
        }
        at = end;
    }
    None
}

/// The call that brought the end of a connection's one request, and the one that began its acknowledgement.
fn asked_and_acknowledged<'a>(of_connection: &[&'a Call]) -> Option<(&'a Call, &'a Call)> {
    const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    const END_STREAM: u8 = 1;
    let came = |call: &&&Call| call.is(&READS) && call.result > 0;
    let read: Vec<&Call> = of_connection.iter().filter(came).copied().collect();
    let written: Vec<&Call> = of_connection.iter().filter(|call| call.is(&WRITES)).copied().collect();
    if read.first()?.bytes.starts_with(PREFACE) {
        let asked = with_data(&read, PREFACE.len(), |flags| flags & END_STREAM != 0)?;
        return Some((asked, with_data(&written, 0, |_| true)?));
    }
    let acknowledged = written.iter().find(|call| call.bytes.starts_with(b"HTTP/1.1 200 "))?;
    let asked = read.iter().rfind(|call| call.ended < acknowledged.began)?;
    Some((asked, acknowledged))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_is_written_and_synced_between_each_request_and_its_acknowledgement() {
    const SENDERS: u64 = 8;
    const REQUESTS: u64 = 8;
    let folder = tempfile::tempdir().expect("a folder");
    let server = Running::start(folder.path(), &token(folder.path()));
    let trace = Trace::of(&server);
    let sending = (0..SENDERS).map(async |sender| {
        let way = if sender % 2 == 0 { (PROTOBUF, "") } else { ("grpc", "") };
        for number in 0..REQUESTS {
            let answer = send(&server, way, SIGNALS[0], request("shop", sender * REQUESTS + number)).await;
            assert!([0, 200].contains(&answer.status), "{answer:?}");
        }
    });
    futures::future::join_all(sending).await;
    let calls = trace.calls();
    let (of_log, others): (Vec<&Call>, Vec<&Call>) = calls.iter().partition(|call| call.is_of_log());
    let syncs: Vec<&Call> =
        of_log.iter().filter(|call| call.is(&["fdatasync"]) && call.result == 0).copied().collect();
    let logged: Vec<&Call> =
        of_log.iter().filter(|call| call.is(&WRITES) && call.result > 0).copied().collect();
    let mut connections: BTreeMap<&str, Vec<&Call>> = BTreeMap::new();
    for call in others.into_iter().filter(|call| call.of.starts_with("socket:")) {
        connections.entry(&call.of).or_default().push(call);
    }
    let mut acknowledgements = 0;
    for (connection, of_connection) in &connections {
        let Some((asked, acknowledged)) = asked_and_acknowledged(of_connection) else { continue };
        acknowledgements += 1;
        let (after, before) = (asked.ended, acknowledged.began);
        let is_durable = logged
            .iter()
            .filter(|write| write.began > after)
            .any(|write| syncs.iter().any(|sync| sync.began > write.ended && sync.ended < before));
        let between: Vec<&Call> =
            of_log.iter().filter(|call| call.ended > after && call.began < before).copied().collect();
        assert!(is_durable, "{connection}: {asked:?} to {acknowledged:?}, and of the log {between:?}");
    }
    assert_eq!(acknowledgements, SENDERS * REQUESTS, "each is seen");
    assert!((1..acknowledgements).contains(&(syncs.len() as u64)), "{} syncs were for several", syncs.len());
    assert_eq!(server.stop(), Some(0));
}
