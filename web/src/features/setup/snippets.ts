// What a newcomer pastes to send the first data. Pure.

function base(address: string): string {
  return /^https?:\/\//.test(address) ? address : `http://${address}`;
}

export function environmentSnippet(address: string): string {
  return `export OTEL_EXPORTER_OTLP_ENDPOINT=${base(address)}
export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf
export OTEL_SERVICE_NAME=checkout
export OTEL_RESOURCE_ATTRIBUTES=deployment.environment.name=production`;
}

export function pythonSnippet(address: string): string {
  return `pip install opentelemetry-distro opentelemetry-exporter-otlp
opentelemetry-bootstrap -a install
OTEL_EXPORTER_OTLP_ENDPOINT=${base(address)} OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf \\
OTEL_SERVICE_NAME=checkout opentelemetry-instrument python app.py`;
}

export function nodeSnippet(address: string): string {
  return `npm install @opentelemetry/api @opentelemetry/auto-instrumentations-node
OTEL_EXPORTER_OTLP_ENDPOINT=${base(address)} OTEL_SERVICE_NAME=checkout \\
NODE_OPTIONS="--require @opentelemetry/auto-instrumentations-node/register" node app.js`;
}

export function curlSnippet(address: string): string {
  return `now=$(date +%s)
curl -sS ${base(address)}/v1/traces -H 'content-type: application/json' -d '{"resourceSpans":[{
  "resource":{"attributes":[{"key":"service.name","value":{"stringValue":"hello"}}]},
  "scopeSpans":[{"spans":[{"traceId":"'$(openssl rand -hex 16)'","spanId":"'$(openssl rand -hex 8)'",
    "name":"GET /hello","kind":2,"startTimeUnixNano":"'$now'000000000","endTimeUnixNano":"'$now'120000000"}]}]}]}'`;
}
