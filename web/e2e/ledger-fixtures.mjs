// The ledgers of SLOs among the fixtures: what is entered in a run stays until its end. It must never be part of the product.
import { now } from "./clock.mjs";

const HOUR_MS = 3_600_000;
const iso = (ms) => new Date(ms).toISOString().replace(".000Z", "Z");
const WORDS = {
  en: {
    left_out: (from, to, n, reason) => `${n} min from ${from} to ${to} is left out of the budget: ${reason}`,
    good: (from, to, n, reason) => `${n} min from ${from} to ${to} counts as good: ${reason}`,
    withdrawal: (reason) => `an entry was withdrawn: ${reason}`,
    reset: (at, reason) => `the budget was reset: what was bad before ${at} counts as good: ${reason}`,
    override:
      "a change 131 went past the release gate as a P0 fix: the payment provider is to be left out. The gate said no: 0.999 has " +
      "-62.1 % of its budget left, below the 0.0 % that are asked for",
    suppressed:
      "page 1h/5m of 0.999 was not sent: 1 of 60 failed, a burn of 16.67 at a factor of 14.40, but so few may be chance: with 95 % " +
      "confidence the error ratio is only above 0.0855 %, not above 1.4400 %",
  },
  ja: {
    left_out: (from, to, n, reason) =>
      `${from} から ${to} までの ${n} 分間をバジェットの対象外にしました: ${reason}`,
    good: (from, to, n, reason) => `${from} から ${to} までの ${n} 分間を正常として数えます: ${reason}`,
    withdrawal: (reason) => `登録を取り消しました: ${reason}`,
    reset: (at, reason) =>
      `バジェットをリセットしました(${at} より前の bad を good として数えます): ${reason}`,
    override:
      "変更 131がリリースゲートを越えて出されました（P0 対応として）: 決済事業者を切り離すため。ゲートの判定は不可: " +
      "0.999 のバジェットの残りは -62.1 % で、求められた 0.0 % を下回っています",
    suppressed:
      "page 1h/5m of 0.999 は送信しませんでした: 60 件中 1 件の失敗でバーンレート 16.67 (しきい値 14.40) ですが、件数が少なく偶然の可能性があります。" +
      "95 % の信頼度で言えるエラー率の下限は 0.0855 % で、1.4400 % を超えるとは言えません",
  },
};
const ledgers = new Map();

/** Newest first, as those of the server. */
function ledgerOf(name) {
  if (!ledgers.has(name)) ledgers.set(name, name === "checkout-succeeds" ? seeded() : []);
  return ledgers.get(name);
}

/** A change that went past the release gate, a load test that was excluded, an exclusion that was taken back, and pages that were not sent: more than one page. */
function seeded() {
  const hour = Math.floor(now() / HOUR_MS) * HOUR_MS;
  const exclusion = (id, hoursAgo, by, more) => {
    const [from, to] = [iso(hour - (hoursAgo + 2) * HOUR_MS), iso(hour - (hoursAgo + 1) * HOUR_MS)];
    const said = { from, to, repeat: null, counts_as: "left_out", ticket: "", ...more };
    return {
      id,
      time: iso(hour - hoursAgo * HOUR_MS),
      by,
      kind: "exclusion",
      exclusion: said,
      reset: null,
      withdraws: null,
    };
  };
  const effects = (before, after) => [
    { objective: "0.999", budget_remaining_before: before, budget_remaining_after: after },
  ];
  const page = (n) => ({
    ...{ id: `p${n}`, time: iso(hour - (200 + n) * HOUR_MS), by: "ippo", kind: "suppressed_page" },
    ...{ exclusion: null, reset: null, withdraws: null },
  });
  return [
    { ...page(-188), id: "o1", by: "aoki", kind: "override" },
    exclusion("e2", 26, "aoki", {
      ...{ reason: "load test", ticket: "https://tickets.example/OPS-7", effects: effects(-1.214, -0.5) },
    }),
    withdrawal("w1", "e1", "saito", "the wrong day", hour - 49 * HOUR_MS),
    exclusion("e1", 50, "mori", {
      ...{ counts_as: "good", reason: "drill", effects: effects(0.081, 0.12) },
    }),
    ...Array.from({ length: 20 }, (_, n) => page(n)),
  ];
}

function withdrawal(id, withdraws, by, reason, ms) {
  return { id, time: iso(ms), by, kind: "withdrawal", exclusion: null, reset: null, withdraws, reason };
}

