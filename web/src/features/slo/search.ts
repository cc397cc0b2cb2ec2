// What the address of an SLO says beside the view: which objective is looked at, and what its events are told apart by. Pure.

export interface SloSearch {
  /** The place of an objective, from 0. */
  objective?: string | undefined;
  by?: string | undefined;
}

export function readSloSearch(raw: Record<string, unknown>): SloSearch {
  const { objective, by } = raw;
  return {
    objective: typeof objective === "string" && /^\d{1,3}$/.test(objective) ? objective : undefined,
    by: typeof by === "string" && by.trim() !== "" ? by.trim() : undefined,
  };
}
