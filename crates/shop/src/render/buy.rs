//! Checkout and what follows it: the longest requests of the shop, and the ones that matter most.

use super::browse::get_cart;
use super::calls::{Code, Database, Request, Rpc, Statement, frontend, query, rpc, status_of};
use super::stacks;
use crate::attribute::{body, flag, int, text, texts};
use crate::topology::Service;
use crate::unit::{Kind, MS, Severity, Weaver};
use crate::visit::{Fate, Visit};

/// What is bought.
#[derive(Debug, Clone, Copy)]
pub(super) struct Purchase {
    pub(super) order: u64,
    pub(super) items: u64,
    pub(super) coupon: bool,
    pub(super) attempt: u64,
}

/// How long the payment service waits for its provider, and how often it tries.
const PROVIDER_PATIENCE: u64 = 500 * MS;
const PROVIDER_TRIES: u64 = 3;
/// An order query without its index.
const WITHOUT_INDEX: u64 = 2_600 * MS;

const ORDER_DB: Database = Database {
    owner: Service::Order,
    system: "postgresql",
    namespace: "orders",
    host: "order-db.internal",
    port: 5_432,
};
const INVENTORY_DB: Database = Database {
    owner: Service::Inventory,
    system: "mysql",
    namespace: "inventory",
    host: "inventory-db.internal",
    port: 3_306,
};
const PAYMENT_DB: Database = Database {
    owner: Service::Payment,
    system: "postgresql",
    namespace: "payments",
    host: "payment-db.internal",
    port: 5_432,
};

pub(super) fn checkout(w: &mut Weaver<'_>, visit: &Visit, fate: Fate, purchase: Purchase) {
    frontend(w, visit, Request::new("POST", "/api/checkout"), |w| {
        w.put(int("shop.checkout.attempt", purchase.attempt));
        let outcome = get_cart(w, Fate::Well, purchase.items).and_then(|()| create_order(w, fate, purchase));
        match outcome {
            Err(Code::Unavailable) => {
                w.log(Severity::Error, body("Payment could not be completed"), vec![]);
            }
            Err(Code::Internal) => w.log(Severity::Error, body("Order could not be created"), vec![]),
            _ => {}
        }
        status_of(outcome)
    });
}

fn create_order(w: &mut Weaver<'_>, fate: Fate, purchase: Purchase) -> Result<(), Code> {
    let create = Rpc {
        from: Service::Frontend,
        to: Service::Order,
        method: "shop.order.v1.Order/Create",
        code: ("example.shop.order.OrderService.create", "src/main/kotlin/OrderService.kt", 61),
    };
    rpc(w, create, |w| {
        w.put(text("shop.order.id", format!("o{}", purchase.order)));
        earlier_orders(w, fate);
        if purchase.coupon {
            apply_coupon(w, fate, purchase)?;
        }
        reserve(w, purchase.items)?;
        charge(w, fate, purchase)?;
        insert_order(w, fate, purchase)?;
        publish(w, purchase);
        Ok(())
    })
}

/// Looks for earlier orders of the customer: quick with its index, and the culprit without.
fn earlier_orders(w: &mut Weaver<'_>, fate: Fate) {
    let statement = Statement {
        operation: "SELECT",
        collection: "orders",
        query: "SELECT id, total_yen, created_at FROM orders WHERE customer_id = $1 AND status = $2 ORDER BY created_at DESC LIMIT 20",
        rows: 6,
    };
    let slow = fate == Fate::NoIndex;
    query(w, ORDER_DB, statement, if slow { WITHOUT_INDEX } else { 12 * MS }, None);
    if slow {
        let line = "slow query: SELECT orders took more than 1000 ms (Seq Scan on orders, 4183921 rows)";
        w.log(Severity::Warn, body(line), vec![text("db.query.summary", "SELECT orders")]);
    }
}

