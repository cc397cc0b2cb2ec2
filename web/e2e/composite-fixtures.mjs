// A composite SLO among the fixtures: two parts that share one budget, made of an SLO that is there. It must never be part of the
// product.

const WEIGHTS = [3, 1];
/** What each part spent of its own budget. */
const OWN = [0.5, 1];

export function composite(slo) {
  const [first] = slo.objectives;
  const all = WEIGHTS.reduce((sum, weight) => sum + weight, 0);
  const part = (display_name, target, attained, at) => ({
    ...first,
    display_name,
    target,
    burn: [],
    burn_omitted: [],
    windows: first.windows.map((window) => ({ ...window, attained, budget_remaining: 1 - OWN[at] })),
    part: { weight: WEIGHTS[at], weight_share: WEIGHTS[at] / all, sli: slo.sli },
  });
  const parts = OWN.map((own, at) => ({ own_spent: own, composite_spent: (WEIGHTS[at] / all) * own }));
  const spent = parts.reduce((sum, each) => sum + each.composite_spent, 0);
  const windows = first.windows.map(({ window, rolls, from, to, ends }) => ({
    window,
    rolls,
    from,
    to,
    ends,
    budget_spent: spent,
    budget_remaining: 1 - spent,
    parts,
  }));
  return {
    ...slo,
    name: "buying",
    display_name: "Buying a book",
    state: "fine",
    state_rule: "37.5 % of the budget remains",
    sli: null,
    standing: [],
    open_incident: null,
    exhausts_at: null,
    objectives: [part("Pay", 0.999, 0.9995, 0), part("Search", 0.95, 0.95, 1)],
    composite: {
      windows,
      hour_burn: 0.625,
      burn: first.burn.map((pair) => ({
        ...pair,
        firing: false,
        held: false,
        long_burn: 0.625,
        short_burn: 0.5,
      })),
      burn_omitted: [],
    },
  };
}
