//! Talks to a running ippo over HTTP, for the commands that need one. Turns what went wrong into words and an exit code.

use std::fmt;

use anyhow::Context;
use ippo_api::problem::ProblemDetails;
use reqwest::StatusCode;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Answer;

/// Why a command cannot answer.
#[derive(Debug)]
pub struct Failure {
    answer: Answer,
    message: String,
    /// Whether the message names parameters of the API.
    is_about_a_parameter: bool,
}

impl Failure {
    fn new(answer: Answer, message: String) -> Self {
        Self { answer, message, is_about_a_parameter: false }
    }

    /// What was asked for is wrong.
    pub fn bad_input(message: impl fmt::Display) -> Self {
        Self::new(Answer::BadInput, format!("{message:#}"))
    }

    /// The answer is no.
    pub fn no(message: impl fmt::Display) -> Self {
        Self::new(Answer::No, format!("{message:#}"))
    }

    /// Nobody can say.
    pub fn inconclusive(message: impl fmt::Display) -> Self {
        Self::new(Answer::Inconclusive, format!("{message:#}"))
    }

    /// The same, where a parameter of the API is wrong, in the names that the command line has for them.
    #[must_use]
    pub(super) fn in_flags(mut self, flags: &[(&str, &str)]) -> Self {
        if self.is_about_a_parameter {
            for (parameter, flag) in flags {
                let named = format!("`{parameter}`");
                self.message =
                    self.message.replace(&format!("Parameter {named}"), flag).replace(&named, flag);
            }
        }
        self
    }

    /// What the command answers with.
    pub fn answer(&self) -> Answer {
        self.answer
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// A server and the right to ask it.
pub struct ApiClient {
    base: String,
    token: Option<String>,
    /// The language of what the server says of its own.
    language: Option<&'static str>,
    http: reqwest::Client,
}

impl ApiClient {
    /// A client for the server at `base`, such as `http://127.0.0.1:4300`.
    ///
    /// # Errors
    /// If `base` is no address, or no HTTP client can be made.
    pub fn new(base: &str, token: Option<String>) -> Result<Self, Failure> {
        let base = base.trim_end_matches('/');
        if !base.starts_with("http://") && !base.starts_with("https://") {
            return Err(Failure::bad_input(format!(
                "IPPO_URL is {base:?}; write for example http://127.0.0.1:4300"
            )));
        }
        let http = reqwest::Client::builder()
            .build()
            .context("cannot make an HTTP client")
            .map_err(Failure::inconclusive)?;
        Ok(Self { base: base.to_owned(), token: token.filter(|t| !t.is_empty()), language: None, http })
    }

    /// The same, to which the server speaks this language.
    #[must_use]
    pub(super) fn in_language(self, lang: super::Lang) -> Self {
        Self { language: Some(lang.code()), ..self }
    }

    /// The JSON at `path`, read.
    ///
    /// # Errors
    /// When the server cannot be reached or refuses.
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Failure> {
        read(&self.get_text(path).await?)
    }

    /// The JSON at `path`, as it came, with a final newline.
    ///
    /// # Errors
    /// When the server cannot be reached or refuses.
    pub async fn get_text(&self, path: &str) -> Result<String, Failure> {
        self.send(self.http.get(format!("{}{path}", self.base))).await.map(|text| text + "\n")
    }

    /// Sends `body` and reads the answer.
    ///
    /// # Errors
    /// When the server cannot be reached or refuses.
    pub async fn post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, Failure> {
        read(&self.send(self.http.post(format!("{}{path}", self.base)).json(body)).await?)
    }

    /// Sends `body` and gives the JSON as it came, with a final newline.
    ///
    /// # Errors
    /// When the server cannot be reached or refuses.
    pub async fn post_text(&self, path: &str, body: &impl Serialize) -> Result<String, Failure> {
        self.send(self.http.post(format!("{}{path}", self.base)).json(body)).await.map(|text| text + "\n")
    }

    /// Takes what is at `path` away.
    ///
    /// # Errors
    /// When the server cannot be reached or refuses.
    pub async fn delete(&self, path: &str) -> Result<(), Failure> {
        self.send(self.http.delete(format!("{}{path}", self.base))).await.map(drop)
    }

    /// What is at `path`, to be read as it comes.
    ///
    /// # Errors
    /// When the server cannot be reached or refuses.
    pub async fn stream(&self, path: &str) -> Result<Stream<'_>, Failure> {
        self.open(self.http.get(format!("{}{path}", self.base))).await
    }

    /// Sends `body`; the answer is to be read as it comes.
    ///
    /// # Errors
    /// When the server cannot be reached or refuses.
    pub async fn post_stream(&self, path: &str, body: &impl Serialize) -> Result<Stream<'_>, Failure> {
        self.open(self.http.post(format!("{}{path}", self.base)).json(body)).await
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Result<String, Failure> {
        let Stream { response, .. } = self.open(request).await?;
        response.text().await.map_err(|error| self.unreachable(error))
    }

    async fn open(&self, request: reqwest::RequestBuilder) -> Result<Stream<'_>, Failure> {
        let request = match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        let request = match self.language {
            Some(code) => request.header(reqwest::header::ACCEPT_LANGUAGE, code),
            None => request,
        };
        let response = request.send().await.map_err(|error| self.unreachable(error))?;
        let status = response.status();
        if status.is_success() {
            return Ok(Stream { client: self, response });
        }
        let text = response.text().await.map_err(|error| self.unreachable(error))?;
        Err(refused(status, &text))
    }