fn apply_coupon(w: &mut Weaver<'_>, fate: Fate, purchase: Purchase) -> Result<(), Code> {
    let statement = Statement {
        operation: "SELECT",
        collection: "coupons",
        query: "SELECT code, percent, used_at FROM coupons WHERE code = $1 FOR UPDATE",
        rows: 1,
    };
    query(w, ORDER_DB, statement, 9 * MS, None);
    if fate != Fate::CouponTwice {
        return Ok(());
    }
    let message = format!("coupon WELCOME10 applied twice to order o{}", purchase.order);
    let kind = "example.shop.order.CouponAlreadyAppliedException";
    w.exception(kind, &message, stacks::COUPON_TWICE);
    w.log(Severity::Error, body(&message), vec![text("exception.type", kind)]);
    Err(Code::Internal)
}

/// One SELECT an item: it was always so, and nobody has looked.
fn reserve(w: &mut Weaver<'_>, items: u64) -> Result<(), Code> {
    let reserve = Rpc {
        from: Service::Order,
        to: Service::Inventory,
        method: "shop.inventory.v1.Inventory/Reserve",
        code: ("inventory.reserve.Reserver.reserve", "inventory/reserve.py", 47),
    };
    rpc(w, reserve, |w| {
        w.put(int("shop.reservation.items", items));
        for _ in 0..items * 2 {
            let statement = Statement {
                operation: "SELECT",
                collection: "stock",
                query: "SELECT quantity FROM stock WHERE sku = ? AND warehouse = ? FOR UPDATE",
                rows: 1,
            };
            query(w, INVENTORY_DB, statement, 6 * MS, None);
        }
        let statement = Statement {
            operation: "UPDATE",
            collection: "stock",
            query: "UPDATE stock SET quantity = quantity - ? WHERE sku = ? AND warehouse = ?",
            rows: 0,
        };
        query(w, INVENTORY_DB, statement, 7 * MS, None);
        Ok(())
    })
}

fn charge(w: &mut Weaver<'_>, fate: Fate, purchase: Purchase) -> Result<(), Code> {
    let charge = Rpc {
        from: Service::Order,
        to: Service::Payment,
        method: "shop.payment.v1.Payment/Charge",
        code: ("payment::service::charge", "src/service.rs", 64),
    };
    rpc(w, charge, |w| {
        w.put(texts("shop.payment.methods_offered", &["card", "konbini", "paypay"]));
        match fate {
            Fate::NoProvider => provider_never_answers(w),
            Fate::Refused => {
                provider(w, 0, 402);
                w.log(Severity::Info, body("card declined by issuer"), vec![]);
                Err(Code::FailedPrecondition)
            }
            _ => {
                provider(w, 0, 200);
                let statement = Statement {
                    operation: "INSERT",
                    collection: "charges",
                    query: "INSERT INTO charges (order_id, amount_yen, provider_ref) VALUES ($1, $2, $3)",
                    rows: 0,
                };
                query(w, PAYMENT_DB, statement, 5 * MS, None);
                let line = format!(
                    "{{\"level\":\"info\",\"msg\":\"charge accepted\",\"order\":\"o{}\",\"provider\":\"provider.example\"}}",
                    purchase.order
                );
                w.log(Severity::Info, body(&line), vec![]);
                Ok(())
            }
        }
    })
}

fn provider_never_answers(w: &mut Weaver<'_>) -> Result<(), Code> {
    for attempt in 0..PROVIDER_TRIES {
        if attempt > 0 {
            let line = format!("provider timeout after 500 ms, retry {attempt} of {}", PROVIDER_TRIES - 1);
            w.log(Severity::Warn, body(&line), vec![int("retry.attempt", attempt)]);
            w.spend(8 * MS);
        }
        provider(w, attempt, 0);
    }
    let message = "provider timeout after 500 ms";
    w.exception("payment::provider::Timeout", message, stacks::PROVIDER_TIMEOUT);
    w.log(Severity::Error, body(message), vec![text("exception.type", "payment::provider::Timeout")]);
    Err(Code::Unavailable)
}

