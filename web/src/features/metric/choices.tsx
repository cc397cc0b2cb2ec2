// The choices of one metric's chart: how, of whom, with which labels, one line for each what. All of it is the address.
import { X } from "lucide-react";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import type { MetricChart, MetricLabel } from "@/api/model";
import { useMetricLabels } from "@/api/reads";
import { useFormat, useSetSearch, useView } from "@/lib/view";
import { Button } from "@/ui/button";
import { Choice, Field, Form, Text } from "@/ui/field";
import { AGGREGATES, isAggregate } from "./kinds";
import css from "./page.module.css";
import { labelParams, type MetricSearch, readLabels, writeLabels } from "./search";

const QUANTILES = [0.5, 0.9, 0.95, 0.99, 0.999];

interface ChoicesProps {
  search: MetricSearch;
  metric: string;
  chart: MetricChart | undefined;
  /** The chart was refused: what fits is not known, so that every way out is offered. */
  refused: boolean;
}

export function Choices({ search, metric, chart, refused }: ChoicesProps) {
  const { t } = useTranslation();
  const set = useSetSearch();
  const { bounds, scope } = useView();
  const filter = { kind: search.kind, service: search.service, label: labelParams(search.labels) };
  const labels = useMetricLabels(metric, filter, bounds, scope).data?.labels ?? [];
  const aggregate = search.aggregate ?? chart?.aggregate ?? "";
  // Of a metric without points nothing is known that could be chosen.
  const ways = chart?.aggregates ?? (refused ? AGGREGATES : [aggregate]);
  return (
    <div className={css.filter}>
      <Form inline label={t("metric.choices")} onSubmit={() => undefined}>
        {ways.length === 0 ? null : (
          <Field label={t("metric.aggregateLabel")}>
            <Choice
              value={aggregate}
              onChange={(event) =>
                set({ aggregate: event.target.value, quantile: undefined, threshold: undefined })
              }
            >
              {ways.map((each) => (
                <option key={each} value={each}>
                  {isAggregate(each) ? t(`metric.aggregate.${each}`) : ""}
                </option>
              ))}
            </Choice>
          </Field>
        )}
        {aggregate === "quantile" ? <Quantile search={search} chart={chart} /> : null}
        {aggregate === "share" ? (
          <Threshold key={search.threshold} search={search} unit={chart?.unit ?? ""} />
        ) : null}
        <Service search={search} labels={labels} />
        <GroupBy which="by" title={t("metric.by")} search={search} labels={labels} />
        {search.by === undefined ? null : (
          <GroupBy which="also" title={t("metric.also")} search={search} labels={labels} />
        )}
      </Form>
      <Filters key={search.labels} search={search} labels={labels} />
    </div>
  );
}

function Quantile({ search, chart }: { search: MetricSearch; chart: MetricChart | undefined }) {
  const { t } = useTranslation();
  const f = useFormat();
  const set = useSetSearch();
  const sent = chart?.quantiles ?? [];
  const current = search.quantile ?? String(chart?.quantile ?? "");
  const known = (sent.length > 0 ? sent : QUANTILES).map(String);
  const choices = current === "" || known.includes(current) ? known : [...known, current];
  return (
    <Field label={t("metric.quantile")}>
      <Choice
        value={current}
        onChange={(event) => set({ aggregate: "quantile", quantile: event.target.value })}
      >
        {choices.map((each) => (
          <option key={each} value={each}>
            {f.percent(Number(each), 3)}
          </option>
        ))}
      </Choice>
    </Field>
  );
}

function Threshold({ search, unit }: { search: MetricSearch; unit: string }) {
  const { t } = useTranslation();
  const set = useSetSearch();
  const [text, setText] = useState(search.threshold ?? "");
  const wrong = text !== "" && !Number.isFinite(Number(text));
  const apply = () => {
    if (!wrong && text !== (search.threshold ?? "")) set({ threshold: text.trim() || undefined });
  };
  return (
    <Field
      label={unit === "" ? t("metric.threshold") : t("metric.thresholdIn", { unit })}
      error={wrong ? t("metric.noNumber") : undefined}
    >
      <Text
        className={css.short ?? ""}
        inputMode="decimal"
        value={text}
        onChange={(event) => setText(event.target.value)}
        onBlur={apply}
        onKeyDown={(event) => (event.key === "Enter" ? apply() : undefined)}
      />
    </Field>
  );
}

const SERVICE = "resource:service.name";

