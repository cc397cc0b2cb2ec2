//! Who asks AWS. The credentials are those of AWS' own chain: the environment, a shared profile, a web identity, the role of a
//! task or of an instance; and those of a role that is assumed with them. They are kept while they last, and written nowhere.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_config::sts::AssumeRoleProvider;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_smithy_types::error::display::DisplayErrorContext;
use ippo_base::{SharedClock, Timestamp};
use ippo_domain::cloudwatch::CloudWatchRegion;
use ippo_domain::polled::PollFailure;
use reqwest::Client;
use tokio::sync::{Mutex, OnceCell};

use super::connector;

/// Credentials are replaced so long before they expire.
const BEFORE_EXPIRY: Duration = Duration::from_secs(5 * 60);
/// Those that say no end are looked up again after that: files and environments of the machine may be renewed.
const KEPT_FOR: Duration = Duration::from_secs(50);
/// What a role's session is called in CloudTrail.
const SESSION: &str = "ippo";
/// Of what keeps the chain from giving any, in characters.
const REASON_CHARS: usize = 300;

/// Where credentials come from. Cheap to clone; clones share.
#[derive(Clone)]
pub struct AwsCredentials {
    origin: Origin,
    kept: Arc<Mutex<BTreeMap<CloudWatchRegion, (Credentials, Timestamp)>>>,
}

#[derive(Clone)]
enum Origin {
    Given(SharedCredentialsProvider),
    /// Each region's, as a role is assumed through its own endpoint.
    Chain(Arc<OnceCell<SdkConfig>>, Client),
}

impl AwsCredentials {
    /// AWS' chain.
    pub(super) fn chain(client: Client) -> Self {
        Self { origin: Origin::Chain(Arc::default(), client), kept: Arc::default() }
    }

    /// What a provider gives, whichever role is named.
    pub fn given(provider: impl ProvideCredentials + 'static) -> Self {
        Self { origin: Origin::Given(SharedCredentialsProvider::new(provider)), kept: Arc::default() }
    }

    /// Credentials that are good now.
    pub(super) async fn of(
        &self,
        region: &CloudWatchRegion,
        clock: &SharedClock,
    ) -> Result<Credentials, PollFailure> {
        let mut kept = self.kept.lock().await;
        let now = clock.now();
        if let Some((credentials, until)) = kept.get(region)
            && now < *until
        {
            return Ok(credentials.clone());
        }
        let provided = self.provider(region).await?.provide_credentials().await;
        let credentials = provided.map_err(|error| missing(&DisplayErrorContext(&error).to_string()))?;
        let until = match credentials.expiry().map(timestamp) {
            Some(expiry) => expiry.minus(BEFORE_EXPIRY),
            None => now.plus(KEPT_FOR),
        };
        kept.insert(region.clone(), (credentials.clone(), until));
        Ok(credentials)
    }

    /// AWS did not accept those that are kept: the next time they are looked up anew.
    pub(super) async fn forget(&self, region: &CloudWatchRegion) {
        self.kept.lock().await.remove(region);
    }

    async fn provider(&self, of: &CloudWatchRegion) -> Result<SharedCredentialsProvider, PollFailure> {
        let (chain, client) = match &self.origin {
            Origin::Given(provider) => return Ok(provider.clone()),
            Origin::Chain(chain, client) => (chain, client),
        };
        let config = chain
            .get_or_init(async || {
                let loader = aws_config::defaults(BehaviorVersion::latest());
                let region = Region::new(of.region.clone());
                loader.http_client(connector::shared(client.clone())).region(region).load().await
            })
            .await;
        let provider = config.credentials_provider().ok_or_else(|| missing("the chain is empty"))?;
        let Some(role) = &of.role else { return Ok(provider) };
        let mut assumed = AssumeRoleProvider::builder(&role.arn)
            .session_name(SESSION)
            .region(Region::new(of.region.clone()))
            .configure(config);
        if let Some(external_id) = &role.external_id {
            assumed = assumed.external_id(external_id);
        }
        Ok(SharedCredentialsProvider::new(assumed.build_from_provider(provider).await))
    }
}

fn missing(reason: &str) -> PollFailure {
    let plain = |c: char| if c.is_control() { ' ' } else { c };
    PollFailure::NoCredentials { reason: reason.chars().map(plain).take(REASON_CHARS).collect() }
}

fn timestamp(time: SystemTime) -> Timestamp {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_nanos(i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
}
