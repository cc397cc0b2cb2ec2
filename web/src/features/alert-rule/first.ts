// A first alert rule to begin with. It must be one that `ippo apply` takes.

/** Errors in a service's log, which every service has: nothing needs to be known of it. */
export function firstRule(service: string, action: string): string {
  return `apiVersion: ippo/v1
kind: AlertRule
metadata:
  name: many-errors
spec:
  owner: ${service}
  notify: [oncall]
  severity: ticket
  action: ${action}
  for: 2m
  resolveAfter: 10m
  threshold:
    signal: spans
    where: service = '${service.replaceAll("'", "''")}' AND kind = 'server'
    measure: ratio
    matching: status = 'error'
    above: 5%
    resolveBelow: 2%
    over: 5m
    least: 20
`;
}
