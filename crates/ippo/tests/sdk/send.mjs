// Sends spans, logs and metrics with the OpenTelemetry SDK for Node and prints what it sent, a JSON object a line.
//
// send.mjs grpc|http-protobuf|http-json <endpoint> none|gzip <service>
import { DiagLogLevel, SpanKind, SpanStatusCode, context, diag, trace } from "@opentelemetry/api";
import { SeverityNumber } from "@opentelemetry/api-logs";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchLogRecordProcessor, LoggerProvider } from "@opentelemetry/sdk-logs";
import {
  AggregationType,
  DataPointType,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { BatchSpanProcessor, NodeTracerProvider } from "@opentelemetry/sdk-trace-node";

const [protocol, endpoint, compression, service] = process.argv.slice(2);
// What the exporters do about refusals is told on the standard error.
const say = (...what) => console.error(...what);
diag.setLogger({ verbose: say, debug: say, info: say, warn: say, error: say }, DiagLogLevel.ALL);

const suffix = { grpc: "grpc", "http-protobuf": "proto", "http-json": "http" }[protocol];
const { OTLPTraceExporter } = await import(`@opentelemetry/exporter-trace-otlp-${suffix}`);
const { OTLPLogExporter } = await import(`@opentelemetry/exporter-logs-otlp-${suffix}`);
const { OTLPMetricExporter } = await import(`@opentelemetry/exporter-metrics-otlp-${suffix}`);
const options = (signal) => ({ url: protocol === "grpc" ? endpoint : `${endpoint}/v1/${signal}`, compression });
const tell = (signal, what) => console.log(JSON.stringify({ signal, ...what }));
const nanos = ([seconds, rest]) => String(BigInt(seconds) * 1_000_000_000n + BigInt(rest));

// Prints each point, as ippo should have it, before it is sent.
class Told extends OTLPMetricExporter {
  export(metrics, done) {
    for (const scope of metrics.scopeMetrics) {
      for (const metric of scope.metrics) {
        for (const point of metric.dataPoints) tell("metrics", row(metric, point));
      }
    }
    super.export(metrics, done);
  }
}

function row(metric, point) {
  const kind = {
    [DataPointType.SUM]: "sum",
    [DataPointType.GAUGE]: "gauge",
    [DataPointType.HISTOGRAM]: "histogram",
    [DataPointType.EXPONENTIAL_HISTOGRAM]: "exponential_histogram",
  }[metric.dataPointType];
  const isNumber = typeof point.value === "number";
  const side = ({ offset, bucketCounts }) => ({ offset, counts: bucketCounts });
  const distribution = {
    histogram: ({ buckets }) => ({ bounds: buckets.boundaries, counts: buckets.counts }),
    exponential_histogram: ({ scale, zeroCount, positive, negative }) => ({
      scale,
      zero_threshold: 0,
      zero_count: zeroCount,
      positive: side(positive),
      negative: side(negative),
    }),
  }[kind];
  return {
    metric: metric.descriptor.name,
    type: kind,
    unit: metric.descriptor.unit,
    temporality: kind === "gauge" ? null : ["delta", "cumulative"][metric.aggregationTemporality],
    monotonic: metric.isMonotonic ?? null,
    value: isNumber ? point.value : null,
    count: point.value.count ?? null,
    sum: point.value.sum ?? null,
    min: point.value.min ?? null,
    max: point.value.max ?? null,
    distribution: distribution ? distribution(point.value) : null,
    attrs: point.attributes,
    time: nanos(point.endTime),
  };
}

const resource = resourceFromAttributes({ "service.name": service });
const spans = new BatchSpanProcessor(new OTLPTraceExporter(options("traces")));
const tracers = new NodeTracerProvider({ resource, spanProcessors: [spans] });
const records = new BatchLogRecordProcessor({ exporter: new OTLPLogExporter(options("logs")) });
const loggers = new LoggerProvider({ resource, processors: [records] });
// Sent once, at the end.
const exportIntervalMillis = 2 ** 31 - 1;
const reader = new PeriodicExportingMetricReader({ exporter: new Told(options("metrics")), exportIntervalMillis });
const { EXPLICIT_BUCKET_HISTOGRAM, EXPONENTIAL_HISTOGRAM } = AggregationType;
const views = [
  {
    instrumentName: "duration",
    aggregation: { type: EXPLICIT_BUCKET_HISTOGRAM, options: { boundaries: [0.1, 1, 10] } },
  },
  { instrumentName: "size", aggregation: { type: EXPONENTIAL_HISTOGRAM, options: { maxSize: 20 } } },
];
const meters = new MeterProvider({ resource, readers: [reader], views });

const tracer = tracers.getTracer("fixture");
const logger = loggers.getLogger("fixture");
const meter = meters.getMeter("fixture");
const orders = meter.createCounter("orders", { unit: "{order}" });
const waiting = meter.createUpDownCounter("waiting", { unit: "{order}" });
const level = meter.createGauge("level", { unit: "1" });
const duration = meter.createHistogram("duration", { unit: "s" });
const size = meter.createHistogram("size", { unit: "By" });
meter.createObservableGauge("heat").addCallback((result) => {
  result.observe(36.5, { where: "左" });
  result.observe(-40, { where: "右" });
});

const severities = ["TRACE", "DEBUG2", "INFO", "WARN4", "ERROR"];
for (let n = 0; n < 100; n += 1) {
  const attributes = {
    text: `注文 ${n} “quoted” \\ \n end`,
    whole: n * 1_000_003,
    negative: -n - 1,
    share: n + 0.125,
    flag: n % 2 === 0,
    texts: ["a", "ü", ""],
    numbers: [1, 2, n],
  };
  const span = tracer.startSpan(`request ${n % 7}`, { kind: SpanKind.SERVER, attributes });
  if (n % 10 === 0) {
    span.recordException(new Error(`broken ${n}`));
    span.setStatus({ code: SpanStatusCode.ERROR, message: "broken" });
  }
  const { traceId, spanId } = span.spanContext();
  const ids = { trace_id: traceId, span_id: spanId };
  const status = n % 10 === 0 ? "error" : "unset";
  tell("spans", { ...ids, name: span.name, status, attributes });
  if (n % 5 === 0) {
    const severity = severities[(n / 5) % 5];
    const timestamp = [span.startTime[0], 123_456_789 - n];
    const body = n % 2 ? { order: n, items: ["蜜柑", 1.5] } : `order ${n} is “late”`;
    const severityNumber = SeverityNumber[severity];
    logger.emit({
      timestamp,
      severityNumber,
      severityText: severity,
      body,
      attributes,
      context: trace.setSpan(context.active(), span),
    });
    tell("logs", {
      ...ids,
      time: nanos(timestamp),
      severity: severity.replace(/[234]$/, ""),
      severity_number: severityNumber,
      body,
      attributes,
    });
  }
  span.end();
  const route = { route: `/orders/${n % 2}` };
  orders.add(n % 3, route);
  waiting.add(5 - (n % 7), route);
  level.record(n / 4, route);
  duration.record(n / 9, route);
  size.record(n * n, route);
}
// All at once, as a server that refuses should be asked by all of them.
await Promise.all([tracers.shutdown(), loggers.shutdown(), meters.shutdown()]);
