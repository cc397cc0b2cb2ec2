//! The demo's own pager: takes the webhooks that ippo sends and prints them, so that a page is seen to arrive.
//!
//! Loopback only. It knows nothing of ippo but the webhook's JSON, as any receiver would.

use std::net::SocketAddr;

use anyhow::Context as _;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use ippo_shop::DEMO_PAGER_URL;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::mpsc;

/// Pages that wait to be printed; more are refused, and ippo sends them again later.
const WAITING: usize = 64;

/// A pager that listens.
pub(super) struct Pager {
    listener: TcpListener,
    /// Where webhooks go.
    pub(super) url: String,
}

impl Pager {
    /// Listens on the port that the shop's definitions name, or on any other if that is taken.
    ///
    /// # Errors
    /// If no port on loopback is free.
    pub(super) async fn open() -> anyhow::Result<Self> {
        let usual: SocketAddr =
            usual_address().context("the pager's URL in the definitions has no address")?;
        let listener = match TcpListener::bind(usual).await {
            Ok(listener) => listener,
            Err(_) => {
                TcpListener::bind((usual.ip(), 0)).await.context("no port is free for the demo's pager")?
            }
        };
        let url = format!("http://{}/pages", listener.local_addr()?);
        Ok(Self { listener, url })
    }

    /// Serves until dropped; each page goes to the receiver.
    pub(super) fn serve(self) -> (mpsc::Receiver<String>, impl Future<Output = ()>) {
        let (sender, receiver) = mpsc::channel(WAITING);
        let app = Router::new().route("/pages", post(take)).with_state(sender);
        let serving = async move {
            if let Err(error) = axum::serve(self.listener, app).await {
                tracing::warn!(%error, "the demo's pager stopped");
            }
        };
        (receiver, serving)
    }
}

fn usual_address() -> Option<SocketAddr> {
    DEMO_PAGER_URL.strip_prefix("http://")?.split('/').next()?.parse().ok()
}

async fn take(State(pages): State<mpsc::Sender<String>>, body: Bytes) -> StatusCode {
    let Ok(page) = serde_json::from_slice::<Value>(&body) else { return StatusCode::BAD_REQUEST };
    match pages.try_send(headline(&page)) {
        Ok(()) => StatusCode::NO_CONTENT,
        Err(_) => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// The page in a line: what happened to which incident.
fn headline(page: &Value) -> String {
    let text = |pointer: &str| page.pointer(pointer).and_then(Value::as_str);
    let parts = ["/event", "/incident/key", "/incident/severity", "/incident/title", "/incident/url"];
    let line: Vec<&str> = parts.iter().filter_map(|pointer| text(pointer)).collect();
    if line.is_empty() { page.to_string() } else { line.join(" · ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definitions_name_an_address_on_loopback() {
        assert!(usual_address().is_some_and(|a| a.ip().is_loopback()));
    }

    #[test]
    fn a_page_is_one_line() {
        let page = serde_json::json!({
            "event": "opened",
            "incident": {"key": "INC-1", "title": "Checkout fails", "severity": "sev2"}
        });
        assert_eq!(headline(&page), "opened · INC-1 · sev2 · Checkout fails");
        assert_eq!(headline(&serde_json::json!({"a": 1})), "{\"a\":1}");
    }
}
