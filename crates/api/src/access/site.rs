//! Where this ippo is reached: which hosts it answers to, where links point, and whether cookies may cross plain HTTP.

use std::net::{IpAddr, SocketAddr};

use http::{HeaderMap, Uri, header};

use crate::problem::Problem;

/// Where a proxy writes whom it speaks for.
pub(crate) const FORWARDED_FOR: &str = "x-forwarded-for";

/// Where this ippo is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    listen: SocketAddr,
    public_url: String,
    origin: String,
    public_host: String,
}

/// Why ippo cannot know where people reach it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PublicUrlError {
    /// What was given is no site's address.
    #[error(
        "public_url is {0:?}; write an http or https address without a path, such as https://ippo.example.com"
    )]
    NoSite(String),
    /// Nothing was given, and `0.0.0.0` leads nobody here.
    #[error(
        "ippo listens on {0}, every address of this machine, so it cannot know the one that people use: links in \
         messages would lead nowhere. Say it with --public-url, such as https://ippo.example.com"
    )]
    Unspecified(SocketAddr),
}

impl Site {
    /// An ippo that listens on `listen` and is reached at `public_url`; by default at the address itself.
    ///
    /// # Errors
    /// When `public_url` is not the address of a site, or is needed and not given.
    pub fn new(listen: SocketAddr, public_url: Option<&str>) -> Result<Self, PublicUrlError> {
        if public_url.is_none() && listen.ip().is_unspecified() {
            return Err(PublicUrlError::Unspecified(listen));
        }
        let own = format!("http://{listen}");
        let given = public_url.unwrap_or(&own).trim_end_matches('/');
        let refuse = || PublicUrlError::NoSite(given.to_owned());
        let uri: Uri = given.parse().map_err(|_| refuse())?;
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(refuse());
        };
        let plain = uri.path() == "/" && uri.query().is_none() && !authority.as_str().contains('@');
        if !matches!(scheme, "http" | "https") || !plain {
            return Err(refuse());
        }
        let origin = format!("{scheme}://{}", authority.as_str().to_ascii_lowercase());
        let public_host = authority.host().to_ascii_lowercase();
        Ok(Self { listen, public_url: given.to_owned(), origin, public_host })
    }

    /// Where people reach it, without a final slash.
    pub fn public_url(&self) -> &str {
        &self.public_url
    }

    /// A link to `path`, which begins with a slash.
    pub fn link(&self, path: &str) -> String {
        format!("{}{path}", self.public_url)
    }

    /// Where it listens.
    pub fn listen(&self) -> SocketAddr {
        self.listen
    }

    /// Whether only this machine can reach it.
    pub fn is_loopback(&self) -> bool {
        self.listen.ip().is_loopback()
    }

    /// The address that others send to where ippo itself listens at `address`: under the name people use if it is every
    /// address of this machine.
    pub fn address_for_others(&self, address: SocketAddr) -> String {
        match address.ip().is_unspecified() {
            true => format!("{}:{}", self.public_host, address.port()),
            false => address.to_string(),
        }
    }

    /// Whether a request came by a proxy or under a name that others use: then loopback says nothing about who asks.
    pub(crate) fn came_from_outside(&self, headers: &HeaderMap, host: Option<&str>) -> bool {
        is_forwarded(headers) || !host.is_some_and(|host| is_loopback_name(&host_name(host)))
    }

    /// Whether cookies must not cross plain HTTP.
    pub(crate) fn is_secure(&self) -> bool {
        self.origin.starts_with("https:")
    }

    /// Refuses a request that was meant for another host. On loopback a foreign name means that some page out there had
    /// its own name resolve to this machine (DNS rebinding).
    pub(crate) fn check_host(&self, host: Option<&str>) -> Result<(), Problem> {
        if !self.is_loopback() {
            return Ok(());
        }
        let Some(host) = host else {
            return Err(Problem::bad_request("The request names no host. Send a Host header."));
        };
        let name = host_name(host);
        if is_loopback_name(&name) || name == self.public_host {
            return Ok(());
        }
        Err(Problem::misdirected(format!(
            "This ippo listens on this machine alone and answers to localhost; the request was for {name:?}. \
             If people reach it under that name, say so with --public-url."
        )))
    }

    /// Refuses a change that a page of another site asks for.
    pub(crate) fn check_origin(&self, headers: &HeaderMap, host: Option<&str>) -> Result<(), Problem> {
        let refuse = || {
            Problem::forbidden(
                "The request comes from a page of another site, which may not change anything here.",
            )
        };
        let text = |name| headers.get(name).map(|value: &http::HeaderValue| value.to_str().unwrap_or("?"));
        if let Some(site) = text("sec-fetch-site")
            && !matches!(site, "same-origin" | "none")
        {
            return Err(refuse());
        }
        let Some(origin) = text(header::ORIGIN.as_str()) else { return Ok(()) };
        let origin = origin.to_ascii_lowercase();
        let own = host.is_some_and(|host| {
            let host = host.to_ascii_lowercase();
            origin == format!("http://{host}") || origin == format!("https://{host}")
        });
        if own || origin == self.origin { Ok(()) } else { Err(refuse()) }
    }
}

