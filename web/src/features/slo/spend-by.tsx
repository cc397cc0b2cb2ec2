// By whom the budget was spent: what failed of each endpoint, version or whatever telemetry says, beside its part of the
// traffic. Stored events are read for it, so it must never ask before somebody chose what to tell them apart by.
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import type { SpendBy as Answered, Objective, Slo } from "@/api/model";
import { useSloSpendBy } from "@/api/reads";
import { countsIncreases, sliOf } from "@/lib/promise";
import { useFormat, useSetSearch, useView } from "@/lib/view";
import { Answer, Empty } from "@/ui/answer";
import { Button } from "@/ui/button";
import { Field, Form, Text } from "@/ui/field";
import { Muted, Section } from "@/ui/page";
import { Clip, type Column, Table } from "@/ui/table";
import css from "./spend.module.css";
import { type ValueRow, type Values, valuesOf } from "./spent";

const USUAL = ["endpoint", "version"] as const;
const EXAMPLE = "attrs['customer.segment']";

export function SpendBy({ slo, place, by }: { slo: Slo; place: number; by: string | undefined }) {
  const { t } = useTranslation();
  const f = useFormat();
  const { bounds, range } = useView();
  if (slo.backfilling) return null;
  const title = t("slo.by.title");
  if (countsIncreases({ sli: sliOf(slo, place) }))
    return (
      <Section title={title}>
        <Empty title={t("slo.by.summed")} />
      </Section>
    );
  const when = range === null ? `${f.dateTime(bounds.from)} – ${f.dateTime(bounds.to)}` : t(`range.${range}`);
  return (
    <Section title={title} note={when}>
      {/* The field says what is asked for, also when that was changed by going back. */}
      <Dimensions key={by} slo={slo} place={place} by={by} />
      {by === undefined ? (
        <p className={css.note}>{t("slo.by.ask")}</p>
      ) : (
        <Told slo={slo} place={place} by={by} />
      )}
    </Section>
  );
}

function Dimensions({ slo, place, by }: { slo: Slo; place: number; by: string | undefined }) {
  const { t } = useTranslation();
  const set = useSetSearch();
  const label = useId();
  const usual = USUAL.filter((each) => each !== "endpoint" || sliOf(slo, place)?.signal === "spans");
  const isUsual = usual.some((each) => each === by);
  const [other, setOther] = useState(isUsual ? "" : (by ?? ""));
  return (
    <fieldset className={css.dimensions} aria-labelledby={label}>
      <div className={css.usual}>
        <span id={label}>{t("slo.by.choose")}</span>
        <div>
          {usual.map((each) => (
            <Button
              key={each}
              aria-pressed={each === by}
              onClick={() => set({ by: each === by ? undefined : each })}
            >
              {t(`slo.by.dimension.${each}`)}
            </Button>
          ))}
        </div>
      </div>
      <Form inline label={t("slo.by.other")} onSubmit={() => set({ by: other.trim() || undefined })}>
        <Field label={t("slo.by.other")}>
          <Text
            className={css.dimension ?? ""}
            value={other}
            placeholder={EXAMPLE}
            onChange={(event) => setOther(event.target.value)}
          />
        </Field>
        <Button type="submit">{t("slo.by.show")}</Button>
      </Form>
    </fieldset>
  );
}

function Told({ slo, place, by }: { slo: Slo; place: number; by: string }) {
  const { t } = useTranslation();
  const { bounds, range } = useView();
  // Named, and not as instants: what was read is read again when somebody asks, and not each minute.
  const query = useSloSpendBy(slo.name, {
    objective: place,
    by,
    ...(range === null ? bounds : { last: range }),
  });
  const objective = slo.objectives[place];
  return (
    <Answer query={query} rows={4} isEmpty={isNothing} empty={<NothingFailed answer={query.data} />}>
      {(data) => (
        <>
          <ValueTable values={valuesOf(data.values)} by={by} objective={objective} />
          <p className={css.note}>
            {[
              t("slo.by.stored"),
              ...(objective?.slices == null ? [] : [t("slo.by.slices")]),
              ...(valuesOf(data.values).more ? [t("slo.by.more")] : []),
            ].join(t("sentenceGap"))}
          </p>
        </>
      )}
    </Answer>
  );
}

function isNothing(answer: Answered): boolean {
  return answer.values.every((each) => each.bad === 0);
}

function NothingFailed({ answer }: { answer: Answered | undefined }) {
  const { t } = useTranslation();
  const f = useFormat();
  const set = useSetSearch();
  const { total } = valuesOf(answer?.values ?? []);
  return (
    <Empty title={total === 0 ? t("slo.by.nothing") : t("slo.by.noneFailed", { n: f.count(total) })}>
      <Button onClick={() => set({ range: "30d", from: undefined, to: undefined })}>
        {t("slo.failures.wider")}
      </Button>
    </Empty>
  );
}

function ValueTable(props: { values: Values; by: string; objective: Objective | undefined }) {
  const { t } = useTranslation();
  const f = useFormat();
  const { rows } = props.values;
  const [first] = rows;
  return (
    <>
      {first === undefined || first.ofFailures === null || first.ofTraffic === null ? null : (
        <p className={css.lead}>
          {t("slo.by.lead", {
            value: first.value ?? t("slo.by.unsaid"),
            failures: f.aboutPercent(first.ofFailures),
            traffic: f.aboutPercent(first.ofTraffic),
          })}
        </p>
      )}
      <Table
        label={t("slo.by.title")}
        rows={rows}
        rowKey={(row) => `${row.value === null}${row.value}`}
        columns={useColumns(props.by, props.objective?.slices != null)}
      />
    </>
  );
}

function useColumns(by: string, ofSlices: boolean): Column<ValueRow>[] {
  const { t } = useTranslation();
  const f = useFormat();
  const usual = USUAL.find((each) => each === by);
  const share = (ratio: number | null) => (ratio === null ? f.none : f.share(ratio));
  return [
    {
      key: "value",
      title: usual === undefined ? by : t(`slo.by.dimension.${usual}`),
      cell: (row) =>
        row.value === null ? <Muted>{t("slo.by.unsaid")}</Muted> : <Clip title={row.value}>{row.value}</Clip>,
    },
    {
      key: "failed",
      title: t("slo.by.failed"),
      align: "end",
      wide: true,
      cell: (row) => (
        <>
          {f.count(row.bad)} <Muted>/ {f.count(row.total)}</Muted>
        </>
      ),
    },
    {
      key: "failing",
      title: t("slo.by.failing"),
      align: "end",
      wide: true,
      cell: (row) => share(row.failing),
    },
    { key: "failures", title: t("slo.by.ofFailures"), align: "end", cell: (row) => share(row.ofFailures) },
    { key: "traffic", title: t("slo.by.ofTraffic"), align: "end", cell: (row) => share(row.ofTraffic) },
    ...(ofSlices
      ? []
      : [
          {
            key: "budget",
            title: t("slo.spent.share"),
            align: "end" as const,
            cell: (row: ValueRow) => share(row.budget_share),
          },
        ]),
  ];
}
