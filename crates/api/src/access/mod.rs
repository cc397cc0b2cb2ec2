//! Who may call: signing in, sessions, tokens, one-time links, and the audit of changes.
//!
//! Secrets are made here and handed out once; what is kept of them is a hash. Nothing here ever logs one.

mod audited;
mod guard;
mod pages;
mod password;
mod secret;
mod site;
mod throttle;
mod token_cache;
mod words;

#[cfg(test)]
mod tests;

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use ippo_base::ids::{AccountId, AuditId, SessionId, TokenId};
use ippo_base::{SharedClock, SharedIds, Timestamp};
use ippo_domain::access::{SESSION_ABSOLUTE, SESSION_IDLE, Scope, USE_NOTED_EVERY, session_is_over};
use ippo_state::account::{self, Account};
use ippo_state::audit::{self, AuditEntry};
use ippo_state::session::{self, Session};
use ippo_state::setup_link::{self, LinkPurpose};
use ippo_state::token::{self, Token};
use ippo_state::{State, StateError, Tx};
use serde_json::{Map, Value, json};

pub use audited::AuditNote;
pub(crate) use audited::{Auditor, audit};
pub use guard::Caller;
pub(crate) use guard::{Peer, authenticate, authorize, check_forgery, check_host, check_origin};
pub(crate) use pages::routes as page_routes;
pub(crate) use site::is_forwarded;
pub use site::{PublicUrlError, Site};

use crate::problem::Problem;
use password::Passwords;
use throttle::Throttle;
use token_cache::TokenCache;

/// How long the link that makes the first account can be used. Each start without an account prints a new one.
pub const WELCOME_LINK_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

/// Who may call. Cheap to clone; clones share.
#[derive(Clone)]
pub struct Access {
    state: State,
    clock: SharedClock,
    ids: SharedIds,
    site: Arc<Site>,
    passwords: Passwords,
    throttle: Arc<Mutex<Throttle>>,
    tokens: Arc<Mutex<TokenCache>>,
}

/// Why ippo will not listen where it was told to.
#[derive(Debug, thiserror::Error)]
pub enum ListenRefused {
    /// Others could reach it, and nobody can sign in.
    #[error(
        "refusing to listen on {0}: other machines could reach it, and nobody has an account yet. Start once with \
         --listen 127.0.0.1:4300, open the set-up link that is printed, make the administrator's account, \
         and then start with --listen {0} again"
    )]
    NoAccount(SocketAddr),
    /// The state database failed.
    #[error(transparent)]
    State(#[from] StateError),
}

/// A session that just began. `secret` goes into the browser's cookie and nowhere else.
pub(crate) struct Begun {
    pub(crate) account: String,
    pub(crate) secret: String,
}

/// A token that was just made. `secret` is shown once.
pub struct Minted {
    /// What is known of it from now on.
    pub token: Token,
    /// The token itself.
    pub secret: String,
}

impl Access {
    /// Access to the ippo at `site`.
    pub fn new(state: State, clock: SharedClock, ids: SharedIds, site: Site) -> Self {
        Self {
            state,
            clock,
            ids,
            site: Arc::new(site),
            passwords: Passwords::new(),
            throttle: Arc::default(),
            tokens: Arc::default(),
        }
    }

    /// Where this ippo is reached.
    pub fn site(&self) -> &Site {
        &self.site
    }

