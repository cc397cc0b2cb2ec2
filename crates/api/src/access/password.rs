//! Passwords: argon2id, on threads that may block, a few at a time.

use std::sync::Arc;

use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Argon2, PasswordHash};
use ippo_base::random;
use tokio::sync::Semaphore;

/// How many passwords are hashed at once. Each takes 19 MiB and a core.
const HASHES_AT_ONCE: usize = 2;

/// Hashes and compares passwords.
#[derive(Clone)]
pub(crate) struct Passwords {
    turns: Arc<Semaphore>,
}

/// A password could not be hashed or compared.
#[derive(Debug, thiserror::Error)]
#[error("a password could not be hashed")]
pub(crate) struct PasswordError;

impl Passwords {
    pub(crate) fn new() -> Self {
        Self { turns: Arc::new(Semaphore::new(HASHES_AT_ONCE)) }
    }

    /// The password's hash in PHC form.
    pub(crate) async fn hash(&self, password: String) -> Result<String, PasswordError> {
        let work = move || {
            let salt = random::bytes::<16>();
            let hash: Result<PasswordHash, _> =
                Argon2::default().hash_password_with_salt(password.as_bytes(), &salt);
            hash.map(|hash| hash.to_string()).map_err(|_| PasswordError)
        };
        self.run(work).await?
    }

    /// Whether `password` is the one of `hash`. Without a hash the answer is no, after the same time.
    pub(crate) async fn fits(&self, password: String, hash: Option<String>) -> Result<bool, PasswordError> {
        let Some(hash) = hash else {
            self.hash(password).await?;
            return Ok(false);
        };
        let work = move || {
            let hash = PasswordHash::new(&hash).map_err(|_| PasswordError)?;
            Ok(Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
        };
        self.run(work).await?
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, PasswordError> {
        let _turn = self.turns.acquire().await.map_err(|_| PasswordError)?;
        tokio::task::spawn_blocking(work).await.map_err(|_| PasswordError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_fits_its_own_hash_alone() {
        let passwords = Passwords::new();
        let hash = passwords.hash("correct horse".to_owned()).await.expect("hashes");
        assert!(hash.starts_with("$argon2id$"), "{hash}");
        assert!(passwords.fits("correct horse".to_owned(), Some(hash.clone())).await.expect("compares"));
        assert!(!passwords.fits("correct house".to_owned(), Some(hash)).await.expect("compares"));
        assert!(!passwords.fits("correct horse".to_owned(), None).await.expect("compares"));
        assert!(passwords.fits("x".to_owned(), Some("not a hash".to_owned())).await.is_err());
    }
}
