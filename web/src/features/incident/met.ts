// Which sentence says whom an incident met: how many people it were is not always known.
import type { Incident } from "@/api/model";

type Known = Pick<NonNullable<Incident["impact"]>, "users" | "users_exact">;

export function metSentence({ users, users_exact: exact }: Known) {
  if (exact) return "incident.sentence.met" as const;
  return users === 0 ? ("incident.sentence.metUnknown" as const) : ("incident.sentence.metAbout" as const);
}
