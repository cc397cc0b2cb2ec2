//! The HTTP client of the rest of ippo, as AWS' crates want one: their chain asks for credentials through it.

use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use reqwest::Client;

/// How long an answer may take where the chain does not say.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// A client for AWS' crates.
pub(super) fn shared(client: Client) -> SharedHttpClient {
    http_client_fn(move |settings, _| {
        let given = [settings.connect_timeout(), settings.read_timeout()];
        let within = given.into_iter().flatten().reduce(|one, other| one + other).unwrap_or(ANSWER_WITHIN);
        SharedHttpConnector::new(Connector { client: client.clone(), within })
    })
}

#[derive(Debug)]
struct Connector {
    client: Client,
    within: Duration,
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (client, within) = (self.client.clone(), self.within);
        HttpConnectorFuture::new(async move {
            let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
            let (parts, body) = request.into_parts();
            let body = body.bytes().map(<[u8]>::to_vec);
            let body = body.ok_or_else(|| ConnectorError::user("a body of unknown length".into()))?;
            let request = client.request(parts.method, parts.uri.to_string()).headers(parts.headers);
            let answer = request.timeout(within).body(body).send().await.map_err(broken)?;
            let (status, headers) = (answer.status(), answer.headers().clone());
            let mut response =
                HttpResponse::new(status.into(), SdkBody::from(answer.bytes().await.map_err(broken)?));
            for (name, value) in &headers {
                if let Ok(value) = value.to_str() {
                    response.headers_mut().append(name.as_str().to_owned(), value.to_owned());
                }
            }
            Ok(response)
        })
    }
}

fn broken(error: reqwest::Error) -> ConnectorError {
    if error.is_timeout() { ConnectorError::timeout(error.into()) } else { ConnectorError::io(error.into()) }
}
