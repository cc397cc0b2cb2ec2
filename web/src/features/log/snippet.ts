// One log line that is sent by hand, to see it arrive. Pure.

export function lineSnippet(address: string, needsToken: boolean): string {
  const base = /^https?:\/\//.test(address) ? address : `http://${address}`;
  const token = needsToken ? "-H 'authorization: Bearer <token>' " : "";
  return `curl -sS ${base}/v1/logs -H 'content-type: application/json' ${token}-d '{"resourceLogs":[{
  "resource":{"attributes":[{"key":"service.name","value":{"stringValue":"hello"}}]},
  "scopeLogs":[{"logRecords":[{"timeUnixNano":"'$(date +%s)'000000000","severityNumber":9,"severityText":"INFO",
    "body":{"stringValue":"hello from curl"}}]}]}]}'`;
}
