//! Why a data source gave no answer, in words. Holds no secret: neither addresses with paths, nor headers, nor bodies
//! beyond what Prometheus itself says is wrong.

use super::ServerKind;
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
        /// Who.
        by: ServerKind,
        /// What it says, cut.
        reason: String,
    },
    /// AWS' chain finds no credentials, or they cannot be used.
    NoCredentials {
        /// Why not.
        reason: String,
    },
    /// AWS knows who asks, and does not let them.
    Denied {
        /// The error's name.
        code: String,
    },
    /// AWS does not accept the credentials.
    BadCredentials {
        /// The error's name.
        code: String,
    },
    /// There were too many questions of the account.
    Throttled,
    /// The answer is larger than ippo takes, or than Prometheus gives, however little is asked for at once.
    TooLarge,
    /// The answer is none of its API.
    Malformed {
        /// Whose API.
        by: ServerKind,
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
            Self::NoCredentials { .. } => "no_credentials",
            Self::Denied { .. } => "denied",
            Self::BadCredentials { .. } => "bad_credentials",
            Self::Throttled => "throttled",
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
            | Self::NoCredentials { .. }
            | Self::Denied { .. }
            | Self::BadCredentials { .. }
            | Self::Throttled
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
            Self::Refused { by, reason } => Said::new(
                format!("{} refuses the query: {reason}", by.title()),
                format!("{} がクエリを拒否しました: {reason}", by.title()),
            ),
            Self::NoCredentials { .. }
            | Self::Denied { .. }
            | Self::BadCredentials { .. }
            | Self::Throttled => self.words_of_aws(),
            Self::TooLarge => Said::new(
                "the samples of two minutes are already more than can be fetched; narrow the selector",
                "2 分間のサンプルだけでも多すぎて取得できません。セレクターを絞り込んでください",
            ),
            Self::Malformed { by: ServerKind::Prometheus, reason } => Said::new(
                format!("the answer is not that of a Prometheus: {reason}; check the DataSource's url"),
                format!("Prometheus の応答ではありません: {reason}。DataSource の url を確認してください"),
            ),
            Self::Malformed { by: ServerKind::CloudWatch, reason } => Said::new(
                format!("the answer is not that of CloudWatch: {reason}; check the DataSource's endpoint"),
                format!(
                    "CloudWatch の応答ではありません: {reason}。DataSource の endpoint を確認してください"
                ),
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

    fn words_of_aws(&self) -> Said {
        match self {
            Self::NoCredentials { reason } => Said::new(
                format!(
                    "there are no AWS credentials to ask with: {reason}; give ippo a role (of its instance, task or service \
                     account), a profile, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in its environment"
                ),
                format!(
                    "AWS の認証情報を取得できません: {reason}。ippo にロール (インスタンス、タスク、サービスアカウントのいずれか) かプロファイルを割り当てるか、\
                     環境変数 AWS_ACCESS_KEY_ID と AWS_SECRET_ACCESS_KEY を設定してください"
                ),
            ),
            Self::Denied { code } => Said::new(
                format!("{code}: allow the action cloudwatch:GetMetricData to who asks"),
                format!("{code}: 取得に使う IAM プリンシパルに cloudwatch:GetMetricData を許可してください"),
            ),
            Self::BadCredentials { code } => Said::new(
                format!(
                    "AWS does not accept the credentials ({code}); renew them, and check the clock of ippo's machine"
                ),
                format!(
                    "AWS の認証情報が受け入れられません ({code})。認証情報を更新し、ippo のマシンの時計も確認してください"
                ),
            ),
            _ => Said::new(
                "AWS throttles the account's questions; ippo asks again in the next minute",
                "AWS アカウントの API リクエストがスロットリングされています。ippo は次の分に再試行します",
            ),
        }
    }
}
