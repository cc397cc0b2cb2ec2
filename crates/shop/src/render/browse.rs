//! Looking around, signing in, filling the cart.

use super::calls::{Code, Database, Request, Rpc, Statement, frontend, query, rpc, status_of};
use super::stacks;
use crate::attribute::{body, flag, int, text};
use crate::topology::{Service, search_is_slower};
use crate::unit::{MS, Severity, Weaver};
use crate::visit::{Fate, Visit};

const WORDS: [&str; 20] = [
    "sneakers",
    "rain jacket",
    "急須",
    "弁当箱",
    "backpack",
    "desk lamp",
    "手ぬぐい",
    "headphones",
    "notebook",
    "箸",
    "running socks",
    "water bottle",
    "風呂敷",
    "tent",
    "keyboard",
    "傘",
    "yoga mat",
    "mug",
    "watch",
    "浴衣",
];

const CATALOG_CACHE: Database = Database {
    owner: Service::Catalog,
    system: "redis",
    namespace: "0",
    host: "catalog-cache.internal",
    port: 6_379,
};
const CATALOG_DB: Database = Database {
    owner: Service::Catalog,
    system: "postgresql",
    namespace: "catalog",
    host: "catalog-db.internal",
    port: 5_432,
};
const SEARCH_INDEX: Database = Database {
    owner: Service::Search,
    system: "elasticsearch",
    namespace: "products",
    host: "search-index.internal",
    port: 9_200,
};
const ACCOUNT_DB: Database = Database {
    owner: Service::Account,
    system: "postgresql",
    namespace: "account",
    host: "account-db.internal",
    port: 5_432,
};
const CART_STORE: Database = Database {
    owner: Service::Cart,
    system: "redis",
    namespace: "1",
    host: "cart-store.internal",
    port: 6_379,
};

pub(super) fn home(w: &mut Weaver<'_>, visit: &Visit, fate: Fate) {
    frontend(w, visit, Request::new("GET", "/"), |w| {
        if fate == Fate::Broken {
            let message = "Cannot read properties of undefined (reading 'banners')";
            w.exception("TypeError", message, stacks::FRONTEND_RENDER);
            w.log(Severity::Error, body(message), vec![text("exception.type", "TypeError")]);
            return 500;
        }
        let featured = Rpc {
            from: Service::Frontend,
            to: Service::Catalog,
            method: "shop.catalog.v1.Catalog/ListFeatured",
            code: ("catalog/internal/server.(*Catalog).ListFeatured", "internal/server/featured.go", 31),
        };
        let outcome = rpc(w, featured, |w| {
            cache_get(w, "GET featured:jp", 24);
            Ok(())
        });
        w.spend(6 * MS);
        status_of(outcome)
    });
}

pub(super) fn search(w: &mut Weaver<'_>, visit: &Visit, fate: Fate, word: u64) {
    let word = WORDS[usize::try_from(word).unwrap_or(0) % WORDS.len()];
    let request = Request {
        query: Some(format!("q={}", word.replace(' ', "+"))),
        ..Request::new("GET", "/api/search")
    };
    let live = w.world().settings.live();
    let usual = if search_is_slower(live, w.started()) { 118 * MS } else { 88 * MS };
    frontend(w, visit, request, |w| {
        let find = Rpc {
            from: Service::Frontend,
            to: Service::Search,
            method: "shop.search.v1.Search/Find",
            code: ("example.shop.search.SearchResource.search", "src/main/java/SearchResource.java", 39),
        };
        let outcome = rpc(w, find, |w| {
            w.spend(4 * MS);
            let statement = Statement {
                operation: "search",
                collection: "products",
                query: "{\"query\":{\"multi_match\":{\"query\":\"?\",\"fields\":[\"name^3\",\"maker\",\"description\"]}},\"size\":24}",
                rows: 24,
            };
            if fate == Fate::Broken {
                let message = "[es/search] failed: [es_rejected_execution_exception]";
                query(w, SEARCH_INDEX, statement, 3 * MS, Some(("429", message)));
                let kind = "co.elastic.clients.elasticsearch._types.ElasticsearchException";
                w.exception(kind, message, stacks::SEARCH_REJECTED);
                w.log(
                    Severity::Error,
                    body(&format!("search for {word} failed: index rejected the query")),
                    vec![],
                );
                return Err(Code::Unavailable);
            }
            query(w, SEARCH_INDEX, statement, usual, None);
            w.spend(3 * MS);
            Ok(())
        });
        status_of(outcome)
    });
}

fn cache_get(w: &mut Weaver<'_>, command: &'static str, rows: u64) {
    let statement = Statement { operation: "GET", collection: "product", query: command, rows };
    query(w, CATALOG_CACHE, statement, MS / 2, None);
}

pub(super) fn product(w: &mut Weaver<'_>, visit: &Visit, fate: Fate, sku: u64) {
    let sku = format!("sku-{:05}", 10_000 + sku * 37);
    frontend(w, visit, Request::with_id("GET", "/api/products/{id}", &sku), |w| {
        let outcome = get_product(w, Service::Frontend, fate, &sku);
        w.spend(4 * MS);
        status_of(outcome)
    });
}

