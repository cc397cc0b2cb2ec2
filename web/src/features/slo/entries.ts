// What the entries of a ledger say together, and their words as the page shows them. Pure.
import type { TFunction } from "i18next";
import type { ExclusionEffect, LedgerEntry } from "@/api/model";
import type { Format } from "@/lib/format";

/**
 * The withdrawals among entries by what each takes back. As an exclusion is older than its withdrawal, a list that is newest
 * first and not read to its end knows those of all it shows.
 */
export function withdrawals(entries: readonly LedgerEntry[]): Map<string, LedgerEntry> {
  return new Map(entries.flatMap((entry) => (entry.withdraws === null ? [] : [[entry.withdraws, entry]])));
}

/** The server's words, with the bounds of excluded time in the zone of the page. */
export function wordsOf({ text, exclusion }: LedgerEntry, f: Format): string {
  if (exclusion === null) return text;
  const { from, to } = exclusion;
  return text.replaceAll(from, f.dateTime(from)).replaceAll(to, f.dateTime(to));
}

const KINDS = [
  "exclusion",
  "reset",
  "closing",
  "withdrawal",
  "suppressed_page",
  "override",
  "policy",
] as const;

/** What an entry is, in a word or two; of a kind that this page does not know, the server's own word. */
export function kindOf({ kind }: Pick<LedgerEntry, "kind">, t: TFunction): string {
  const known = KINDS.find((each) => each === kind);
  return known === undefined ? t("slo.ledger.kind.other", { kind }) : t(`slo.ledger.kind.${known}`);
}

/** What an exclusion changes of one objective, which is named where the SLO has several. */
export function effectText(effect: ExclusionEffect, isOne: boolean, t: TFunction, f: Format): string {
  const share = (left: number | null) => (left === null ? t("slo.ledger.unmeasured") : f.signedPercent(left));
  const [before, after] = [share(effect.budget_remaining_before), share(effect.budget_remaining_after)];
  const objective = objectiveName(effect.objective, f);
  const key = effect.budget_remaining_before === effect.budget_remaining_after ? "same" : "effect";
  return t(`slo.ledger.${key}${isOne ? "" : "Of"}`, { objective, before, after });
}

/** An objective goes by its name, or by its target as a share. */
function objectiveName(name: string, f: Format): string {
  return /^0?\.\d+$/.test(name) ? f.percent(Number(name), 6) : name;
}
