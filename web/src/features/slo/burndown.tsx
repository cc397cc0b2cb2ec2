// How the budget went over the whole window, with what opened incidents, and every gap shown as one.
import { useTranslation } from "react-i18next";
import type { Forecast, Slo, SloPoint } from "@/api/model";
import { useIncidents, useSloForecast, useSloSeries } from "@/api/reads";
import { type Line, LineChart } from "@/charts/line";
import { periodName } from "@/lib/period";
import { worst } from "@/lib/promise";
import { lastBounds } from "@/lib/range";
import { useFormat, useNow } from "@/lib/view";
import { Answer, Empty } from "@/ui/answer";
import { Section } from "@/ui/page";
import css from "./burndown.module.css";
import { courseOf } from "./course";

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
        {(data) => <Course slo={slo} points={data.points} stepSecs={data.step_secs} />}
      </Answer>
    </Section>
  );
}

/** What was left, and what may be. A forecast that cannot be had leaves what was. */
function Course(props: { slo: Slo; points: readonly SloPoint[]; stepSecs: number }) {
  const forecast = useSloForecast(props.slo.name).data?.forecast ?? undefined;
  return (
    <>
      <Chart {...props} forecast={forecast} />
      {forecast === undefined ? null : <Foretold forecast={forecast} />}
    </>
  );
}

interface ChartProps {
  slo: Slo;
  points: readonly SloPoint[];
  stepSecs: number;
  forecast: Forecast | undefined;
}

function Chart({ slo, points, stepSecs, forecast }: ChartProps) {
  const { t } = useTranslation();
  const f = useFormat();
  const incidents = useIncidents().data?.incidents ?? [];
  const course = courseOf(points, forecast);
  const marks = incidents
    .filter((incident) => incident.slo === slo.name)
    .map((incident) => ({ time: Date.parse(incident.opened_at) / 1000, label: incident.key }))
    .filter((mark) => mark.time >= (course.times[0] ?? 0));
  const foretold = { tone: "quiet", foretold: true, end: "" } as const;
  const edges: Line[] = [
    { ...foretold, label: t("slo.burndown.low"), dash: [3, 3], values: course.low },
    { ...foretold, label: t("slo.burndown.high"), dash: [3, 3], values: course.high },
  ];
  return (
    <LineChart
      label={t("slo.burndown.title")}
      times={course.times}
      lines={[
        { label: t("slo.burndown.left"), tone: "accent", end: "", values: course.left },
        ...(forecast === undefined ? [] : edges),
      ]}
      {...(forecast === undefined ? {} : { between: { low: 1, high: 2 } })}
      format={(value) => f.signedPercent(value)}
      rule={{ value: 0, label: t("slo.burndown.end") }}
      gaps={gaps(points, stepSecs)}
      marks={marks}
      height={210}
    />
  );
}

/** The forecast in words: what is left at its end, and when the budget turns. */
function Foretold({ forecast }: { forecast: Forecast }) {
  const { t } = useTranslation();
  const f = useFormat();
  const last = forecast.points.at(-1);
  if (last === undefined) return null;
  const [low, high] = [f.signedPercent(last.low), f.signedPercent(last.high)];
  const days = f.span((Date.parse(forecast.past_to) - Date.parse(forecast.past_from)) / 1000);
  return (
    <p className={css.foretold}>
      {t("slo.burndown.foretold", { time: f.dateTime(last.time), low, high })}{" "}
      {t(turnOf(forecast), {
        soonest: forecast.soonest === null ? "" : f.dateTime(forecast.soonest),
        likely: forecast.likely === null ? "" : f.dateTime(forecast.likely),
      })}{" "}
      {t("slo.burndown.basis", { days })}
    </p>
  );
}

function turnOf({ spent, soonest, likely }: Forecast) {
  if (soonest === null) return spent ? "slo.burndown.staysSpent" : "slo.burndown.lasts";
  if (likely === null) return spent ? "slo.burndown.backMaybe" : "slo.burndown.runsOutMaybe";
  return spent ? "slo.burndown.back" : "slo.burndown.runsOut";
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