function Service({ search, labels }: { search: MetricSearch; labels: readonly MetricLabel[] }) {
  const { t } = useTranslation();
  const set = useSetSearch();
  const sending = labels.find((each) => each.label === SERVICE)?.values.map((each) => each.value) ?? [];
  const choices = [...new Set([...sending, ...(search.service ? [search.service] : [])])].sort();
  return (
    <Field label={t("request.of")}>
      <Choice
        value={search.service ?? ""}
        onChange={(event) => set({ service: event.target.value || undefined })}
      >
        <option value="">{t("request.anyService")}</option>
        {choices.map((each) => (
          <option key={each}>{each}</option>
        ))}
      </Choice>
    </Field>
  );
}

function GroupBy(props: {
  which: "by" | "also";
  title: string;
  search: MetricSearch;
  labels: readonly MetricLabel[];
}) {
  const { t } = useTranslation();
  const set = useSetSearch();
  const { which, search } = props;
  const current = search[which] ?? "";
  const other = which === "also" ? search.by : search.also;
  const known = props.labels.map((each) => each.label).filter((each) => each !== other);
  const choices = current === "" || known.includes(current) ? known : [...known, current];
  const change = (value: string) =>
    set(
      which === "by" && value === "" ? { by: search.also, also: undefined } : { [which]: value || undefined },
    );
  return (
    <Field label={props.title}>
      <Choice className={css.label ?? ""} value={current} onChange={(event) => change(event.target.value)}>
        <option value="">{t("metric.together")}</option>
        {choices.map((each) => (
          <option key={each}>{each}</option>
        ))}
      </Choice>
    </Field>
  );
}

function Filters({ search, labels }: { search: MetricSearch; labels: readonly MetricLabel[] }) {
  const { t } = useTranslation();
  const set = useSetSearch();
  const filters = readLabels(search.labels);
  const [label, setLabel] = useState("");
  const values = labels.find((each) => each.label === label);
  const add = (value: string) => set({ labels: writeLabels([...filters, { label, value }]) });
  const remove = (at: number) => set({ labels: writeLabels(filters.filter((_, index) => index !== at)) });
  return (
    <div className={css.labels}>
      {filters.map((each, at) => (
        <span key={`${each.label}=${each.value}`} className={css.chip}>
          {each.label} = {each.value === "" ? t("metric.without") : each.value}
          <button
            type="button"
            aria-label={t("metric.remove", { label: each.label, value: each.value })}
            onClick={() => remove(at)}
          >
            <X size={12} aria-hidden="true" />
          </button>
        </span>
      ))}
      {labels.length === 0 ? null : (
        <Choice
          className={css.label ?? ""}
          aria-label={t("metric.filterBy")}
          value={label}
          onChange={(event) => setLabel(event.target.value)}
        >
          <option value="">{t("metric.filterBy")}</option>
          {labels.map((each) => (
            <option key={each.label}>{each.label}</option>
          ))}
        </Choice>
      )}
      {values === undefined ? null : <ValueOf key={label} used={values} onChoose={add} />}
    </div>
  );
}

/** A combobox of the browser's own: type to find a value, choose one, or give one that is not listed. */
function ValueOf({ used, onChoose }: { used: MetricLabel; onChoose: (value: string) => void }) {
  const { t } = useTranslation();
  const f = useFormat();
  const id = useId();
  const [text, setText] = useState("");
  const change = (value: string) => {
    setText(value);
    if (used.values.some((each) => each.value === value)) onChoose(value);
  };
  return (
    <Form inline label={t("metric.value")} onSubmit={() => (text === "" ? undefined : onChoose(text))}>
      <Text
        autoFocus
        list={id}
        aria-label={t("metric.valueOf", { label: used.label })}
        placeholder={t("metric.value")}
        value={text}
        onChange={(event) => change(event.target.value)}
      />
      <datalist id={id}>
        {used.values.map((each) => (
          <option key={each.value} value={each.value}>
            {t("metric.series", { count: each.series, n: f.count(each.series) })}
          </option>
        ))}
      </datalist>
      {used.more_values > 0 ? <span>{t("metric.moreValues", { n: f.count(used.more_values) })}</span> : null}
      {used.without > 0 ? (
        <Button weight="quiet" onClick={() => onChoose("")}>
          {t("metric.without")}
        </Button>
      ) : null}
      <Button type="submit">{t("metric.add")}</Button>
    </Form>
  );
}
