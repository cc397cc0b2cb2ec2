// Series beyond the limit, of all metrics or of one: never silently lost. It says which, how much, and what to do.
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { MetricLimits } from "@/api/model";
import { useMetricLimits } from "@/api/reads";
import { useFormat } from "@/lib/view";
import { Notice } from "@/ui/notice";
import { NO_METRIC } from "./search";

const NAMED_MOST = 5;

/** Of all metrics, those first of which most points were refused. */
export function Refused({ limits }: { limits: MetricLimits | undefined }) {
  const { t } = useTranslation();
  const f = useFormat();
  const refused = limits?.refused ?? [];
  if (limits === undefined || refused.length === 0) return null;
  const named = refused.toSorted((a, b) => b.points - a.points).slice(0, NAMED_MOST);
  const all = refused.reduce((sum, each) => sum + each.points, 0) + limits.refused_of_others;
  const others = all - named.reduce((sum, each) => sum + each.points, 0);
  const points = (count: number) => t("metric.points", { count, n: f.count(count) });
  return (
    <Told points={all} limits={limits}>
      <ul>
        {named.map((each) => (
          <li key={each.metric}>
            <Link to="/explore/metrics" search={(old) => ({ ...old, ...NO_METRIC, metric: each.metric })}>
              {each.metric}
            </Link>{" "}
            {points(each.points)}
          </li>
        ))}
        {others > 0 ? <li>{t("metric.refusedOthers", { points: points(others) })}</li> : null}
      </ul>
    </Told>
  );
}

/** Of the metric that is looked at. */
export function RefusedOf({ metric }: { metric: string }) {
  const limits = useMetricLimits().data;
  const points = limits?.refused.find((each) => each.metric === metric)?.points ?? 0;
  if (limits === undefined || points === 0) return null;
  return <Told points={points} limits={limits} />;
}

function Told(props: { points: number; limits: MetricLimits; children?: React.ReactNode }) {
  const { t } = useTranslation();
  const f = useFormat();
  const { points, limits } = props;
  return (
    <Notice title={t("metric.seriesMissing")} view="refused">
      <p>
        {t("metric.refused", {
          count: points,
          n: f.count(points),
          most: f.count(limits.series_of_metric_most),
          all: f.count(limits.series_most),
        })}
      </p>
      {props.children}
      <p>{t("metric.refusedNext")}</p>
    </Notice>
  );
}
