//! An SLO over moto, which speaks the API of CloudWatch and of the service that lets roles be assumed: the counts equal what
//! was put into it, across a kill, with whichever credentials the environment gives.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use ippo_base::{Clock as _, SystemClock};
use serde_json::{Value, json};

use crate::apply::{apply, write};
use crate::binary::{Running, token};

/// How long anything may take that happens by itself.
const PATIENCE: Duration = Duration::from_secs(120);
/// What moto takes for a signature of an account.
const AUTHORIZATION: &str = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261124/ap-northeast-1/monitoring/aws4_request, \
                             SignedHeaders=host, Signature=0";
const KEYS: [(&str, &str); 3] = [
    ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
    ("AWS_SECRET_ACCESS_KEY", "hush-secret"),
    ("AWS_EC2_METADATA_DISABLED", "true"),
];

/// A real moto. Killed when dropped.
struct Moto {
    process: Child,
    url: String,
    client: reqwest::Client,
}

impl Moto {
    fn start() -> Self {
        let program = std::env::var("MOTO_SERVER").unwrap_or_else(|_| "moto_server".to_owned());
        let started = Command::new(&program)
            .args(["-H", "127.0.0.1", "-p", "0"])
            .env("PYTHONUNBUFFERED", "1")
            .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
            .env("AWS_SECRET_ACCESS_KEY", "hush-secret")
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn();
        let mut process = started.unwrap_or_else(|error| {
            panic!("{program}: {error}; pip install moto flask flask-cors, or set MOTO_SERVER to its path")
        });
        let mut log = BufReader::new(process.stderr.take().expect("piped"));
        let mut said = String::new();
        let url = loop {
            let mut line = String::new();
            assert!(log.read_line(&mut line).expect("text") > 0, "it ended: {said}");
            said.push_str(&line);
            if let Some((_, url)) = line.split_once("Running on ") {
                break url.trim().to_owned();
            }
        };
        // Its log must go somewhere.
        std::thread::spawn(move || log.read_to_end(&mut Vec::new()));
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self { process, url, client: reqwest::Client::new() }
    }

