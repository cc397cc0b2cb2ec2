//! Why a data source gave no answer, in words. Holds no secret: neither addresses with paths, nor headers, nor bodies
//! beyond what Prometheus itself says is wrong.

use crate::Said;

/// Why a question was not answered.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum PollFailure {
    /// The environment variable with the secret is not set, and none names a file.
    NoSecret {
        /// The variable.
        env: String,
    },
    /// The file that a variable names cannot be read.
    NoSecretFile {
        /// The variable that names it.
        env: String,
    },
    /// Nobody answers at the address.
    Unreachable {
        /// The innermost cause.
        cause: String,
    },
    /// No answer in time.
    TimedOut {
        /// How long ippo waited.
        secs: u64,
    },
    /// It does not let ippo ask: 401 or 403.
    Forbidden {
        /// The status.
        status: u16,
    },
    /// It sends ippo elsewhere, where ippo does not go.
    Moved {
        /// The status.
        status: u16,
    },
    /// It answered with another error.
    Status {
        /// The status.
        status: u16,
    },
    /// It cannot evaluate the query.
    Refused {
        /// What Prometheus says, cut.
        reason: String,
    },
    /// The answer is larger than ippo takes, or than Prometheus gives, however little is asked for at once.
    TooLarge,
    /// The answer is none of Prometheus' API.
    Malformed {
        /// What is wrong with it.
        reason: String,
    },
    /// The series have native histograms, which are no counters.
    NativeHistogram,
    /// ippo did not store what came.
    NotStored {
        /// Why.
        reason: String,
    },
}

impl PollFailure {
    /// The word in `/metrics`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoSecret { .. } | Self::NoSecretFile { .. } => "no_secret",
            Self::Unreachable { .. } => "unreachable",
            Self::TimedOut { .. } => "timed_out",
            Self::Forbidden { .. } => "forbidden",
            Self::Moved { .. } => "moved",
            Self::Status { .. } => "status",
            Self::Refused { .. } => "refused",
            Self::TooLarge => "too_large",
            Self::Malformed { .. } => "malformed",
            Self::NativeHistogram => "native_histogram",
            Self::NotStored { .. } => "not_stored",
        }
    }

    /// Whether other questions to the same server will fare no better now.
    pub fn is_of_server(&self) -> bool {
        match self {
            Self::NoSecret { .. }
            | Self::NoSecretFile { .. }
            | Self::Unreachable { .. }
            | Self::TimedOut { .. }
            | Self::Forbidden { .. }
            | Self::Moved { .. }
            | Self::Status { .. }
            | Self::NotStored { .. } => true,
            Self::Refused { .. } | Self::TooLarge | Self::Malformed { .. } | Self::NativeHistogram => false,
        }
    }

    /// Whether asking for less at once may help.
    pub fn is_of_size(&self) -> bool {
        matches!(self, Self::TooLarge | Self::TimedOut { .. })
    }

    /// What is the case, and what to do.
    pub fn words(&self) -> Said {
        match self {
            Self::NoSecret { env } => Said::new(
                format!(
                    "neither the environment variable {env} nor {env}_FILE is set where ippo runs; set one and restart ippo"
                ),
                format!(
                    "ippo の環境変数 {env} も {env}_FILE も設定されていません。どちらかを設定して ippo を再起動してください"
                ),
            ),
            Self::NoSecretFile { env } => Said::new(
                format!(
                    "the file that {env}_FILE names cannot be read, or holds no single line; ippo must be able to read it"
                ),
                format!(
                    "{env}_FILE が指すファイルを読めないか、1 行の値が入っていません。ippo から読めるようにしてください"
                ),
            ),
            Self::Unreachable { cause } => {
                Said::new(format!("cannot connect: {cause}"), format!("接続できません: {cause}"))
            }
            Self::TimedOut { secs } => {
                Said::new(format!("no answer within {secs} s"), format!("{secs} 秒以内に応答がありません"))
            }
            Self::Forbidden { status } => Said::new(
                format!(
                    "it does not accept ippo (HTTP {status}); check the DataSource's bearerTokenFrom or basicAuth"
                ),
                format!(
                    "認証が受け入れられません (HTTP {status})。DataSource の bearerTokenFrom か basicAuth を確認してください"
                ),
            ),
            Self::Moved { status } => Said::new(
                format!(
                    "it redirects (HTTP {status}), and ippo follows no redirects; write the final address as url"
                ),
                format!(
                    "リダイレクトされました (HTTP {status})。ippo はリダイレクトに従いません。最終的なアドレスを url に書いてください"
                ),
            ),
            Self::Status { status } => {
                Said::new(format!("it answered HTTP {status}"), format!("HTTP {status} が返されました"))
            }
            Self::Refused { reason } => Said::new(
                format!("Prometheus refuses the query: {reason}"),
                format!("Prometheus がクエリを拒否しました: {reason}"),
            ),
            Self::TooLarge => Said::new(
                "the samples of two minutes are already more than can be fetched; narrow the selector",
                "2 分間のサンプルだけでも多すぎて取得できません。セレクターを絞り込んでください",
            ),
            Self::Malformed { reason } => Said::new(
                format!("the answer is not that of a Prometheus: {reason}; check the DataSource's url"),
                format!("Prometheus の応答ではありません: {reason}。DataSource の url を確認してください"),
            ),
            Self::NativeHistogram => Said::new(
                "the series are native histograms, which are no counters; ask for the _count and _bucket series of a classic \
                 one, or have Prometheus send them by remote write",
                "ネイティブヒストグラムの系列はカウンターとして数えられません。従来のヒストグラムの _count と _bucket を指定するか、\
                 remote write で送ってください",
            ),
            Self::NotStored { reason } => Said::new(
                format!("ippo did not store what was fetched: {reason}"),
                format!("取得したサンプルを保存できませんでした: {reason}"),
            ),
        }
    }
}