/// A call to the provider outside; status 0 is no answer.
fn provider(w: &mut Weaver<'_>, attempt: u64, status: u16) {
    w.open(Service::Payment, Kind::Client, "POST /v2/charge");
    w.put(text("http.request.method", "POST"));
    w.put(text("url.full", "https://provider.example/v2/charge"));
    w.put(text("url.template", "/v2/charge"));
    w.put(text("server.address", "provider.example"));
    w.put(int("server.port", 443));
    w.put(text("code.function.name", "payment::provider::Client::charge"));
    w.put(text("code.file.path", "src/provider/charge.rs"));
    w.put(int("code.line.number", 118));
    if attempt > 0 {
        w.put(int("http.request.resend_count", attempt));
    }
    if status == 0 {
        w.spend_exactly(PROVIDER_PATIENCE);
        w.fail("timeout", "no answer within 500 ms");
    } else {
        w.spend(85 * MS);
        w.put(int("http.response.status_code", u64::from(status)));
        if status >= 400 {
            w.fail(&status.to_string(), "");
        }
    }
    w.close();
}

fn insert_order(w: &mut Weaver<'_>, fate: Fate, purchase: Purchase) -> Result<(), Code> {
    let statement = Statement {
        operation: "INSERT",
        collection: "orders",
        query: "INSERT INTO orders (id, customer_id, total_yen, status) VALUES ($1, $2, $3, $4)",
        rows: 0,
    };
    if fate == Fate::Broken {
        let message = "ERROR: deadlock detected";
        query(w, ORDER_DB, statement, 1_000 * MS, Some(("40P01", message)));
        w.exception("org.postgresql.util.PSQLException", message, stacks::ORDER_DEADLOCK);
        let line = format!("order o{} was not stored: deadlock detected", purchase.order);
        w.log(
            Severity::Error,
            body(&line),
            vec![text("exception.type", "org.postgresql.util.PSQLException")],
        );
        return Err(Code::Internal);
    }
    query(w, ORDER_DB, statement, 8 * MS, None);
    let line = format!("order o{} created with {} items", purchase.order, purchase.items);
    w.log(Severity::Info, body(&line), vec![flag("shop.order.coupon", purchase.coupon)]);
    Ok(())
}

/// Puts the order into the queue from which mail is sent.
fn publish(w: &mut Weaver<'_>, purchase: Purchase) {
    w.open(Service::Order, Kind::Producer, "send order-confirmed");
    w.put(text("messaging.system", "kafka"));
    w.put(text("messaging.destination.name", "order-confirmed"));
    w.put(text("messaging.operation.name", "send"));
    w.put(text("messaging.operation.type", "send"));
    w.put(text("messaging.message.id", format!("o{}", purchase.order)));
    w.put(text("messaging.destination.partition.id", (purchase.order % 6).to_string()));
    w.put(text("server.address", "queue.internal"));
    w.put(int("server.port", 9_092));
    w.spend(3 * MS);
    w.close();
}

pub(super) fn order_page(w: &mut Weaver<'_>, visit: &Visit, fate: Fate, order: u64) {
    let id = format!("o{order}");
    frontend(w, visit, Request::with_id("GET", "/api/orders/{id}", &id), |w| {
        let get = Rpc {
            from: Service::Frontend,
            to: Service::Order,
            method: "shop.order.v1.Order/Get",
            code: ("example.shop.order.OrderService.get", "src/main/kotlin/OrderService.kt", 118),
        };
        let outcome = rpc(w, get, |w| {
            let statement = Statement {
                operation: "SELECT",
                collection: "orders",
                query: "SELECT o.id, o.status, i.sku, i.quantity FROM orders o JOIN order_items i ON i.order_id = o.id WHERE o.id = $1",
                rows: u64::from(fate != Fate::Refused) * 2,
            };
            if fate == Fate::Broken {
                let message = "ERROR: canceling statement due to statement timeout";
                query(w, ORDER_DB, statement, 1_500 * MS, Some(("57014", message)));
                w.exception("org.postgresql.util.PSQLException", message, stacks::ORDER_TIMEOUT);
                w.log(Severity::Error, body(&format!("order {id} could not be read: {message}")), vec![]);
                return Err(Code::Internal);
            }
            query(w, ORDER_DB, statement, 74 * MS, None);
            if fate == Fate::Refused { Err(Code::NotFound) } else { Ok(()) }
        });
        w.spend(8 * MS);
        status_of(outcome)
    });
}
