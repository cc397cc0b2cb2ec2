// The day in sentences, and the whole page as Markdown. Pure.
import type { TFunction } from "i18next";
import type { EndpointChange, Incident, Slo } from "@/api/model";
import type { Format } from "@/lib/format";
import { budgetLeft, bySpent, digitsFor, exhaustsAt, hourBurn, nameOf, worst } from "@/lib/promise";

export interface Day {
  slos: readonly Slo[] | undefined;
  incidents: readonly Incident[] | undefined;
  changes: readonly EndpointChange[] | undefined;
  nowMs: number;
}
const NAMED_MOST = 3;
const INCIDENTS_MOST = 2;
const MINUTE_SECS = 60;
const MINUTE_MS = 60_000;

/** Those that are open, and those that closed within the range. */
export function sinceIncidents(all: readonly Incident[], from: string): Incident[] {
  const start = Date.parse(from);
  return all.filter((each) => each.resolved_at === null || Date.parse(each.resolved_at) >= start);
}

/** Says nothing before it knows: a half-loaded page must not sound calm. */
export function summary(day: Day, t: TFunction, f: Format): string {
  const { slos, incidents } = day;
  if (slos === undefined || incidents === undefined) return "";
  const open = incidents.filter((each) => each.state !== "resolved");
  const named = open.slice(0, INCIDENTS_MOST);
  const told = new Set(named.map((each) => each.slo));
  const parts = [
    ...named.map((each) => openSentence(each, day.nowMs, t, f)),
    ...stateSentences(slos, told, t, f),
  ];
  if (parts.length === 0)
    parts.push(slos.length > 0 ? t("today.calm", { count: slos.length }) : t("today.start"));
  return parts.join(t("sentenceGap"));
}

/** In whole minutes; in its first one an incident has just begun. */
function openSentence(incident: Incident, nowMs: number, t: TFunction, f: Format): string {
  const minutes = Math.floor((nowMs - Date.parse(incident.opened_at)) / MINUTE_MS);
  const named = { key: incident.key, title: incident.title };
  const long = f.span(minutes * MINUTE_SECS);
  if (incident.impact === null || incident.impact.requests === 0)
    return minutes < 1 ? t("today.begun", named) : t("today.open", { ...named, long });
  const { users, requests } = incident.impact;
  const met = { ...named, users: f.count(users), requests: f.count(requests) };
  return minutes < 1 ? t("today.begunMet", met) : t("today.openMet", { ...met, long });
}

/** What an open incident has told already is not told again. */
function stateSentences(slos: readonly Slo[], told: Set<string | null>, t: TFunction, f: Format): string[] {
  const list = new Intl.ListFormat(f.lang, { type: "conjunction" });
  const named = (state: Slo["state"]) =>
    slos.filter((slo) => slo.state === state && !told.has(slo.name)).sort(bySpent);
  const say = (state: Slo["state"], sentence: (names: string, count: number) => string) => {
    const found = named(state);
    if (found.length === 0) return [];
    const names = found.slice(0, NAMED_MOST).map((slo) => t("today.name", { name: nameOf(slo) }));
    if (found.length > NAMED_MOST) names.push(t("today.more", { count: found.length - NAMED_MOST }));
    return [sentence(list.format(names), found.length)];
  };
  const rising = named("rising")[0];
  const gone = rising === undefined ? null : exhaustsAt(rising);
  return [
    ...say("critical", (names, count) => t("today.critical", { names, count })),
    ...say("spent", (names, count) => t("today.spent", { names, count })),
    ...(rising !== undefined && gone !== null
      ? [
          t("today.rising", {
            name: t("today.name", { name: nameOf(rising) }),
            when: f.soon(gone),
          }),
        ]
      : say("rising", (names, count) => t("today.risingMany", { names, count }))),
    ...say("no_data", (names, count) => t("today.noData", { names, count })),
  ];
}

export function markdown(title: string, day: Day, t: TFunction, f: Format): string {
  const lines = [`# ${title}`, "", summary(day, t, f), "", `## ${t("today.slos")}`, ""];
  const head = ["state", "name", "target", "attained", "budget", "burn", "gone"] as const;
  lines.push(
    `| ${head.map((key) => t(`slo.column.${key}`)).join(" | ")} |`,
    `|${" --- |".repeat(head.length)}`,
  );
  for (const slo of [...(day.slos ?? [])].sort(bySpent)) lines.push(`| ${sloCells(slo, t, f).join(" | ")} |`);
  lines.push("", `## ${t("today.incidents")}`, "");
  for (const each of day.incidents ?? []) {
    lines.push(
      `- ${each.key} ${t(`severity.${each.severity}`)} ${each.title} · ${t(`incident.state.${each.state}`)} · ${f.dateTime(each.opened_at)}`,
    );
  }
  lines.push("", `## ${t("today.changes")}`, "");
  for (const each of day.changes ?? []) {
    lines.push(`- ${each.service} ${each.name}: p95 ${f.ms(each.baseline_p95_ms)} → ${f.ms(each.p95_ms)}`);
  }
  return `${lines.join("\n")}\n`;
}

function sloCells(slo: Slo, t: TFunction, f: Format): string[] {
  const { objective, window } = worst(slo);
  const left = budgetLeft(slo);
  const [burn, gone] = [hourBurn(slo), exhaustsAt(slo)];
  return [
    t(`state.${slo.state}`),
    nameOf(slo).replaceAll("|", "\\|"),
    objective === undefined ? f.none : f.percent(objective.target, 6),
    window?.attained == null ? f.none : f.percent(window.attained, digitsFor(objective?.target ?? 0)),
    left === null ? f.none : f.signedPercent(left),
    burn === null ? f.none : f.times(burn),
    gone === null ? f.none : f.soon(gone),
  ];
}
