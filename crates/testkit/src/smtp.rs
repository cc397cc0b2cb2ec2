//! The far side of e-mail: an SMTP server that keeps what it takes, or refuses, drops and hangs as it was told.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

/// What the server does with one connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Behaviour {
    /// Takes the mail.
    Take,
    /// Answers the recipient with this code.
    RefuseRecipient(u16),
    /// Answers the end of the mail with this code, and does not keep it.
    RefuseMail(u16),
    /// Closes the connection instead of a greeting.
    DropAtOnce,
    /// Keeps the mail, and closes the connection before it says so.
    TakeAndDrop,
    /// Keeps the mail, and never says so.
    TakeAndHang,
}

/// A mail as it arrived.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mail {
    /// The envelope's sender.
    pub from: String,
    /// The envelope's recipients.
    pub to: Vec<String>,
    /// Who signed in, if anyone: what `AUTH PLAIN` said, decoded, with spaces for its NUL bytes.
    pub signed_in: Option<String>,
    /// Headers and body, as they were sent.
    pub raw: String,
}

impl Mail {
    /// A header's value, unfolded and decoded; empty if it is not there.
    pub fn header(&self, name: &str) -> String {
        let head = self.raw.split("\r\n\r\n").next().unwrap_or_default().replace("\r\n ", " ");
        let prefix = format!("{}:", name.to_ascii_lowercase());
        let line = head.lines().find(|line| line.to_ascii_lowercase().starts_with(&prefix));
        let value = line.map(|line| line[prefix.len()..].trim().to_owned()).unwrap_or_default();
        let words = value.split(' ').map(|word| (decode_word(word), word.starts_with("=?")));
        words
            .fold((String::new(), false), |(text, encoded), (word, is)| {
                let gap = if text.is_empty() || encoded && is { "" } else { " " };
                (text + gap + &word, is)
            })
            .0
    }

    /// The part of this content type, such as `text/plain`, decoded.
    pub fn part(&self, content_type: &str) -> String {
        let start = format!("Content-Type: {content_type}");
        let Some((_, rest)) = self.raw.split_once(&start) else { return String::new() };
        let Some((head, body)) = rest.split_once("\r\n\r\n") else { return String::new() };
        let body = body.split("\r\n--").next().unwrap_or_default();
        if head.contains("base64") {
            let plain: String = body.split_whitespace().collect();
            return String::from_utf8_lossy(&STANDARD.decode(plain).unwrap_or_default())
                .replace("\r\n", "\n");
        }
        let text = if head.contains("quoted-printable") { decode_quoted(body) } else { body.to_owned() };
        text.replace("\r\n", "\n")
    }
}

/// A server that runs until it is dropped.
pub struct SmtpServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    server: JoinHandle<()>,
}

#[derive(Default)]
struct Shared {
    mails: Mutex<Vec<Mail>>,
    behaviours: Mutex<VecDeque<Behaviour>>,
    gone: Mutex<BTreeMap<String, u16>>,
    arrived: Notify,
}

impl SmtpServer {
    /// Listens on loopback, on a port that the system chooses.
    ///
    /// # Panics
    /// If there is none.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        let shared = Arc::new(Shared::default());
        let of_server = Arc::clone(&shared);
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let shared = Arc::clone(&of_server);
                let behaviour = lock(&shared.behaviours).pop_front().unwrap_or(Behaviour::Take);
                tokio::spawn(async move {
                    // A client that goes away ends the conversation; there is nobody to tell.
                    let _ = Conversation { shared, behaviour }.hold(stream).await;
                });
            }
        });
        Self { address, shared, server }
    }

    /// Its address for `[smtp] url`, with `user:password@` if given.
    pub fn url(&self, credentials: &str) -> String {
        format!("smtp://{credentials}{}", self.address)
    }

    /// The next connections are treated so, in order; later ones are taken.
    pub fn behave(&self, behaviours: impl IntoIterator<Item = Behaviour>) {
        lock(&self.shared.behaviours).extend(behaviours);
    }

    /// From now on this recipient is answered with this code, whoever else the mail is for.
    pub fn refuse(&self, recipient: &str, code: u16) {
        lock(&self.shared.gone).insert(recipient.to_owned(), code);
    }

    /// Every mail that arrived, in order.
    pub fn mails(&self) -> Vec<Mail> {
        lock(&self.shared.mails).clone()
    }

    /// Waits until `count` mails have arrived.
    pub async fn wait_for(&self, count: usize) {
        loop {
            let arrived = self.shared.arrived.notified();
            if lock(&self.shared.mails).len() >= count {
                return;
            }
            arrived.await;
        }
    }
}

