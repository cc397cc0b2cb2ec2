//! The shop's SLOs: their definitions as files, and what each should count, said a second time in Rust.
//!
//! The second telling is what makes the truth independent of the expressions in the files.

use std::time::Duration;

use crate::topology::Service;
use crate::truth::Call;

/// A file of definitions that `ippo apply` reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DefinitionFile {
    /// Its name, without a folder.
    pub path: &'static str,
    /// Its YAML.
    pub text: &'static str,
}

macro_rules! definition {
    ($name:literal) => {
        DefinitionFile { path: $name, text: include_str!(concat!("../definitions/", $name)) }
    };
}

/// Every definition of the shop, in the order in which people would read them.
pub const DEFINITIONS: &[DefinitionFile] = &[
    definition!("checkout.yaml"),
    definition!("browse.yaml"),
    definition!("account.yaml"),
    definition!("orders.yaml"),
    definition!("targets.yaml"),
];

/// Where the demo's own pager listens, as written in `targets.yaml`.
pub const DEMO_PAGER_URL: &str = "http://127.0.0.1:4319/pages";

/// What one SLO counts.
#[derive(Debug, Clone, Copy)]
pub struct Promise {
    /// The SLO's name in its definition.
    pub name: &'static str,
    service: Service,
    /// The name of the spans that count.
    span: &'static str,
    rule: Rule,
}

#[derive(Debug, Clone, Copy)]
enum Rule {
    /// Kept unless it answers with 500 or more.
    NoServerError,
    /// Kept unless its span failed.
    NoError,
    /// Kept if it takes no longer.
    Within(Duration),
}

impl Promise {
    /// Whether `call` kept the promise; nothing if it is none of its calls.
    pub fn kept(&self, call: &Call) -> Option<bool> {
        if call.service() != self.service || call.name != self.span {
            return None;
        }
        Some(match self.rule {
            Rule::NoServerError => call.http_status.is_none_or(|status| status < 500),
            Rule::NoError => !call.error,
            Rule::Within(limit) => call.duration <= limit,
        })
    }
}

const fn frontend(name: &'static str, span: &'static str, rule: Rule) -> Promise {
    Promise { name, service: Service::Frontend, span, rule }
}

/// Every promise of the shop.
pub const PROMISES: &[Promise] = &[
    frontend("checkout-succeeds", "POST /api/checkout", Rule::NoServerError),
    frontend("checkout-in-2s", "POST /api/checkout", Rule::Within(Duration::from_secs(2))),
    frontend("search-in-300ms", "GET /api/search", Rule::Within(Duration::from_millis(300))),
    frontend("product-pages-succeed", "GET /api/products/{id}", Rule::NoServerError),
    frontend("cart-writes-succeed", "POST /api/cart/items", Rule::NoServerError),
    frontend("login-succeeds", "POST /api/login", Rule::NoServerError),
    frontend("orders-page-in-500ms", "GET /api/orders/{id}", Rule::Within(Duration::from_millis(500))),
    Promise {
        name: "order-mail-sent",
        service: Service::Mail,
        span: "process order-confirmed",
        rule: Rule::NoError,
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_promise_is_defined_once_and_every_definition_is_a_promise() {
        let mut defined: Vec<&str> = DEFINITIONS
            .iter()
            .flat_map(|file| file.text.split("\n---\n"))
            .filter(|document| document.lines().any(|line| line == "kind: SLO"))
            .map(|document| {
                let line =
                    document.lines().find(|line| line.starts_with("  name: ")).expect("an SLO has a name");
                line.trim_start_matches("  name: ")
            })
            .collect();
        let mut promised: Vec<&str> = PROMISES.iter().map(|p| p.name).collect();
        defined.sort_unstable();
        promised.sort_unstable();
        assert_eq!(defined, promised);
    }
}
