//! Who may do what, for how long a session lasts, and how long someone who guesses passwords must wait.
//!
//! Pure decisions. Hashing, cookies and tables are elsewhere.

use std::time::Duration;

use ippo_base::Timestamp;

/// A session that nobody used for this long has ended.
pub const SESSION_IDLE: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// A session ends this long after it began, however much it is used.
pub const SESSION_ABSOLUTE: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// How often the use of a session or token is written down, at most.
pub const USE_NOTED_EVERY: Duration = Duration::from_secs(60);
/// The shortest password, in characters. Length is what protects; nothing else is asked of it.
pub const PASSWORD_MIN_CHARS: usize = 12;
/// The longest password, in bytes.
pub const PASSWORD_MAX_BYTES: usize = 1_024;
/// The longest name of an account or a token, in characters.
pub const NAME_MAX_CHARS: usize = 64;
/// Wrong passwords that cost nothing.
pub const FREE_FAILURES: u32 = 3;
/// The longest wait between two attempts.
pub const LONGEST_WAIT: Duration = Duration::from_secs(15 * 60);

/// What a token allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Everything.
    Admin,
    /// Reading.
    Read,
    /// Sending telemetry, and nothing else.
    Ingest,
}

/// What a call asks of its caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Need {
    /// To look.
    Read,
    /// To change something.
    Change,
    /// To send telemetry.
    Ingest,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Scope; 3] = [Scope::Admin, Scope::Read, Scope::Ingest];

    /// The scope's name, in every layer.
    pub fn name(self) -> &'static str {
        match self {
            Scope::Admin => "admin",
            Scope::Read => "read",
            Scope::Ingest => "ingest",
        }
    }

    /// The scope of that name.
    pub fn named(name: &str) -> Option<Scope> {
        Scope::ALL.into_iter().find(|scope| scope.name() == name)
    }

    /// Whether it is enough for `need`.
    pub fn allows(self, need: Need) -> bool {
        match (self, need) {
            (Scope::Admin, _) | (Scope::Read, Need::Read) | (Scope::Ingest, Need::Ingest) => true,
            (Scope::Read, Need::Change | Need::Ingest) | (Scope::Ingest, Need::Read | Need::Change) => false,
        }
    }
}

/// Whether a session that began at `began` and was last used at `used` is over at `now`.
pub fn session_is_over(began: Timestamp, used: Timestamp, now: Timestamp) -> bool {
    now >= began.plus(SESSION_ABSOLUTE) || now >= used.plus(SESSION_IDLE)
}

/// How long after the last of `failures` wrong passwords the next attempt is looked at: nothing for the first three, then
/// 1 s, 2 s, 4 s, … up to [`LONGEST_WAIT`].
pub fn wait_after(failures: u32) -> Duration {
    match failures.checked_sub(FREE_FAILURES) {
        None => Duration::ZERO,
        Some(doublings) => {
            let secs = 1_u64.checked_shl(doublings).unwrap_or(u64::MAX);
            Duration::from_secs(secs).min(LONGEST_WAIT)
        }
    }
}

/// What is wrong with a name or a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfit {
    /// Nothing in it.
    Empty,
    /// Longer than [`NAME_MAX_CHARS`] or [`PASSWORD_MAX_BYTES`].
    TooLong,
    /// Shorter than [`PASSWORD_MIN_CHARS`].
    TooShort,
    /// Has control characters, or white space at its ends.
    OddCharacters,
}

/// Checks the name of an account or a token.
///
/// # Errors
/// What is wrong with it.
pub fn check_name(name: &str) -> Result<(), Unfit> {
    if name.trim().is_empty() {
        return Err(Unfit::Empty);
    }
    if name.chars().count() > NAME_MAX_CHARS {
        return Err(Unfit::TooLong);
    }
    if name.trim() != name || name.chars().any(char::is_control) {
        return Err(Unfit::OddCharacters);
    }
    Ok(())
}

/// Checks a new password.
///
/// # Errors
/// What is wrong with it.
pub fn check_password(password: &str) -> Result<(), Unfit> {
    if password.is_empty() {
        Err(Unfit::Empty)
    } else if password.chars().count() < PASSWORD_MIN_CHARS {
        Err(Unfit::TooShort)
    } else if password.len() > PASSWORD_MAX_BYTES {
        Err(Unfit::TooLong)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_admin_changes_and_ingest_only_sends() {
        for need in [Need::Read, Need::Change, Need::Ingest] {
            assert!(Scope::Admin.allows(need));
            assert_eq!(Scope::Read.allows(need), need == Need::Read);
            assert_eq!(Scope::Ingest.allows(need), need == Need::Ingest);
        }
        for scope in Scope::ALL {
            assert_eq!(Scope::named(scope.name()), Some(scope));
        }
        assert_eq!(Scope::named("root"), None);
    }

    #[test]
    fn waits_double_and_stop_at_a_quarter_of_an_hour() {
        let secs: Vec<u64> = (0..8).map(|failures| wait_after(failures).as_secs()).collect();
        assert_eq!(secs, [0, 0, 0, 1, 2, 4, 8, 16]);
        assert_eq!(wait_after(40), LONGEST_WAIT);
        assert_eq!(wait_after(u32::MAX), LONGEST_WAIT);
    }

    #[test]
    fn a_session_ends_by_disuse_or_by_age() {
        let began = Timestamp::from_secs(1_000_000);
        let day = Duration::from_secs(24 * 60 * 60);
        assert!(!session_is_over(began, began, began.plus(6 * day)));
        assert!(session_is_over(began, began, began.plus(7 * day)));
        assert!(!session_is_over(began, began.plus(29 * day), began.plus(29 * day)));
        assert!(session_is_over(began, began.plus(29 * day), began.plus(30 * day)));
    }

    #[test]
    fn names_and_passwords_are_held_to_little() {
        assert_eq!(check_name("佐藤 花子"), Ok(()));
        assert_eq!(check_name(" "), Err(Unfit::Empty));
        assert_eq!(check_name(" a"), Err(Unfit::OddCharacters));
        assert_eq!(check_name("a\nb"), Err(Unfit::OddCharacters));
        assert_eq!(check_name(&"a".repeat(65)), Err(Unfit::TooLong));
        assert_eq!(check_password("short"), Err(Unfit::TooShort));
        assert_eq!(check_password("一歩一歩一歩一歩一歩一歩"), Ok(()));
        assert_eq!(check_password(&"a".repeat(1_025)), Err(Unfit::TooLong));
    }
}