fn get_product(w: &mut Weaver<'_>, from: Service, fate: Fate, sku: &str) -> Result<(), Code> {
    let get = Rpc {
        from,
        to: Service::Catalog,
        method: "shop.catalog.v1.Catalog/GetProduct",
        code: ("catalog/internal/server.(*Catalog).GetProduct", "internal/server/product.go", 77),
    };
    rpc(w, get, |w| {
        w.put(text("shop.product.sku", sku));
        let hit = w.draw.percent(82);
        cache_get(w, "GET product:?", u64::from(hit));
        w.put(flag("shop.cache.hit", hit));
        if !hit || fate == Fate::Refused {
            let statement = Statement {
                operation: "SELECT",
                collection: "products",
                query: "SELECT sku, name, maker, price_yen, stock_hint FROM products WHERE sku = $1",
                rows: u64::from(fate != Fate::Refused),
            };
            query(w, CATALOG_DB, statement, 4 * MS, None);
        }
        match fate {
            Fate::Refused => Err(Code::NotFound),
            Fate::BadVersion => {
                let message = "invalid memory address or nil pointer dereference";
                w.exception("runtime.errorString", message, stacks::CATALOG_BAD_VERSION);
                let line = format!("panic while formatting the price of {sku}: {message}");
                w.log(Severity::Error, body(&line), vec![text("exception.type", "runtime.errorString")]);
                Err(Code::Internal)
            }
            Fate::Broken => {
                let message = "dial tcp 10.0.3.17:5432: connect: connection refused";
                w.exception("*net.OpError", message, stacks::CATALOG_NO_CONNECTION);
                w.log(Severity::Error, body(&format!("cannot load {sku}: {message}")), vec![]);
                Err(Code::Unavailable)
            }
            _ => {
                w.spend(MS);
                Ok(())
            }
        }
    })
}

pub(super) fn login(w: &mut Weaver<'_>, visit: &Visit, fate: Fate) {
    frontend(w, visit, Request::new("POST", "/api/login"), |w| {
        let sign_in = Rpc {
            from: Service::Frontend,
            to: Service::Account,
            method: "shop.account.v1.Login/SignIn",
            code: ("Shop.Account.LoginService.SignIn", "/src/Account/LoginService.cs", 33),
        };
        let outcome = rpc(w, sign_in, |w| {
            let statement = Statement {
                operation: "SELECT",
                collection: "accounts",
                query: "SELECT id, password_hash, locked_until FROM accounts WHERE email = $1",
                rows: 1,
            };
            if fate == Fate::Broken {
                let message = "The connection pool has been exhausted";
                w.spend_exactly(2_000 * MS);
                w.exception("Npgsql.NpgsqlException", message, stacks::ACCOUNT_POOL);
                w.log(Severity::Error, body(&format!("sign-in failed: {message}")), vec![]);
                return Err(Code::Unavailable);
            }
            query(w, ACCOUNT_DB, statement, 3 * MS, None);
            // The price of a password hash.
            w.spend(70 * MS);
            if fate == Fate::Refused {
                w.log(Severity::Warn, body("sign-in refused: wrong password"), vec![]);
                return Err(Code::Unauthenticated);
            }
            Ok(())
        });
        status_of(outcome)
    });
}

const CART_GET: Rpc = Rpc {
    from: Service::Frontend,
    to: Service::Cart,
    method: "shop.cart.v1.Cart/Get",
    code: ("cart/internal/server.(*Cart).Get", "internal/server/cart.go", 52),
};

/// Reads the cart, as its page and checkout do.
pub(super) fn get_cart(w: &mut Weaver<'_>, fate: Fate, items: u64) -> Result<(), Code> {
    rpc(w, CART_GET, |w| {
        load_cart(w, fate, items)?;
        w.put(int("shop.cart.items", items));
        Ok(())
    })
}

fn load_cart(w: &mut Weaver<'_>, fate: Fate, items: u64) -> Result<(), Code> {
    let statement =
        Statement { operation: "HGETALL", collection: "cart", query: "HGETALL cart:?", rows: items };
    if fate == Fate::Broken {
        let message = "read tcp 10.0.1.11:41288->10.0.4.9:6379: i/o timeout";
        query(w, CART_STORE, statement, 250 * MS, Some(("timeout", message)));
        w.exception("*net.OpError", message, stacks::CART_CONNECTION);
        w.log(Severity::Error, body(&format!("cannot load the cart: {message}")), vec![]);
        return Err(Code::Unavailable);
    }
    query(w, CART_STORE, statement, MS, None);
    Ok(())
}

pub(super) fn cart_view(w: &mut Weaver<'_>, visit: &Visit, fate: Fate) {
    frontend(w, visit, Request::new("GET", "/api/cart"), |w| {
        let outcome = get_cart(w, fate, 2);
        w.spend(3 * MS);
        status_of(outcome)
    });
}

pub(super) fn cart_add(w: &mut Weaver<'_>, visit: &Visit, fate: Fate, sku: u64, quantity: u64) {
    let sku = format!("sku-{:05}", 10_000 + sku * 37);
    frontend(w, visit, Request::new("POST", "/api/cart/items"), |w| {
        let add = Rpc {
            from: Service::Frontend,
            to: Service::Cart,
            method: "shop.cart.v1.Cart/Add",
            code: ("cart/internal/server.(*Cart).Add", "internal/server/cart.go", 88),
        };
        let outcome = rpc(w, add, |w| {
            w.put(int("shop.cart.quantity", quantity));
            load_cart(w, fate, 1)?;
            get_product(w, Service::Cart, Fate::Well, &sku)?;
            let statement =
                Statement { operation: "HSET", collection: "cart", query: "HSET cart:? ? ?", rows: 1 };
            query(w, CART_STORE, statement, MS, None);
            w.log(Severity::Debug, body(&format!("added {quantity} of {sku}")), vec![]);
            Ok(())
        });
        status_of(outcome)
    });
}