/// Whether a proxy passed a request on.
pub(crate) fn is_forwarded(headers: &HeaderMap) -> bool {
    headers.contains_key(header::FORWARDED) || headers.contains_key(FORWARDED_FOR)
}

/// The host a request is for: of HTTP/2's `:authority`, or the Host header.
pub(crate) fn request_host<'a>(uri: &'a Uri, headers: &'a HeaderMap) -> Option<&'a str> {
    match uri.authority() {
        Some(authority) => Some(authority.as_str()),
        None => headers.get(header::HOST).and_then(|value| value.to_str().ok()),
    }
}

/// A host without its port, in lower case.
fn host_name(host: &str) -> String {
    let without_port = match host.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') && port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    };
    without_port.trim_end_matches('.').to_ascii_lowercase()
}

fn is_loopback_name(name: &str) -> bool {
    let address = name.trim_start_matches('[').trim_end_matches(']');
    name == "localhost"
        || name.ends_with(".localhost")
        || address.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(listen: &str, public_url: Option<&str>) -> Site {
        Site::new(listen.parse().expect("an address"), public_url).expect("a site")
    }

    #[test]
    fn loopback_answers_to_its_own_names_alone() {
        let site = site("127.0.0.1:4300", Some("https://ippo.example.com/"));
        assert_eq!(site.link("/x"), "https://ippo.example.com/x");
        for host in [
            "localhost",
            "LOCALHOST:4300",
            "127.0.0.1:1",
            "127.9.9.9",
            "[::1]:4300",
            "a.localhost",
            "ippo.example.com",
        ] {
            assert_eq!(site.check_host(Some(host)), Ok(()), "{host}");
        }
        for host in [
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.nip.io",
            "192.0.2.1",
            "",
            "ippo.example.com.evil",
        ] {
            assert!(site.check_host(Some(host)).is_err(), "{host}");
        }
        assert!(site.check_host(None).is_err());
    }

    #[test]
    fn elsewhere_any_name_may_lead_here() {
        let site = site("0.0.0.0:4300", Some("https://ippo.example.com"));
        assert_eq!(site.check_host(Some("ippo.internal")), Ok(()));
        assert_eq!(site.address_for_others(([0, 0, 0, 0], 4318).into()), "ippo.example.com:4318");
        assert_eq!(site.address_for_others(([192, 0, 2, 1], 4318).into()), "192.0.2.1:4318");
    }

    #[test]
    fn an_address_that_is_every_address_needs_a_name() {
        let error = Site::new(([0, 0, 0, 0], 4300).into(), None).expect_err("refused").to_string();
        assert!(error.contains("--public-url"), "{error}");
    }

    #[test]
    fn a_proxy_on_this_machine_is_not_this_machine() {
        let site = site("127.0.0.1:4300", Some("https://ippo.example.com"));
        let none = HeaderMap::new();
        assert!(!site.came_from_outside(&none, Some("127.0.0.1:4300")));
        assert!(!site.came_from_outside(&none, Some("localhost:4300")));
        assert!(site.came_from_outside(&none, Some("ippo.example.com")));
        assert!(site.came_from_outside(&none, None));
        for name in ["x-forwarded-for", "forwarded"] {
            let value = http::HeaderValue::from_static("192.0.2.7");
            let headers = HeaderMap::from_iter([(http::HeaderName::from_static(name), value)]);
            assert!(site.came_from_outside(&headers, Some("127.0.0.1:4300")), "{name}");
        }
    }

    #[test]
    fn only_a_page_of_this_site_may_change_something() {
        let site = site("127.0.0.1:4300", Some("https://ippo.example.com"));
        let check = |name: &'static str, value: &'static str| {
            let headers = HeaderMap::from_iter([(
                http::HeaderName::from_static(name),
                http::HeaderValue::from_static(value),
            )]);
            site.check_origin(&headers, Some("127.0.0.1:4300")).is_ok()
        };
        assert!(check("origin", "http://127.0.0.1:4300"));
        assert!(check("origin", "https://ippo.example.com"));
        assert!(check("sec-fetch-site", "same-origin"));
        assert!(!check("origin", "http://127.0.0.1:4301"));
        assert!(!check("origin", "http://ippo.example.com"));
        assert!(!check("origin", "null"));
        assert!(!check("sec-fetch-site", "cross-site"));
        assert!(!check("sec-fetch-site", "same-site"));
        assert_eq!(site.check_origin(&HeaderMap::new(), None), Ok(()));
    }

    #[test]
    fn a_public_url_is_the_address_of_a_site() {
        let listen = "127.0.0.1:4300".parse().expect("an address");
        for bad in
            ["ippo.example.com", "ftp://x", "https://x/path", "https://x?q", "https://u:p@x", "https://", ""]
        {
            assert!(Site::new(listen, Some(bad)).is_err(), "{bad}");
        }
    }
}
