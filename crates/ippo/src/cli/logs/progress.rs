//! A search for log records that shows how far it has got, for people at a terminal. Ctrl-C ends it, here and on the server.

use std::io::{self, Write};
use std::pin::pin;

use ippo_api::log::{Log, LogProgress};
use ippo_api::time::Time;

use super::super::client::{ApiClient, Failure, Stream, problem, read};
use super::super::events::Events;
use super::super::figures::{grouped, to_the_second};

/// How a search ended.
pub(super) enum Searched {
    /// With what the list answers, as JSON.
    Page(String),
    /// By Ctrl-C.
    Stopped {
        /// What was found before.
        logs: Vec<Log>,
        /// Nothing of this time or later was left to look at.
        back_to: Option<Time>,
    },
}

/// Searches; `out` shows how far it has got.
pub(super) async fn search(
    client: &ApiClient,
    path: &str,
    out: impl Write,
    stop: impl Future<Output = io::Result<()>>,
) -> Result<Searched, Failure> {
    let mut meter = Meter { out, is_shown: false };
    let mut stop = pin!(stop);
    let answer = tokio::select! {
        answer = client.stream(path) => answer,
        _ = &mut stop => return Ok(Searched::Stopped { logs: Vec::new(), back_to: None }),
    };
    let found = heard(&mut answer?, &mut meter, stop).await;
    meter.clear()?;
    found
}

async fn heard(
    answer: &mut Stream<'_>,
    meter: &mut Meter<impl Write>,
    mut stop: impl Future<Output = io::Result<()>> + Unpin,
) -> Result<Searched, Failure> {
    let mut events = Events::default();
    let (mut logs, mut back_to) = (Vec::new(), None);
    loop {
        let chunk = tokio::select! {
            chunk = answer.chunk() => chunk?,
            // Leaving ends the search on the server.
            _ = &mut stop => return Ok(Searched::Stopped { logs, back_to }),
        };
        let chunk = chunk.ok_or_else(|| Failure::inconclusive("the server closed the connection"))?;
        for event in events.read(&chunk) {
            match event.name.as_str() {
                "page" => return Ok(Searched::Page(event.data + "\n")),
                "problem" => return Err(problem(&event.data)),
                "progress" => {
                    let progress: LogProgress = read(&event.data)?;
                    back_to = Some(progress.back_to);
                    logs.extend(progress.logs.iter().cloned());
                    meter.show(&said(&progress, logs.len()))?;
                }
                _ => {}
            }
        }
    }
}

/// How far a search has got.
fn said(progress: &LogProgress, found: usize) -> String {
    let percent = (100 * progress.looked).checked_div(progress.rows).unwrap_or(100);
    let rows = grouped(progress.rows);
    let back_to = to_the_second(progress.back_to);
    format!("looked back to {back_to}, {percent} % of {rows} records, {found} found so far")
}

/// A line of a terminal that is written anew each time.
struct Meter<W> {
    out: W,
    is_shown: bool,
}

impl<W: Write> Meter<W> {
    fn show(&mut self, text: &str) -> Result<(), Failure> {
        self.is_shown = true;
        self.write(&format!("\r{text}\x1b[K"))
    }

    /// Leaves the line as if nothing had been there.
    fn clear(&mut self) -> Result<(), Failure> {
        if self.is_shown { self.write("\r\x1b[K") } else { Ok(()) }
    }

    fn write(&mut self, text: &str) -> Result<(), Failure> {
        self.out.write_all(text.as_bytes()).and_then(|()| self.out.flush()).map_err(Failure::inconclusive)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::{TcpListener, TcpStream};
    use tokio::sync::oneshot;

    use super::*;

    const PROGRESS: &str = r#"{"rows":12000000,"looked":4599999,"back_to":"2026-11-24T14:05:00.021Z","logs":[],"next_cursor":"x"}"#;

    /// What was written; tells when something is.
    #[derive(Default)]
    struct Screen {
        bytes: Vec<u8>,
        told: Option<oneshot::Sender<()>>,
    }

    impl Write for Screen {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if let Some(told) = self.told.take() {
                told.send(()).expect("somebody waits");
            }
            Write::write(&mut self.bytes, bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Screen {
        fn text(&self) -> &str {
            std::str::from_utf8(&self.bytes).expect("UTF-8")
        }
    }

    async fn listening() -> (TcpListener, ApiClient) {
        super::super::super::install_crypto();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("bound");
        (listener, ApiClient::new(&format!("http://{address}"), None).expect("an address"))
    }

    /// Takes one request and begins its answer.
    async fn answer(listener: &TcpListener, events: &str) -> TcpStream {
        let (mut caller, _) = listener.accept().await.expect("a caller");
        let mut asked = Vec::new();
        while !asked.ends_with(b"\r\n\r\n") {
            asked.push(caller.read_u8().await.expect("a request"));
        }
        let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n";
        caller.write_all(format!("{head}{events}").as_bytes()).await.expect("written");
        caller
    }

    #[tokio::test]
    async fn a_long_search_is_shown_and_leaves_nothing_but_its_page() {
        let (listener, client) = listening().await;
        let events = format!("event: progress\ndata: {PROGRESS}\n\nevent: page\ndata: {{}}\n\n");
        let mut screen = Screen::default();
        let never = std::future::pending();
        let (found, _caller) =
            tokio::join!(search(&client, "/x", &mut screen, never), answer(&listener, &events));
        assert!(matches!(found.expect("found"), Searched::Page(page) if page == "{}\n"));
        let line = "looked back to 2026-11-24T14:05:00Z, 38 % of 12,000,000 records, 0 found so far";
        assert_eq!(screen.text(), format!("\r{line}\x1b[K\r\x1b[K"));
    }

    #[tokio::test]
    async fn a_quick_search_shows_nothing_and_a_problem_is_told() {
        let (listener, client) = listening().await;
        let detail = r#"{"type":"/problems/unavailable","title":"Busy","status":503,"detail":"Not now."}"#;
        for (events, is_found) in [
            ("event: page\ndata: {}\n\n".to_owned(), true),
            (format!("event: problem\ndata: {detail}\n\n"), false),
        ] {
            let mut screen = Screen::default();
            let never = std::future::pending();
            let (found, _caller) =
                tokio::join!(search(&client, "/x", &mut screen, never), answer(&listener, &events));
            assert_eq!(screen.text(), "");
            match found {
                Ok(found) => assert!(is_found && matches!(found, Searched::Page(_))),
                Err(failure) => assert!(!is_found && failure.to_string() == "Not now."),
            }
        }
    }

    #[tokio::test]
    async fn ctrl_c_leaves_the_server_and_keeps_what_was_found() {
        let (listener, client) = listening().await;
        let (told, pressed) = oneshot::channel();
        let mut screen = Screen { told: Some(told), ..Screen::default() };
        let stop = async {
            pressed.await.expect("shown");
            Ok(())
        };
        let events = format!("event: progress\ndata: {PROGRESS}\n\n");
        let (found, mut caller) =
            tokio::join!(search(&client, "/x", &mut screen, stop), answer(&listener, &events));
        let Searched::Stopped { logs, back_to } = found.expect("stopped") else { panic!("it was stopped") };
        assert_eq!((logs.len(), back_to.map(to_the_second).as_deref()), (0, Some("2026-11-24T14:05:00Z")));
        assert!(screen.text().ends_with("\r\x1b[K"), "the line is clear again");
        let rest = caller.read(&mut [0; 1]).await;
        assert!(rest.is_err() || rest.is_ok_and(|bytes| bytes == 0), "the connection is closed");
    }
}
