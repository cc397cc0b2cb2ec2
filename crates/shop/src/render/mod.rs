//! Turns each step of a visit into spans and logs. Nothing here decides how a step ends; the visit has decided.

mod browse;
mod buy;
mod calls;
mod mail;
mod stacks;

use crate::unit::{Unit, Weaver, World};
use crate::visit::{Action, Step, Visit};

/// Exceptions for the streams of benches.
pub(crate) const BENCH_STACKS: [&str; 3] =
    [stacks::COUPON_TWICE, stacks::ORDER_TIMEOUT, stacks::SEARCH_REJECTED];

/// What `step` of `visit` sends.
pub(crate) fn render(world: World<'_>, visit: &Visit, step: &Step) -> Unit {
    let mut weaver = Weaver::new(world, step.trace, step.at, step.user, visit.session);
    let w = &mut weaver;
    match &step.action {
        Action::Home => browse::home(w, visit, step.fate),
        Action::Search { word } => browse::search(w, visit, step.fate, *word),
        Action::Product { sku } => browse::product(w, visit, step.fate, *sku),
        Action::Login => browse::login(w, visit, step.fate),
        Action::CartAdd { sku, quantity } => browse::cart_add(w, visit, step.fate, *sku, *quantity),
        Action::CartView => browse::cart_view(w, visit, step.fate),
        Action::Checkout { order, items, coupon, attempt } => {
            let purchase = buy::Purchase { order: *order, items: *items, coupon: *coupon, attempt: *attempt };
            buy::checkout(w, visit, step.fate, purchase);
        }
        Action::Order { order } => buy::order_page(w, visit, step.fate, *order),
        Action::Mail { order, sent } => mail::send(w, step.fate, *order, sent),
    }
    weaver.finish()
}
