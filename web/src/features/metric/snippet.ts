// What a Prometheus' configuration needs so that it sends to this ippo. Pure.

export function prometheusSnippet(address: string, needsToken: boolean): string {
  const base = /^https?:\/\//.test(address) ? address : `http://${address}`;
  const authorization = needsToken ? "\n    authorization:\n      credentials: <token>" : "";
  return `# prometheus.yml
remote_write:
  - url: ${base}/api/v1/write
    send_native_histograms: true${authorization}`;
}