    fn broken_off(&self, error: reqwest::Error) -> Failure {
        let cause = anyhow::Error::new(error.without_url());
        Failure::inconclusive(format!(
            "the answer of {} broke off, and what came of it is not all there is: {cause:#}; the server's log says why, \
             if it still runs",
            self.base
        ))
    }

    fn unreachable(&self, error: reqwest::Error) -> Failure {
        let cause = anyhow::Error::new(error.without_url());
        Failure::inconclusive(format!(
            "cannot reach ippo at {}: {cause:#}; is it running? IPPO_URL says where it is",
            self.base
        ))
    }
}

/// An answer that is read as it comes.
pub struct Stream<'a> {
    client: &'a ApiClient,
    response: reqwest::Response,
}

impl Stream<'_> {
    /// The number that a header says.
    pub fn number(&self, header: &str) -> Option<u64> {
        self.header(header)?.parse().ok()
    }

    /// What a header says.
    pub fn header(&self, header: &str) -> Option<&str> {
        self.response.headers().get(header)?.to_str().ok()
    }

    /// The next bytes; nothing at the end.
    ///
    /// # Errors
    /// When the connection breaks before the end.
    pub async fn chunk(&mut self) -> Result<Option<Vec<u8>>, Failure> {
        let chunk = self.response.chunk().await.map_err(|error| self.client.broken_off(error))?;
        Ok(chunk.map(|bytes| bytes.to_vec()))
    }
}

pub(super) fn read<T: DeserializeOwned>(text: &str) -> Result<T, Failure> {
    serde_json::from_str(text).map_err(|e| {
        Failure::inconclusive(format!(
            "the server's answer cannot be read ({e}); is it an ippo of this version?"
        ))
    })
}

/// What a problem says that comes inside of an answer that has begun.
pub(super) fn problem(text: &str) -> Failure {
    let status = serde_json::from_str::<ProblemDetails>(text).ok();
    let status = status.and_then(|problem| StatusCode::from_u16(problem.status).ok());
    refused(status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), text)
}

/// What a refusal says, each wrong place on its own line as editors understand it.
fn refused(status: StatusCode, text: &str) -> Failure {
    let answer = if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
        Answer::Inconclusive
    } else {
        Answer::BadInput
    };
    let Ok(problem) = serde_json::from_str::<ProblemDetails>(text) else {
        return Failure::new(answer, format!("the server answered {status}"));
    };
    let mut lines: Vec<String> = problem
        .errors
        .iter()
        .filter_map(|e| {
            let (file, line, column) = (e.file.as_deref()?, e.line?, e.column?);
            let field =
                e.field.as_deref().filter(|f| !f.is_empty()).map(|f| format!("{f}: ")).unwrap_or_default();
            Some(format!("{file}:{line}:{column}: {field}{}", e.message))
        })
        .collect();
    let hint = if status == StatusCode::UNAUTHORIZED {
        " Set IPPO_TOKEN (ippo token create makes one)."
    } else {
        ""
    };
    lines.push(format!("{}{hint}", problem.detail));
    let is_about_a_parameter = problem.kind == "/problems/bad-parameter";
    Failure { is_about_a_parameter, ..Failure::new(answer, lines.join("\n")) }
}

/// A value of a query string: everything but what is never special there.
pub(super) fn percent_encoded(text: &str) -> String {
    let encoded = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    };
    text.bytes().map(encoded).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_shows_each_wrong_place() {
        let text = r#"{"type":"/problems/invalid","title":"Not valid","status":422,"detail":"One thing is wrong.",
            "errors":[{"file":"a.yaml","line":3,"column":9,"field":"metadata.name","message":"is missing"}]}"#;
        let failure = refused(StatusCode::UNPROCESSABLE_ENTITY, text);
        assert_eq!(failure.to_string(), "a.yaml:3:9: metadata.name: is missing\nOne thing is wrong.");
        assert_eq!(failure.answer(), Answer::BadInput);
        assert_eq!(refused(StatusCode::BAD_GATEWAY, "<html>").answer(), Answer::Inconclusive);
    }

    #[test]
    fn a_wrong_parameter_is_named_as_it_was_given() {
        let text = r#"{"type":"/problems/bad-parameter","title":"A parameter is wrong","status":400,
            "detail":"Parameter `from` is 2, which is not before `to`, 1.","errors":[{"field":"from","message":"x"}]}"#;
        let flags = [("from", "--from"), ("to", "--to"), ("last", "--since")];
        let named = |text: &str| refused(StatusCode::BAD_REQUEST, text).in_flags(&flags).to_string();
        assert_eq!(named(text), "--from is 2, which is not before --to, 1.");
        let other = text.replace("bad-parameter", "bad-request");
        assert_eq!(named(&other), "Parameter `from` is 2, which is not before `to`, 1.");
    }

    #[test]
    fn an_address_without_a_scheme_is_refused() {
        assert!(ApiClient::new("localhost:4300", None).is_err());
    }
}
