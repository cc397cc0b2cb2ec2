// A first definition for a service that sends data, in OpenSLO. Pure.

export function firstSlo(service: string): string {
  const name = service.toLowerCase().replace(/[^a-z0-9-]+/g, "-");
  const where = `service = '${service.replaceAll("'", "''")}' AND kind = 'server'`;
  return `# ${name}-succeeds.yaml → ippo apply -f ${name}-succeeds.yaml
apiVersion: openslo/v1
kind: SLO
metadata:
  name: ${name}-succeeds
  displayName: ${service} succeeds
spec:
  service: ${service}
  budgetingMethod: Occurrences
  timeWindow:
    - duration: 30d
      isRolling: true
  objectives:
    - target: 0.999
  indicator:
    metadata:
      name: ${name}-success
    spec:
      ratioMetric:
        bad:
          metricSource:
            type: spans
            spec:
              where: "${where} AND status = 'error'"
        total:
          metricSource:
            type: spans
            spec:
              where: "${where}"
`;
}