impl Drop for SmtpServer {
    fn drop(&mut self) {
        self.server.abort();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Conversation {
    shared: Arc<Shared>,
    behaviour: Behaviour,
}

impl Conversation {
    async fn hold(self, stream: TcpStream) -> std::io::Result<()> {
        if self.behaviour == Behaviour::DropAtOnce {
            return Ok(());
        }
        let (read, mut write) = stream.into_split();
        let mut lines = BufReader::new(read).lines();
        write.write_all(b"220 fake ESMTP\r\n").await?;
        let mut mail = Mail { from: String::new(), to: vec![], signed_in: None, raw: String::new() };
        while let Some(line) = lines.next_line().await? {
            let verb = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
            let answer = match verb.as_str() {
                "EHLO" | "HELO" => "250-fake\r\n250-8BITMIME\r\n250 AUTH PLAIN\r\n".to_owned(),
                "AUTH" => {
                    mail.signed_in = Some(decode_plain(&line));
                    "235 welcome\r\n".to_owned()
                }
                "MAIL" => {
                    mail.from = address(&line);
                    "250 ok\r\n".to_owned()
                }
                "RCPT" => match self.behaviour {
                    Behaviour::RefuseRecipient(code) => format!("{code} no such mailbox\r\n"),
                    _ => match lock(&self.shared.gone).get(&address(&line)) {
                        Some(code) => format!("{code} no such mailbox\r\n"),
                        None => {
                            mail.to.push(address(&line));
                            "250 ok\r\n".to_owned()
                        }
                    },
                },
                "DATA" => {
                    write.write_all(b"354 go on\r\n").await?;
                    mail.raw = String::new();
                    while let Some(line) = lines.next_line().await? {
                        if line == "." {
                            break;
                        }
                        mail.raw.push_str(line.strip_prefix('.').unwrap_or(&line));
                        mail.raw.push_str("\r\n");
                    }
                    match self.take(mail.clone()).await {
                        Some(answer) => answer,
                        None => return Ok(()),
                    }
                }
                "RSET" | "NOOP" => "250 ok\r\n".to_owned(),
                "QUIT" => {
                    write.write_all(b"221 bye\r\n").await?;
                    return Ok(());
                }
                _ => "502 what?\r\n".to_owned(),
            };
            write.write_all(answer.as_bytes()).await?;
        }
        Ok(())
    }

    /// What is answered at the end of a mail; none to close the connection.
    async fn take(&self, mail: Mail) -> Option<String> {
        if let Behaviour::RefuseMail(code) = self.behaviour {
            return Some(format!("{code} try again later\r\n"));
        }
        lock(&self.shared.mails).push(mail);
        self.shared.arrived.notify_waiters();
        match self.behaviour {
            Behaviour::TakeAndDrop => None,
            Behaviour::TakeAndHang => std::future::pending().await,
            _ => Some("250 taken\r\n".to_owned()),
        }
    }
}

fn address(line: &str) -> String {
    let inner = line.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    inner.map(|(address, _)| address.to_owned()).unwrap_or_default()
}

fn decode_plain(line: &str) -> String {
    let secret = line.split(' ').nth(2).unwrap_or_default();
    String::from_utf8_lossy(&STANDARD.decode(secret).unwrap_or_default()).replace('\0', " ").trim().to_owned()
}

/// One word of a header: RFC 2047, UTF-8, base64 alone, which is all that our sender uses.
fn decode_word(word: &str) -> String {
    let encoded = word.strip_prefix("=?utf-8?b?").and_then(|rest| rest.strip_suffix("?="));
    encoded.map_or_else(
        || word.to_owned(),
        |text| String::from_utf8_lossy(&STANDARD.decode(text).unwrap_or_default()).into_owned(),
    )
}

/// RFC 2045, section 6.7.
fn decode_quoted(body: &str) -> String {
    let joined = body.replace("=\r\n", "");
    let mut bytes = Vec::with_capacity(joined.len());
    let mut rest = joined.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = after.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        match (first, hex.and_then(|hex| u8::from_str_radix(hex, 16).ok())) {
            (b'=', Some(byte)) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
