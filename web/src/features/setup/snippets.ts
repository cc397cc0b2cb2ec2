// What a newcomer pastes to send the first data. Pure.

/** Where telemetry goes, and whether senders need a token for it. */
export interface Receiver {
  address: string;
  needsToken: boolean;
}
/** Stands where the reader's own token goes. */
const TOKEN = "<token>";
/** The value is a URL-encoded list, so that the space after "Bearer" needs its code. */
const HEADERS = `OTEL_EXPORTER_OTLP_HEADERS="authorization=Bearer%20${TOKEN}"`;

function base({ address }: Receiver): string {
  return /^https?:\/\//.test(address) ? address : `http://${address}`;
}

export function environmentSnippet(to: Receiver): string {
  return `export OTEL_EXPORTER_OTLP_ENDPOINT=${base(to)}
export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf
${to.needsToken ? `export ${HEADERS}\n` : ""}export OTEL_SERVICE_NAME=checkout
export OTEL_RESOURCE_ATTRIBUTES=deployment.environment.name=production`;
}

export function pythonSnippet(to: Receiver): string {
  return `pip install opentelemetry-distro opentelemetry-exporter-otlp
opentelemetry-bootstrap -a install
${to.needsToken ? `${HEADERS} \\\n` : ""}OTEL_EXPORTER_OTLP_ENDPOINT=${base(to)} OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf \\
OTEL_SERVICE_NAME=checkout opentelemetry-instrument python app.py`;
}

export function nodeSnippet(to: Receiver): string {
  return `npm install @opentelemetry/api @opentelemetry/auto-instrumentations-node
${to.needsToken ? `${HEADERS} \\\n` : ""}OTEL_EXPORTER_OTLP_ENDPOINT=${base(to)} OTEL_SERVICE_NAME=checkout \\
NODE_OPTIONS="--require @opentelemetry/auto-instrumentations-node/register" node app.js`;
}

export function curlSnippet(to: Receiver): string {
  return `now=$(date +%s)
curl -sS ${base(to)}/v1/traces -H 'content-type: application/json' ${to.needsToken ? `-H 'authorization: Bearer ${TOKEN}' ` : ""}-d '{"resourceSpans":[{
  "resource":{"attributes":[{"key":"service.name","value":{"stringValue":"hello"}}]},
  "scopeSpans":[{"spans":[{"traceId":"'$(openssl rand -hex 16)'","spanId":"'$(openssl rand -hex 8)'",
    "name":"GET /hello","kind":2,"startTimeUnixNano":"'$now'000000000","endTimeUnixNano":"'$now'120000000"}]}]}]}'`;
}
