//! The worker that takes an order's message from the queue and sends a mail, in a trace of its own.

use super::stacks;
use crate::attribute::{body, int, text};
use crate::topology::Service;
use crate::unit::{Kind, MS, PRODUCER_NUMBER, Severity, Weaver, span_id};
use crate::visit::{Fate, Sent};

pub(super) fn send(w: &mut Weaver<'_>, fate: Fate, order: u64, sent: &Sent) {
    w.open(Service::Mail, Kind::Consumer, "process order-confirmed");
    w.link(sent.trace, span_id(sent.trace, PRODUCER_NUMBER));
    w.put(text("messaging.system", "kafka"));
    w.put(text("messaging.destination.name", "order-confirmed"));
    w.put(text("messaging.operation.name", "process"));
    w.put(text("messaging.operation.type", "process"));
    w.put(text("messaging.consumer.group.name", "mail"));
    w.put(text("messaging.message.id", format!("o{order}")));
    w.put(text("messaging.destination.partition.id", (order % 6).to_string()));
    w.put(int("shop.queue.wait_ms", u64::try_from(sent.queued.as_millis()).unwrap_or(u64::MAX)));
    w.put_person();
    w.spend(3 * MS);

    w.open(Service::Mail, Kind::Internal, "render order mail");
    w.put(text("code.function.name", "mail.render.order_mail"));
    w.put(text("code.file.path", "/app/mail/render.py"));
    w.put(int("code.line.number", 28));
    w.spend(11 * MS);
    w.close();

    w.open(Service::Mail, Kind::Client, "SMTP DATA");
    w.put(text("server.address", "smtp.example"));
    w.put(int("server.port", 587));
    w.spend(140 * MS);
    if fate == Fate::Broken {
        w.fail("451", "4.7.1 try again later");
    }
    w.close();

    if fate == Fate::Broken {
        let kind = "smtplib.SMTPRecipientsRefused";
        let message = "451 4.7.1 try again later";
        w.exception(kind, message, stacks::MAIL_REFUSED);
        w.fail(kind, message);
        let line = format!("mail for order o{order} was refused: {message}");
        w.log(Severity::Error, body(&line), vec![text("exception.type", kind)]);
    } else {
        w.log(Severity::Info, body(&format!("mail for order o{order} sent")), vec![]);
    }
    w.close();
}
