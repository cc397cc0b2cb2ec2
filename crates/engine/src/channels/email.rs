//! E-mail over SMTP: plain, STARTTLS or TLS, with or without a password. One attempt is one connection. The message id is
//! the same across attempts, so that mail programs can tell a repeat.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use ippo_base::SharedClock;
use ippo_domain::definition::{Channel as ChannelDefinition, TargetDefinition};
use ippo_domain::delivery::Outcome;
use lettre::address::Envelope;
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::Error as SmtpError;
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

use super::{Channel, ChannelError, Parcel, Words, refused};
use crate::settings::SmtpSettings;

/// How long a mail server may take for the whole of one message.
const DONE_WITHIN: Duration = Duration::from_secs(30);

/// Sends mail through one server.
pub struct Email {
    server: Option<Server>,
    words: Arc<Words>,
    clock: SharedClock,
}

struct Server {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl Email {
    /// Without settings every attempt is refused, with a word on what to set.
    ///
    /// # Errors
    /// When the URL or the sender is wrong. The error holds neither.
    pub fn new(
        settings: Option<&SmtpSettings>,
        words: Arc<Words>,
        clock: SharedClock,
    ) -> Result<Self, ChannelError> {
        let server = settings.map(connect).transpose()?;
        Ok(Self { server, words, clock })
    }

    fn compose(&self, from: &Mailbox, to: &[String], parcel: &Parcel) -> Result<Message, String> {
        let word = |error: super::WordsError| error.to_string();
        let mut builder = Message::builder()
            .from(from.clone())
            .subject(self.words.subject(parcel).map_err(word)?)
            .date(std::time::UNIX_EPOCH + Duration::from_secs(parcel.sent_at.as_secs().max(0).unsigned_abs()))
            .message_id(Some(format!("<{}@{}>", parcel.id, from.email.domain())));
        for address in to {
            let address: Address =
                address.parse().map_err(|_| format!("{address:?} is not an e-mail address"))?;
            builder = builder.to(Mailbox::new(None, address));
        }
        let text = self.words.mail_text(parcel).map_err(word)?;
        let html = self.words.mail_html(parcel).map_err(word)?;
        builder.multipart(MultiPart::alternative_plain_html(text, html)).map_err(|error| error.to_string())
    }
}

fn connect(settings: &SmtpSettings) -> Result<Server, ChannelError> {
    let expected =
        "expected smtp://host:25, smtp://user:password@host:587?tls=required or smtps://user:password@host";
    let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(&settings.url)
        .map_err(|_| ChannelError::Smtp(format!("the URL cannot be read; {expected}")))?;
    let from = settings.from.parse().map_err(|_| {
        ChannelError::Smtp(format!(
            "the sender {:?} is not an address such as ippo@example.org",
            settings.from
        ))
    })?;
    Ok(Server { transport: builder.timeout(Some(DONE_WITHIN)).build(), from })
}

#[async_trait]
impl Channel for Email {
    async fn send(&self, target: &TargetDefinition, parcel: &Parcel) -> Outcome {
        let ChannelDefinition::Email { to } = &target.channel else {
            return refused("the target is not an e-mail address");
        };
        let Some(server) = &self.server else {
            return refused("no mail server is configured; set url and from in [smtp]");
        };
        let message = match self.compose(&server.from, to, parcel) {
            Ok(message) => message,
            Err(reason) => return refused(reason),
        };
        tokio::select! {
            outcome = server.send(to, message) => outcome,
            () = self.clock.sleep(DONE_WITHIN) => {
                Outcome::Unknown { reason: format!("the mail server was not done within {} s", DONE_WITHIN.as_secs()) }
            }
        }
    }
}

impl Server {
    /// Sends a mail to all of its recipients. One that the server refuses must not keep it from the others.
    async fn send(&self, to: &[String], message: Message) -> Outcome {
        let whole = self.transport.send(message.clone()).await;
        let Err(error) = whole else { return Outcome::Delivered };
        if to.len() < 2 || error.status().is_none() {
            return judge(&error);
        }
        let (from, body) = (self.from.email.clone(), message.formatted());
        let (mut taken, mut reasons) = (0, Vec::new());
        for address in message.envelope().to() {
            let sent = match Envelope::new(Some(from.clone()), vec![address.clone()]) {
                Ok(envelope) => self.transport.send_raw(&envelope, &body).await,
                Err(error) => return refused(error.to_string()),
            };
            match sent.map_err(|error| judge(&error)) {
                Ok(_) => taken += 1,
                Err(Outcome::Refused { reason, .. }) => reasons.push(format!("{address}: {reason}")),
                Err(other) => return other,
            }
        }
        let reason = reasons.join("; ");
        match taken {
            0 => refused(reason),
            _ if reason.is_empty() => Outcome::Delivered,
            // Another attempt would tell those again who have it already.
            _ => Outcome::Partly { reason },
        }
    }
}

/// What an error means. A server that answers has said that it did not take the message; once it was connected to and
/// then fell silent, nobody knows.
fn judge(error: &SmtpError) -> Outcome {
    if let Some(code) = error.status() {
        let said = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
        return refused(format!("the mail server answered {code} {said}").trim_end().to_owned());
    }
    let text = error.to_string();
    if error.is_tls() || error.is_client() || text.starts_with("Connection error") {
        return refused(format!("cannot send through the mail server: {text}"));
    }
    Outcome::Unknown { reason: format!("the connection to the mail server broke: {text}") }
}
