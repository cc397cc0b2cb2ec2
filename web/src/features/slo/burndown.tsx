// How the budget went over the whole window, with what opened incidents, and every gap shown as one.
import { useTranslation } from "react-i18next";
import type { Slo, SloPoint } from "@/api/model";
import { useIncidents, useSloSeries } from "@/api/reads";
import { LineChart } from "@/charts/line";
import { periodName } from "@/lib/period";
import { worst } from "@/lib/promise";
import { lastBounds } from "@/lib/range";
import { useFormat, useNow } from "@/lib/view";
import { Answer, Empty } from "@/ui/answer";
import { Section } from "@/ui/page";

export function Burndown({ slo }: { slo: Slo }) {
  const { t } = useTranslation();
  const f = useFormat();
  const now = useNow();
  const window = worst(slo).window;
  const bounds = window ? { from: window.from, to: window.to } : lastBounds(slo.window_secs, now);
  const query = useSloSeries(slo.name, bounds);
  return (
    <Section
      title={t("slo.burndown.title")}
      note={t("slo.burndown.note", {
        method: slo.budgeting_method,
        period: window ? periodName(window, t, f) : f.span(slo.window_secs),
      })}
    >
      <Answer
        query={query}
        rows={6}
        isEmpty={(data) => data.points.every((point) => point.budget_remaining === null)}
        empty={<Empty title={t("slo.burndown.empty")} />}
      >
        {(data) => <Chart slo={slo} points={data.points} stepSecs={data.step_secs} />}
      </Answer>
    </Section>
  );
}

function Chart({ slo, points, stepSecs }: { slo: Slo; points: readonly SloPoint[]; stepSecs: number }) {
  const { t } = useTranslation();
  const f = useFormat();
  const incidents = useIncidents().data?.incidents ?? [];
  const times = points.map((point) => Date.parse(point.time) / 1000);
  const marks = incidents
    .filter((incident) => incident.slo === slo.name)
    .map((incident) => ({ time: Date.parse(incident.opened_at) / 1000, label: incident.key }))
    .filter((mark) => mark.time >= (times[0] ?? 0));
  return (
    <LineChart
      label={t("slo.burndown.title")}
      times={times}
      lines={[
        {
          label: t("slo.burndown.left"),
          tone: "accent",
          values: points.map((point) => point.budget_remaining),
        },
      ]}
      format={(value) => f.signedPercent(value)}
      rule={{ value: 0, label: t("slo.burndown.end") }}
      gaps={gaps(points, stepSecs)}
      marks={marks}
      height={210}
    />
  );
}

function gaps(points: readonly SloPoint[], stepSecs: number): { from: number; to: number }[] {
  const found: { from: number; to: number }[] = [];
  for (const point of points) {
    if (point.gap !== "unmeasured" && point.gap !== "excluded") continue;
    const from = Date.parse(point.time) / 1000;
    const last = found.at(-1);
    if (last !== undefined && last.to >= from) last.to = from + stepSecs;
    else found.push({ from, to: from + stepSecs });
  }
  return found;
}