    /// Publishes values of a metric, each in the minute that begins at a second.
    async fn put(&self, metric: &str, values: &[(i64, u64)]) {
        let data: Vec<Value> = values
            .iter()
            .map(|(secs, value)| {
                json!({
                    "MetricName": metric,
                    "Dimensions": [{"Name": "LoadBalancer", "Value": "app/shop/1"}],
                    "Timestamp": secs,
                    "Value": value,
                })
            })
            .collect();
        let body = json!({"Namespace": "AWS/ApplicationELB", "MetricData": data}).to_string();
        let request = self.client.post(format!("{}/", self.url)).header("authorization", AUTHORIZATION);
        let request = request.header("content-type", "application/x-amz-json-1.0");
        let request =
            request.header("x-amz-target", "GraniteServiceVersion20100801.PutMetricData").body(body);
        let answer = request.send().await.expect("moto answers");
        assert!(answer.status().is_success(), "{}", answer.status());
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn definition(moto: &Moto, role: &str, description: &str) -> String {
    let source = |metric: &str| {
        format!(
            "{{metricSource: {{metricSourceRef: lab, type: CloudWatch, spec: {{namespace: AWS/ApplicationELB, metricName: \
             {metric}, dimensions: {{LoadBalancer: app/shop/1}}, stat: Sum}}}}}}"
        )
    };
    format!(
        "apiVersion: openslo/v1\nkind: DataSource\nmetadata: {{name: lab}}\nspec: {{type: cloudwatch, connectionDetails: \
         {{region: ap-northeast-1, endpoint: '{}'{role}}}}}\n---\napiVersion: openslo/v1\nkind: SLO\nmetadata: {{name: \
         shop}}\nspec:\n  description: {description}\n  service: shop\n  indicator:\n    metadata: {{name: shop-errors}}\n    \
         spec:\n      ratioMetric:\n        bad: {}\n        total: {}\n  timeWindow: [{{duration: 7d, isRolling: true}}]\n  \
         budgetingMethod: Occurrences\n  objectives: [{{target: 0.9}}]\n",
        moto.url,
        source("HTTPCode_Target_5XX_Count"),
        source("RequestCount")
    )
}

/// Asks for the SLO again until it is as wanted.
async fn until(server: &Running, what: &str, is_wanted: impl Fn(&Value) -> bool) -> Value {
    let clock = SystemClock::new();
    let deadline = clock.monotonic() + PATIENCE;
    loop {
        let slo = server.get("/api/v1/slos/shop").await;
        if is_wanted(&slo) {
            return slo;
        }
        assert!(clock.monotonic() < deadline, "{what}: {slo:#}");
        tokio::task::yield_now().await;
    }
}

fn counts(slo: &Value) -> (u64, u64) {
    let window = &slo["objectives"][0]["windows"][0];
    (window["good"].as_u64().expect("a count"), window["bad"].as_u64().expect("a count"))
}

fn is_told(slo: &Value, words: &str) -> bool {
    slo["remarks"].as_array().expect("a list").iter().any(|remark| remark.to_string().contains(words))
}

#[tokio::test(flavor = "multi_thread")]
async fn counts_over_moto_equal_what_was_published_across_a_kill_and_as_a_role() {
    let (data, files) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let token = token(data.path());
    let moto = Moto::start();
    let now = SystemClock::new().now().as_secs();
    let minute = |ago: i64| now.div_euclid(60) * 60 - ago * 60;
    let requests: Vec<(i64, u64)> = (6..206).map(|ago| (minute(ago), 100 + ago as u64 % 7)).collect();
    let failed: Vec<(i64, u64)> = (6..206).filter(|ago| ago % 20 == 0).map(|ago| (minute(ago), 3)).collect();
    let sum = |values: &[(i64, u64)]| values.iter().map(|(_, value)| value).sum::<u64>();
    moto.put("RequestCount", &requests).await;
    moto.put("HTTPCode_Target_5XX_Count", &failed).await;

    // Nobody says who asks: that is told, and not with a question to anybody's metadata service.
    let nobody = [
        ("AWS_EC2_METADATA_DISABLED", "true"),
        ("AWS_SHARED_CREDENTIALS_FILE", "/nowhere"),
        ("AWS_CONFIG_FILE", "/nowhere"),
    ];
    let mut command = Command::new(crate::binary::BINARY);
    command.env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_SECRET_ACCESS_KEY").envs(nobody);
    let server = Running::start_by(command, data.path(), &token, &[]);
    write(files.path(), "slo.yaml", &definition(&moto, "", "first"));
    let done = apply(&server, files.path(), &["--no-wait"]);
    assert!(done.ends_with("exit 0"), "{done}");
    until(&server, "it is told", |slo| is_told(slo, "there are no AWS credentials to ask with")).await;
    server.kill();

    let server = Running::start_in(data.path(), &token, &[], &KEYS);
    let truth = (sum(&requests) - sum(&failed), sum(&failed));
    let slo =
        until(&server, "the truth", |slo| counts(slo) == truth && slo["backfilling"] == json!(false)).await;
    assert_eq!(slo["remarks"], json!([]), "{slo:#}");
    let metrics = server.text("/metrics").await;
    assert!(metrics.contains("ippo_cloudwatch_failing{source=\"lab\"} 0\n"), "{metrics}");
    assert!(
        metrics.contains("ippo_cloudwatch_metrics_requested_total{source=\"lab\",outcome=\"ok\"}"),
        "{metrics}"
    );
    server.kill();

    // Meanwhile more came of the minute that was newest, and ippo asks as another role.
    moto.put("RequestCount", &[(minute(6), 50)]).await;
    moto.put("HTTPCode_Target_5XX_Count", &[(minute(6), 5)]).await;
    let variables = [&KEYS[..], &[("AWS_ENDPOINT_URL_STS", moto.url.as_str())]].concat();
    let server = Running::start_in(data.path(), &token, &[], &variables);
    let role = ", roleArn: 'arn:aws:iam::123456789012:role/reader', externalId: ippo";
    write(files.path(), "slo.yaml", &definition(&moto, role, "second"));
    let done = apply(&server, files.path(), &["--no-wait"]);
    assert!(done.ends_with("exit 0"), "{done}");
    let truth = (truth.0 + 45, truth.1 + 5);
    let slo = until(&server, "what was revised", |slo| counts(slo) == truth).await;
    assert_eq!(slo["remarks"], json!([]), "{slo:#}");
    let sql = "SELECT metric, resource['ippo.query'], CAST(sum(value) AS BIGINT) FROM metrics WHERE \
               resource['ippo.data_source'] = 'lab' GROUP BY 1, 2 ORDER BY 1";
    let row = |metric: &str, sum: u64| {
        let query = format!("AWS/ApplicationELB {metric}{{LoadBalancer=\"app/shop/1\"}} Sum");
        json!([format!("lab/{metric}"), query, sum])
    };
    let rows = [row("HTTPCode_Target_5XX_Count", truth.1), row("RequestCount", truth.0 + truth.1)];
    assert_eq!(server.sql(sql).await, rows);
    assert_eq!(server.stop(), Some(0));
}