    /// What time it is.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn state(&self) -> &State {
        &self.state
    }

    /// Refuses to listen where other machines could reach an ippo that nobody can sign in to.
    ///
    /// # Errors
    /// When it is refused, or the state database fails.
    pub async fn check_listen(&self) -> Result<(), ListenRefused> {
        if self.site.is_loopback() || account::any(&mut *self.state.read().await?).await? {
            return Ok(());
        }
        Err(ListenRefused::NoAccount(self.site.listen()))
    }

    /// The link that makes the first account, if there is none yet. Older ones stop working.
    ///
    /// # Errors
    /// When the state database fails.
    pub async fn welcome_link(&self) -> Result<Option<String>, StateError> {
        let mut tx = self.state.begin().await?;
        if account::any(&mut tx).await? {
            return Ok(None);
        }
        setup_link::withdraw_welcome(&mut tx).await?;
        let secret = secret::fresh();
        let expires_at = self.now().plus(WELCOME_LINK_LIFETIME);
        setup_link::add(&mut tx, &secret::hash(&secret), LinkPurpose::Welcome, 1, expires_at).await?;
        tx.commit().await?;
        Ok(Some(self.site.link(&format!("/welcome/{secret}"))))
    }

    /// A link that lets its holder in `uses` times as the account `name`, which is made without a password if it is not
    /// there.
    ///
    /// # Errors
    /// When the state database fails.
    pub async fn enter_link(&self, name: &str, uses: u32, lifetime: Duration) -> Result<String, StateError> {
        let now = self.now();
        let mut tx = self.state.begin().await?;
        let id = match account::by_name(&mut tx, name).await? {
            Some(account) => account.id,
            None => self.add_account(&mut tx, name, None, "cli").await?,
        };
        let secret = secret::fresh();
        let purpose = LinkPurpose::Enter(id);
        setup_link::add(&mut tx, &secret::hash(&secret), purpose, i64::from(uses), now.plus(lifetime))
            .await?;
        self.add_audit(&mut tx, "cli", "createLink", &format!("accounts/{name}")).await?;
        tx.commit().await?;
        Ok(self.site.link(&format!("/enter/{secret}")))
    }

    /// Whether a link can be used now, for what `fits` accepts.
    async fn link_is_open(
        &self,
        secret: &str,
        fits: impl Fn(LinkPurpose) -> bool + Send,
    ) -> Result<bool, StateError> {
        if !secret::is_plausible(secret) {
            return Ok(false);
        }
        let mut connection = self.state.read().await?;
        let link = setup_link::open(&mut connection, &secret::hash(secret), self.now()).await?;
        Ok(link.is_some_and(|link| fits(link.purpose)))
    }

    /// Uses the welcome link up, makes the first account and signs it in; `None` when the link is worth nothing.
    async fn welcome(&self, link: &str, name: &str, password: String) -> Result<Option<Begun>, Problem> {
        if !self.link_is_open(link, |purpose| purpose == LinkPurpose::Welcome).await? {
            return Ok(None);
        }
        let hash =
            self.passwords.hash(password).await.map_err(|e| Problem::internal("making an account", &e))?;
        let mut tx = self.state.begin().await?;
        let open = setup_link::open(&mut tx, &secret::hash(link), self.now()).await?;
        let usable = open.is_some_and(|open| open.purpose == LinkPurpose::Welcome);
        if !usable || account::any(&mut tx).await? {
            return Ok(None);
        }
        setup_link::spend(&mut tx, &secret::hash(link)).await?;
        let id = self.add_account(&mut tx, name, Some(hash), name).await?;
        let begun = self.begin_session(&mut tx, id, name).await?;
        tx.commit().await?;
        Ok(Some(begun))
    }

    /// Uses an entering link up by one and signs its account in; `None` when the link is worth nothing.
    async fn enter(&self, link: &str) -> Result<Option<Begun>, StateError> {
        if !secret::is_plausible(link) {
            return Ok(None);
        }
        let hash = secret::hash(link);
        let mut tx = self.state.begin().await?;
        let Some(open) = setup_link::open(&mut tx, &hash, self.now()).await? else { return Ok(None) };
        let LinkPurpose::Enter(id) = open.purpose else { return Ok(None) };
        let Some(account) = account::by_id(&mut tx, id).await? else { return Ok(None) };
        setup_link::spend(&mut tx, &hash).await?;
        let begun = self.begin_session(&mut tx, id, &account.name).await?;
        tx.commit().await?;
        Ok(Some(begun))
    }

    /// Signs in with a password.
    pub(crate) async fn sign_in(
        &self,
        name: &str,
        password: String,
        address: IpAddr,
    ) -> Result<Begun, Problem> {
        let monotonic = self.clock.monotonic();
        {
            let mut throttle = lock(&self.throttle);
            if let Some(wait) = throttle.wait(name, address, monotonic) {
                let secs = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
                let detail = format!("Too many wrong passwords. Try again in {secs} s.");
                return Err(Problem::too_many(detail, secs));
            }
            throttle.attempt(name, address, monotonic);
        }
        let account = account::by_name(&mut *self.state.read().await?, name).await?;
        let hash = account.as_ref().and_then(|account| account.password_hash.clone());
        let fits =
            self.passwords.fits(password, hash).await.map_err(|e| Problem::internal("signing in", &e))?;
        let Some(account) = account.filter(|_| fits) else {
            tracing::warn!(%address, "a sign-in was refused: unknown account or wrong password");
            return Err(Problem::unauthenticated("The name or the password is wrong."));
        };
        lock(&self.throttle).right(name, address);
        let mut tx = self.state.begin().await?;
        let begun = self.begin_session(&mut tx, account.id, &account.name).await?;
        tx.commit().await?;
        Ok(begun)
    }

    /// The session of that secret, unless it is over. Its use is written down.
    async fn session(&self, session_secret: &str) -> Result<Option<Session>, StateError> {
        if !secret::is_plausible(session_secret) {
            return Ok(None);
        }
        let now = self.now();
        let found = session::by_secret(&mut *self.state.read().await?, &secret::hash(session_secret)).await?;
        let Some(found) = found.filter(|s| !session_is_over(s.began_at, s.used_at, now)) else {
            return Ok(None);
        };
        if now >= found.used_at.plus(USE_NOTED_EVERY) {
            let noted = async {
                let mut tx = self.state.begin().await?;
                session::used(&mut tx, found.id, now).await?;
                tx.commit().await
            };
            said_if_not(noted.await);
        }
        Ok(Some(found))
    }

    /// Ends a session.
    pub(crate) async fn sign_out(&self, session: &Session) -> Result<(), StateError> {
        let mut tx = self.state.begin().await?;
        session::end(&mut tx, session.id).await?;
        self.add_audit(&mut tx, &session.account_name, "signOut", "session").await?;
        tx.commit().await
    }

    /// The token of that secret, unless it has expired or was revoked. Its use is written down.
    ///
    /// # Errors
    /// When the state database fails.
    pub async fn token(&self, token_secret: &str) -> Result<Option<Token>, StateError> {
        if !secret::is_plausible(token_secret) {
            return Ok(None);
        }
        let (now, monotonic) = (self.now(), self.clock.monotonic());
        let hash = secret::hash(token_secret);
        let in_time = |token: &Token| token.expires_at.is_none_or(|at| now < at);
        if let Some(token) = lock(&self.tokens).get(&hash, monotonic) {
            return Ok(Some(token).filter(in_time));
        }
        let epoch = lock(&self.tokens).epoch();
        let found = token::by_secret(&mut *self.state.read().await?, &hash).await?;
        let Some(found) = found.filter(in_time) else { return Ok(None) };
        if found.used_at.is_none_or(|used| now >= used.plus(USE_NOTED_EVERY)) {
            let noted = async {
                let mut tx = self.state.begin().await?;
                token::used(&mut tx, found.id, now).await?;
                tx.commit().await
            };
            said_if_not(noted.await);
        }
        lock(&self.tokens).keep(hash, found.clone(), monotonic, epoch);
        Ok(Some(found))
    }

    /// Makes a token. `by` is who asks for it.
    ///
    /// # Errors
    /// When the state database fails.
    pub async fn create_token(
        &self,
        name: &str,
        scope: Scope,
        expires_at: Option<Timestamp>,
        by: &str,
    ) -> Result<Minted, StateError> {
        let secret = format!("ippo_{}_{}", scope.name(), secret::fresh());
        let token = Token {
            id: TokenId::fresh(&*self.ids),
            name: name.to_owned(),
            scope,
            hint: secret.chars().take("ippo__".len() + scope.name().len() + 6).collect(),
            created_by: by.to_owned(),
            created_at: self.now(),
            expires_at,
            used_at: None,
        };
        let mut tx = self.state.begin().await?;
        token::add(&mut tx, &token, &secret::hash(&secret)).await?;
        let subject = format!("tokens/{}", token.id);
        let detail =
            Map::from_iter([("name".to_owned(), json!(name)), ("scope".to_owned(), json!(scope.name()))]);
        self.add_audit_with(&mut tx, by, "createToken", &subject, detail).await?;
        tx.commit().await?;
        Ok(Minted { token, secret })
    }

    /// Takes a token out of use.
    pub(crate) async fn revoke_token(&self, id: TokenId, by: &str) -> Result<(), StateError> {
        let mut tx = self.state.begin().await?;
        let name = token::revoke(&mut tx, id, self.now()).await?;
        let detail = Map::from_iter([("name".to_owned(), json!(name))]);
        self.add_audit_with(&mut tx, by, "revokeToken", &format!("tokens/{id}"), detail).await?;
        tx.commit().await?;
        lock(&self.tokens).forget_all();
        Ok(())
    }

    async fn add_account(
        &self,
        tx: &mut Tx,
        name: &str,
        password_hash: Option<String>,
        by: &str,
    ) -> Result<AccountId, StateError> {
        let id = AccountId::fresh(&*self.ids);
        let account = Account { id, name: name.to_owned(), password_hash, created_at: self.now() };
        account::add(tx, &account).await?;
        self.add_audit(tx, by, "createAccount", &format!("accounts/{name}")).await?;
        Ok(id)
    }

    async fn begin_session(&self, tx: &mut Tx, account: AccountId, name: &str) -> Result<Begun, StateError> {
        let now = self.now();
        let secret = secret::fresh();
        session::forget(tx, now.minus(SESSION_ABSOLUTE), now.minus(SESSION_IDLE)).await?;
        session::add(tx, SessionId::fresh(&*self.ids), account, &secret::hash(&secret), now).await?;
        self.add_audit(tx, name, "signIn", "session").await?;
        Ok(Begun { account: name.to_owned(), secret })
    }

    async fn add_audit(
        &self,
        tx: &mut Tx,
        actor: &str,
        action: &str,
        subject: &str,
    ) -> Result<(), StateError> {
        self.add_audit_with(tx, actor, action, subject, Map::new()).await
    }

    async fn add_audit_with(
        &self,
        tx: &mut Tx,
        actor: &str,
        action: &str,
        subject: &str,
        detail: Map<String, Value>,
    ) -> Result<(), StateError> {
        let entry = AuditEntry {
            id: AuditId::fresh(&*self.ids),
            at: self.now(),
            actor: actor.to_owned(),
            action: action.to_owned(),
            subject: subject.to_owned(),
            detail,
        };
        audit::add(tx, &entry).await
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// That a use could not be written down, on a full disk for one, is no reason to refuse it.
fn said_if_not(noted: Result<(), StateError>) {
    if let Err(error) = noted {
        tracing::warn!(%error, "the use of a session or token could not be written down");
    }
}
