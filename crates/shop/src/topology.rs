//! What the shop is made of: services, the machines they run on, the versions they run, and how each describes itself.

use std::time::Duration;

use ippo_base::Timestamp;
use opentelemetry_proto::tonic::resource::v1::Resource;

use crate::attribute::{int, text};
use crate::draw::hash;
use crate::fault::{Fault, Schedule};

/// One service of the shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Service {
    /// What browsers talk to.
    Frontend,
    /// Customers and passwords.
    Account,
    /// Products.
    Catalog,
    /// Finding products.
    Search,
    /// What a customer is about to buy.
    Cart,
    /// Orders.
    Order,
    /// What is left in the warehouse.
    Inventory,
    /// Money, through a provider outside.
    Payment,
    /// A worker that sends mail from a queue.
    Mail,
}

/// In which language a service is written, as its SDK says it.
struct Runtime {
    language: &'static str,
    sdk: &'static str,
    scope: &'static str,
    scope_version: &'static str,
}

const NODE: Runtime = Runtime {
    language: "nodejs",
    sdk: "2.2.0",
    scope: "@opentelemetry/instrumentation-http",
    scope_version: "0.207.0",
};
const GO: Runtime = Runtime {
    language: "go",
    sdk: "1.38.0",
    scope: "go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc",
    scope_version: "0.63.0",
};
const JAVA: Runtime = Runtime {
    language: "java",
    sdk: "1.55.0",
    scope: "io.opentelemetry.grpc-1.6",
    scope_version: "2.21.0-alpha",
};
const PYTHON: Runtime = Runtime {
    language: "python",
    sdk: "1.38.0",
    scope: "opentelemetry.instrumentation.grpc",
    scope_version: "0.59b0",
};
const DOTNET: Runtime = Runtime {
    language: "dotnet",
    sdk: "1.13.1",
    scope: "OpenTelemetry.Instrumentation.AspNetCore",
    scope_version: "1.13.0",
};
const RUST: Runtime =
    Runtime { language: "rust", sdk: "0.31.0", scope: "tonic-otel", scope_version: "0.4.1" };

/// How many copies of each service run.
pub(crate) const REPLICAS: u64 = 2;

impl Service {
    /// Every service.
    pub const ALL: [Service; 9] = [
        Service::Frontend,
        Service::Account,
        Service::Catalog,
        Service::Search,
        Service::Cart,
        Service::Order,
        Service::Inventory,
        Service::Payment,
        Service::Mail,
    ];

    /// Its `service.name`.
    pub const fn name(self) -> &'static str {
        match self {
            Service::Frontend => "frontend",
            Service::Account => "account",
            Service::Catalog => "catalog",
            Service::Search => "search",
            Service::Cart => "cart",
            Service::Order => "order",
            Service::Inventory => "inventory",
            Service::Payment => "payment",
            Service::Mail => "mail",
        }
    }

    const fn runtime(self) -> &'static Runtime {
        match self {
            Service::Frontend => &NODE,
            Service::Account => &DOTNET,
            Service::Catalog | Service::Cart => &GO,
            Service::Search | Service::Order => &JAVA,
            Service::Inventory | Service::Mail => &PYTHON,
            Service::Payment => &RUST,
        }
    }

    /// Name and version of the instrumentation that makes its spans.
    pub(crate) const fn scope(self) -> (&'static str, &'static str) {
        let runtime = self.runtime();
        (runtime.scope, runtime.scope_version)
    }

    /// The language it is written in, as `telemetry.sdk.language` has it.
    pub(crate) const fn language(self) -> &'static str {
        self.runtime().language
    }
}

/// One process that sends telemetry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Process {
    pub(crate) service: Service,
    pub(crate) version: u32,
    pub(crate) replica: u64,
}

/// When the search service got its slower version, before the shop went live.
const SEARCH_DEPLOY: Duration = Duration::from_secs(20 * 60 * 60);

/// Whether search already runs its slower version at `at`.
pub(crate) fn search_is_slower(live: Timestamp, at: Timestamp) -> bool {
    at >= live.minus(SEARCH_DEPLOY)
}

impl Process {
    /// The process of `service` that serves whatever `luck` stands for.
    pub(crate) fn serving(
        service: Service,
        luck: u64,
        at: Timestamp,
        live: Timestamp,
        schedule: &Schedule,
    ) -> Self {
        let version = match service {
            Service::Catalog if schedule.holds(Fault::BadDeploy, at) => 90,
            Service::Catalog => 89,
            Service::Search => 214 + u32::from(search_is_slower(live, at)),
            Service::Frontend => 402,
            Service::Account => 61,
            Service::Cart => 118,
            Service::Order => 131,
            Service::Inventory => 44,
            Service::Payment => 57,
            Service::Mail => 23,
        };
        Self { service, version, replica: hash(&[luck, service as u64]) % REPLICAS }
    }

    fn pod(self) -> String {
        let tail = hash(&[u64::from(self.version), self.replica, self.service as u64]);
        format!("{}-{:06x}-{:05x}", self.service.name(), u64::from(self.version) * 7_919, tail & 0xf_ffff)
    }

    /// How the process describes itself.
    pub(crate) fn resource(self) -> Resource {
        let pod = self.pod();
        let node = hash(&[self.replica, self.service as u64 / 3]) % 3;
        let revision = hash(&[u64::from(self.version), self.service as u64]);
        let attributes = vec![
            text("service.name", self.service.name()),
            text("service.namespace", "shop"),
            text("service.version", format!("v{}", self.version)),
            text("service.instance.id", format!("{pod}.shop")),
            text("deployment.environment.name", "production"),
            text("telemetry.sdk.name", "opentelemetry"),
            text("telemetry.sdk.language", self.service.language()),
            text("telemetry.sdk.version", self.service.runtime().sdk),
            text("host.name", format!("ip-10-0-{node}-{}", 4 + node * 7)),
            text("cloud.region", "ap-northeast-1"),
            text("k8s.namespace.name", "shop"),
            text("k8s.deployment.name", self.service.name()),
            text("k8s.pod.name", pod),
            int("process.pid", 1),
            text("vcs.ref.head.revision", format!("{revision:016x}{:024x}", u128::from(revision) * 0x1_0001)),
        ];
        Resource { attributes, ..Resource::default() }
    }
}
