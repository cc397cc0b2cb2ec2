// A first journey to begin with. It must be one that `ippo apply` takes.

/** It rests on an SLO that is there; the words are the owner's to write. */
export function firstJourney(slo: string, service: string, harm: string): string {
  const where = `service = '${service.replaceAll("'", "''")}' AND kind = 'server'`;
  return `apiVersion: ippo/v1
kind: Journey
metadata:
  name: checkout
spec:
  owner: team-shop
  harm: ${harm}
  slos: [${slo}]
  agreedBy: [hanako@example.org]
  reviewOn: 2027-04-01
  steps:
    - name: cart
      where: "${where} AND route = '/cart'"
      slow: 800ms
    - name: pay
      where: "${where} AND route = '/pay'"
      slow: 2s
`;
}

/** How a span says of which session it is. */
export function sessionSnippet(attribute: string): string {
  return `import { trace } from "@opentelemetry/api";

trace.getActiveSpan()?.setAttribute("${attribute}", session.id);
`;
}
