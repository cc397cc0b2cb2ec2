// Sends spans with the OpenTelemetry SDK for Node and prints what it sent, a JSON object a line.
//
// send.mjs grpc|http-protobuf|http-json <endpoint> none|gzip
import { SpanKind, SpanStatusCode } from "@opentelemetry/api";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor, NodeTracerProvider } from "@opentelemetry/sdk-trace-node";

const [protocol, endpoint, compression] = process.argv.slice(2);
const packages = {
  grpc: "@opentelemetry/exporter-trace-otlp-grpc",
  "http-protobuf": "@opentelemetry/exporter-trace-otlp-proto",
  "http-json": "@opentelemetry/exporter-trace-otlp-http",
};
const { OTLPTraceExporter } = await import(packages[protocol]);
const url = protocol === "grpc" ? endpoint : `${endpoint}/v1/traces`;
const exporter = new OTLPTraceExporter({ url, compression });
const provider = new NodeTracerProvider({
  resource: resourceFromAttributes({ "service.name": `node-${protocol}-${compression}` }),
  spanProcessors: [new BatchSpanProcessor(exporter)],
});
const tracer = provider.getTracer("fixture");
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
  span.end();
  const { traceId, spanId } = span.spanContext();
  const status = n % 10 === 0 ? "error" : "unset";
  console.log(JSON.stringify({ trace_id: traceId, span_id: spanId, name: span.name, status, attributes }));
}
await provider.shutdown();
