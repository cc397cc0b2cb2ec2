// A first error budget policy to begin with. It must be one that `ippo apply` takes.

/** It advises, so that nobody is held up by what they have not seen yet. */
export function firstPolicy(slo: string, description: string): string {
  return `apiVersion: ippo/v1
kind: ErrorBudgetPolicy
metadata:
  name: standard
spec:
  description: ${description}
  slos: [${slo}]
  rules:
    - name: freeze
      when: {budgetRemaining: 0%}
      then: {freeze: advise}
    - name: learn
      when: {incidentSpent: 20%}
      then: {postmortem: due}
`;
}
