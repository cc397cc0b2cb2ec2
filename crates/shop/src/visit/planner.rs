//! How a visit goes on from click to click. Each step draws as often whatever the schedule says, so that a fault changes
//! nothing but what it touches.

use std::time::Duration;

use ippo_base::Timestamp;

use super::{Action, Fate, PRODUCTS, Sent, Step, UNLUCKY_CUSTOMER, VISIT_LIMIT, Visit, trace_id};
use crate::draw::{Draw, hash};
use crate::fault::{Fault, Schedule};

/// A person on the way through the shop.
pub(super) struct Planner<'a> {
    seed: u64,
    schedule: &'a Schedule,
    session: u64,
    draw: Draw,
    arrival: Timestamp,
    now: Timestamp,
    user: u64,
    signed_in: bool,
    steps: Vec<Step>,
}

impl<'a> Planner<'a> {
    pub(super) fn new(
        seed: u64,
        schedule: &'a Schedule,
        session: u64,
        draw: Draw,
        arrival: Timestamp,
        user: u64,
        signed_in: bool,
    ) -> Self {
        let steps = Vec::with_capacity(12);
        Self { seed, schedule, session, draw, arrival, now: arrival, user, signed_in, steps }
    }

    /// Home, a few searches and products, perhaps a cart, perhaps an order.
    pub(super) fn browse(&mut self) {
        if self.draw.percent(78) {
            self.click(Action::Home, 200);
        }
        if self.draw.percent(25) && !self.signed_in {
            self.sign_in();
        }
        let rounds = self.draw.between(1, 2);
        for _ in 0..rounds {
            if self.draw.percent(70) {
                let word = self.draw.below(40);
                self.click(Action::Search { word }, 1_200);
            }
            for _ in 0..self.draw.between(0, 2) {
                let sku = self.draw.below(PRODUCTS);
                self.click(Action::Product { sku }, 2_500);
            }
        }
        if self.draw.percent(62) {
            self.fill_cart();
        } else if self.signed_in && self.draw.percent(20) {
            let order = self.draw.between(100_000, 999_999);
            self.click(Action::Order { order }, 1_500);
        }
    }

    fn fill_cart(&mut self) {
        let kinds = self.draw.between(1, 2);
        for _ in 0..kinds {
            let (sku, quantity) = (self.draw.below(PRODUCTS), self.draw.between(1, 3));
            self.click(Action::CartAdd { sku, quantity }, 2_000);
        }
        if self.draw.percent(60) {
            self.click(Action::CartView, 900);
        }
        if self.draw.percent(78) {
            if !self.signed_in {
                self.sign_in();
            }
            let coupon = self.draw.percent(12);
            self.buy(kinds + 1, coupon);
        }
    }

    pub(super) fn buy_with_coupon(&mut self) {
        self.click(Action::Home, 0);
        let sku = self.draw.below(PRODUCTS);
        self.click(Action::Product { sku }, 0);
        self.click(Action::CartAdd { sku, quantity: 1 }, 0);
        self.buy(1, true);
    }

    fn sign_in(&mut self) {
        let refused = self.draw.percent(6);
        if refused {
            self.push(Action::Login, Fate::Refused);
        }
        let broken = self.draw.per_100k(30);
        self.push(Action::Login, if broken { Fate::Broken } else { Fate::Well });
        self.signed_in = !broken;
    }

    /// Up to three attempts, then the person gives up.
    fn buy(&mut self, items: u64, coupon: bool) {
        let order = self.draw.between(1_000_000, 9_999_999);
        let coupon = coupon || self.user == UNLUCKY_CUSTOMER;
        for attempt in 1..=3 {
            let fate = self.checkout_fate();
            self.push(Action::Checkout { order, items, coupon, attempt }, fate);
            match fate {
                Fate::Well | Fate::NoIndex => return self.ordered(order),
                Fate::CouponTwice => return,
                _ if self.draw.percent(65) => return,
                _ => {}
            }
        }
    }

    fn checkout_fate(&mut self) -> Fate {
        // The same number of draws whatever the schedule says, so that a fault changes nothing but its own.
        let (provider, index, chance) =
            (self.draw.below(100), self.draw.below(100), self.draw.below(100_000));
        let hit = |fault, roll| self.schedule.percent(fault, self.now).is_some_and(|percent| roll < percent);
        if self.user == UNLUCKY_CUSTOMER {
            Fate::CouponTwice
        } else if hit(Fault::Payment, provider) {
            Fate::NoProvider
        } else if chance < 12 {
            Fate::Broken
        } else if chance < 1_800 {
            Fate::Refused
        } else if hit(Fault::SlowCheckout, index) {
            Fate::NoIndex
        } else {
            Fate::Well
        }
    }

    /// The page that thanks, and the mail.
    fn ordered(&mut self, order: u64) {
        let Some(checkout) = self.steps.last() else { return };
        let (sent, at) = (checkout.trace, checkout.at);
        let queued = Duration::from_millis(self.draw.between(8_500, 12_000));
        let broken = self.draw.per_100k(120);
        self.push(Action::Order { order }, Fate::Well);
        let action = Action::Mail { order, sent: Sent { trace: sent, queued } };
        self.push(action, if broken { Fate::Broken } else { Fate::Well });
        if let Some(mail) = self.steps.last_mut() {
            mail.at = at.plus(queued);
        }
    }

    /// A click that fails by itself, or by the catalog's fault, in `refused` and a few of 100,000.
    fn click(&mut self, action: Action, refused: u64) {
        let (version, chance) = (self.draw.below(100), self.draw.below(100_000));
        let looks = matches!(action, Action::Product { .. });
        let bad = self.schedule.percent(Fault::BadDeploy, self.now).is_some_and(|percent| version < percent);
        let fate = if looks && bad {
            Fate::BadVersion
        } else if chance < broken_share(&action) {
            Fate::Broken
        } else if looks && chance < refused {
            Fate::Refused
        } else {
            Fate::Well
        };
        self.push(action, fate);
    }

    fn push(&mut self, action: Action, fate: Fate) {
        let index = self.steps.len() as u64;
        let trace = trace_id(self.seed, self.session, index);
        let user = self.signed_in.then_some(self.user);
        self.steps.push(Step { at: self.now, action, fate, user, trace });
        // Longer than any request takes, so that nobody clicks twice at once.
        self.now = self.now.plus(Duration::from_millis(7_500 + self.draw.around(9_000_000) / 1_000));
    }

    pub(super) fn finish(mut self) -> Visit {
        let (arrival, schedule) = (self.arrival, self.schedule);
        let leaves = self.steps.iter().position(|s| schedule.holds(Fault::StopShop, s.at));
        self.steps.truncate(leaves.unwrap_or(usize::MAX));
        self.steps.retain(|s| s.at.since(arrival) < VISIT_LIMIT && !schedule.holds(Fault::StopShop, s.at));
        let (agent, address) = (hash(&[self.session, 3]), hash(&[self.session, 4]));
        Visit {
            session: self.session,
            agent: usize::try_from(agent % 5).unwrap_or(0),
            address,
            steps: self.steps,
        }
    }
}

/// Failures of our own in 100,000 requests on an ordinary day.
fn broken_share(action: &Action) -> u64 {
    match action {
        Action::Home => 8,
        Action::Search { .. } => 25,
        Action::Product { .. } => 28,
        Action::CartAdd { .. } | Action::CartView => 22,
        Action::Order { .. } => 20,
        Action::Login | Action::Checkout { .. } | Action::Mail { .. } => 0,
    }
}