function told({ reason, ...entry }, lang) {
  const words = WORDS[lang];
  if (entry.kind === "override") return { ...entry, text: words.override };
  if (entry.kind === "suppressed_page") return { ...entry, text: words.suppressed };
  if (entry.kind === "reset") return { ...entry, text: words.reset(entry.time, reason) };
  if (entry.kind === "withdrawal") return { ...entry, text: words.withdrawal(reason) };
  const { from, to, counts_as: countsAs, reason: why } = entry.exclusion;
  const minutes = (Date.parse(to) - Date.parse(from)) / 60_000;
  return { ...entry, text: words[countsAs](from, to, minutes, why) };
}

export function ledger(name, query, lang) {
  const [all, limit] = [ledgerOf(name), Number(query.get("limit") ?? 100)];
  const after = query.get("cursor");
  const start = after ? all.findIndex((entry) => entry.id === after) + 1 : 0;
  const found = all.slice(start, start + limit);
  const more = start + limit < all.length;
  const next = more ? found.at(-1).id : null;
  const entries = found.map((entry) => told(entry, lang));
  return { entries, next_cursor: next, warnings: [], partial: false };
}

function wrong(field, message) {
  const title = "A parameter is wrong";
  const detail = `Parameter \`${field}\` ${message}.`;
  const body = { type: "/problems/bad-parameter", title, status: 400, detail, errors: [{ field, message }] };
  return { status: 400, body };
}

/** The budget is made whole, or only what that changes told. */
export function resetBudget(slo, { dry_run: dryRun, reason }, lang) {
  const effects = slo.objectives.map((objective) => ({
    objective: objective.display_name || String(objective.target),
    budget_remaining_before: objective.windows[0].budget_remaining,
    budget_remaining_after: 1,
  }));
  const all = ledgerOf(slo.name);
  const common = { id: `r${all.length}`, time: iso(Math.floor(now() / 60_000) * 60_000), by: "aoki", reason };
  const entry = { ...common, kind: "reset", exclusion: null, reset: effects, withdraws: null };
  if (!dryRun) all.unshift(entry);
  return { status: 200, body: told(entry, lang) };
}

/** Time is excluded, or only its effect told. */
export function exclude(slo, { dry_run: dryRun, ...wish }, lang) {
  if (wish.ticket.length > 512) return wrong("ticket", "has at most 512 bytes");
  const more = wish.counts_as === "good" ? 0.66 : 0.742;
  const effects = slo.objectives.map((objective) => {
    const { budget_remaining: left } = objective.windows[0];
    const name = objective.display_name || String(objective.target);
    const after = left === null ? null : Math.min(1, left + more);
    return { objective: name, budget_remaining_before: left, budget_remaining_after: after };
  });
  const all = ledgerOf(slo.name);
  const common = { id: `x${all.length}`, time: iso(Math.floor(now() / 1000) * 1000), by: "aoki" };
  const entry = {
    ...common,
    kind: "exclusion",
    exclusion: { ...wish, effects },
    reset: null,
    withdraws: null,
  };
  if (!dryRun) all.unshift(entry);
  return { status: 200, body: told(entry, lang) };
}

export function withdraw(name, id, { reason }, lang) {
  const all = ledgerOf(name);
  if (all.some((entry) => entry.withdraws === id)) {
    const detail = `the exclusion "${id}" was withdrawn already`;
    return { status: 400, body: { type: "/problems/bad-request", title: "Refused", status: 400, detail } };
  }
  all.unshift(withdrawal(`w${all.length}`, id, "aoki", reason, Math.floor(now() / 1000) * 1000));
  return { status: 200, body: told(all[0], lang) };
}

/** Points that lie wholly in excluded time say so. */
export function withExclusions(answer, name) {
  const all = ledgerOf(name);
  const back = new Set(all.map((entry) => entry.withdraws));
  const times = all.filter(({ id, exclusion }) => exclusion && !back.has(id)).map((each) => each.exclusion);
  const step = answer.step_secs * 1000;
  for (const point of answer.points) {
    const at = Date.parse(point.time);
    if (times.some(({ from, to }) => Date.parse(from) <= at && at + step <= Date.parse(to)))
      Object.assign(point, { gap: "excluded", good: 0, bad: 0 });
  }
  return answer;
}
