// A first agreement to begin with. It must be one that `ippo apply` takes.

/** It promises less outward than the SLO does inward, so that the SLO burns first. */
export function firstSla(
  slo: string,
  objective: string | undefined,
  words: { customers: string; credit: string },
): string {
  const named = objective === undefined ? "" : `  objective: "${objective.replaceAll('"', '\\"')}"\n`;
  return `apiVersion: ippo/v1
kind: SLA
metadata:
  name: shop-api
spec:
  customers: ${words.customers}
  slo: ${slo}
${named}  targetPercent: 90
  timeZone: Asia/Tokyo
  credits:
    - below: 0.9
      credit: ${words.credit}
`;
}
