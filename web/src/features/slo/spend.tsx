// What spent the budget: the hours that cost the most with what happened in them, and the rest, so that they add up to what is
// spent. It must never show a number while counts are still being made.
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Deploy, Objective, Slo, SloSpend } from "@/api/model";
import { useDeploys, useSloSpend } from "@/api/reads";
import { useFormat, useSetSearch, useView } from "@/lib/view";
import { Answer, Empty } from "@/ui/answer";
import { Button } from "@/ui/button";
import { Choice, Field } from "@/ui/field";
import { Muted, Section } from "@/ui/page";
import { type Column, RowLink, Table } from "@/ui/table";
import { signed } from "./objective";
import css from "./spend.module.css";
import { deploysIn, type Rest, type Spent, type Stretch, secsOf, spentOf } from "./spent";

/** As many as the server tells at once. */
const DEPLOYS_MOST = 1000;

export function Spend({ slo, place }: { slo: Slo; place: number }) {
  const { t } = useTranslation();
  const query = useSloSpend(slo.name, place, !slo.backfilling);
  const isChoice = slo.objectives.length > 1 && !slo.backfilling;
  return (
    <Section
      title={t("slo.spent.title")}
      note={!slo.backfilling && query.data?.spent ? t("slo.spent.note") : undefined}
      actions={isChoice ? <ChooseObjective slo={slo} place={place} /> : undefined}
    >
      {slo.backfilling ? (
        <Empty title={t("slo.spent.backfilling")} />
      ) : (
        <Answer
          query={query}
          rows={5}
          isEmpty={(data) => !data.spent}
          empty={<Nothing slo={slo} spend={query.data} />}
        >
          {(data) => <Stretches slo={slo} place={place} spend={data} />}
        </Answer>
      )}
    </Section>
  );
}

/** Nothing was counted, or nothing of it failed: either leads on. */
function Nothing({ slo, spend }: { slo: Slo; spend: SloSpend | undefined }) {
  const { t } = useTranslation();
  if (spend?.spent == null)
    return (
      <Empty title={t("slo.spent.unmeasured")}>
        {slo.service ? (
          <Link to="/services/$service" params={{ service: slo.service }}>
            {slo.service}
          </Link>
        ) : undefined}
      </Empty>
    );
  return (
    <Empty title={t("slo.spent.none")}>
      <Link to="/slos/-/new" search={{ slo: slo.name }}>
        {t("slo.spent.noneNext")}
      </Link>
    </Empty>
  );
}

function ChooseObjective({ slo, place }: { slo: Slo; place: number }) {
  const { t } = useTranslation();
  const f = useFormat();
  const set = useSetSearch();
  return (
    <Field label={t("slo.fact.objective")}>
      <Choice value={String(place)} onChange={(event) => set({ objective: event.target.value })}>
        {slo.objectives.map((objective, at) => (
          <option key={`${objective.display_name}/${objective.target}`} value={String(at)}>
            {objective.display_name || f.percent(objective.target, 6)}
          </option>
        ))}
      </Choice>
    </Field>
  );
}

type Row =
  | ({ kind: "stretch"; deploys: readonly Deploy[] } & Stretch)
  | ({ kind: "rest" } & Rest)
  | { kind: "all"; bad: number; share: number | null; secs: number };

function Stretches({ slo, place, spend }: { slo: Slo; place: number; spend: SloSpend }) {
  const { t } = useTranslation();
  const set = useSetSearch();
  const { bounds, range } = useView();
  const deploys = useDeploys(slo.service, spend, DEPLOYS_MOST);
  const told = deploys.data?.deploys ?? [];
  const spent = spentOf(spend);
  const rows: Row[] = [
    ...spent.stretches.map((each) => ({ kind: "stretch" as const, deploys: deploysIn(each, told), ...each })),
    ...(spent.rest === null ? [] : [{ kind: "rest" as const, ...spent.rest }]),
    { kind: "all", bad: spent.bad, share: spent.all, secs: secsOf(spend) },
  ];
  const chosen = range === null ? keyOf(bounds) : undefined;
  const isChosen = spent.stretches.some((each) => keyOf(each) === chosen);
  return (
    <>
      {spent.hours === 0 ? null : (
        <p className={css.lead}>
          <Lead spent={spent} />
        </p>
      )}
      <Table
        label={t("slo.spent.title")}
        rows={rows}
        rowKey={(row) => (row.kind === "stretch" ? keyOf(row) : row.kind)}
        selected={chosen}
        columns={useColumns(slo, slo.objectives[place])}
      />
      {deploys.error ? <p className={css.note}>{t("slo.spent.noDeploys")}</p> : null}
      {told.length >= DEPLOYS_MOST ? <p className={css.note}>{t("slo.spent.manyDeploys")}</p> : null}
      {isChosen ? (
        <p className={css.note}>
          {t("slo.spent.chosen")}{" "}
          <Button weight="quiet" onClick={() => set({ from: undefined, to: undefined })}>
            {t("slo.spent.back")}
          </Button>
        </p>
      ) : null}
    </>
  );
}

function keyOf({ from, to }: { from: string; to: string }): string {
  return `${Date.parse(from)}/${Date.parse(to)}`;
}

function Lead({ spent: { rest, hours, share, all } }: { spent: Spent }) {
  const { t } = useTranslation();
  const f = useFormat();
  if (share === null || all === null) return t("slo.spent.nothingAllowed");
  const whole = { count: hours, hours: f.count(hours), all: f.share(all) };
  // With the digits of the table: with fewer, parts and whole would not add up.
  if (rest === null) return t("slo.spent.allIn", whole);
  const [most, other] = [f.share(share), f.share(rest.share ?? 0)];
  return t("slo.spent.mostIn", { ...whole, most, other, rest: f.span(rest.secs) });
}

function useColumns(slo: Slo, objective: Objective | undefined): Column<Row>[] {
  const { t } = useTranslation();
  const f = useFormat();
  const ofSlices = objective?.slices != null;
  const count = (bad: number) => (Number.isInteger(bad) ? signed(bad, f.count) : signed(bad, f.factor));
  const strong = (row: Row, text: string) => (row.kind === "all" ? <strong>{text}</strong> : text);
  return [
    { key: "when", title: t("slo.spent.when"), cell: (row) => <When slo={slo} row={row} /> },
    {
      key: "lasted",
      title: t("slo.spent.lasted"),
      keep: true,
      wide: true,
      cell: (row) => <Muted>{f.span(row.kind === "stretch" ? secsOf(row) : row.secs)}</Muted>,
    },
    {
      key: "in",
      title: t("slo.spent.in"),
      wide: true,
      cell: (row) => (row.kind === "stretch" ? <Happened row={row} /> : null),
    },
    {
      key: "bad",
      title: t(ofSlices ? "slo.spent.slices" : "slo.spent.failed"),
      align: "end",
      cell: (row) => strong(row, count(row.bad)),
    },
    {
      key: "share",
      title: t("slo.spent.share"),
      align: "end",
      cell: (row) => strong(row, row.share === null ? f.none : f.share(row.share)),
    },
  ];
}

function When({ slo, row }: { slo: Slo; row: Row }) {
  const { t } = useTranslation();
  const f = useFormat();
  if (row.kind === "all") return <strong>{t("slo.spent.all")}</strong>;
  if (row.kind === "rest") {
    const weighs = slo.unmeasured === "bad" || slo.unmeasured === "good";
    return t(weighs ? "slo.spent.restWeighed" : "slo.spent.rest");
  }
  const { from, to } = row;
  const isOneDay = f.civilDay(from) === f.civilDay(to);
  return (
    <>
      <RowLink
        to="/slos/$name"
        params={{ name: slo.name }}
        search={((old: object) => ({ ...old, from, to, range: undefined })) as never}
        resetScroll={false}
      >
        {f.dateTime(from)} – {isOneDay ? f.time(to) : f.dateTime(to)}
      </RowLink>
      <div className={css.narrow}>
        <Happened row={row} />
      </div>
    </>
  );
}

/** What was going on in it: the SLO's incidents that were open, and what of its service went out. */
function Happened({ row }: { row: { incidents: Stretch["incidents"]; deploys: readonly Deploy[] } }) {
  const { t } = useTranslation();
  const f = useFormat();
  return (
    <ul className={css.happened}>
      {row.incidents.map((incident) => (
        <li key={incident.id}>
          <Link to="/incidents/$id" params={{ id: String(incident.id) }}>
            INC-{incident.id} {incident.title}
          </Link>
        </li>
      ))}
      {row.deploys.map((deploy) => (
        <li key={deploy.id}>
          {t("slo.spent.deploy", { version: deploy.version, when: f.time(deploy.time) })}
        </li>
      ))}
    </ul>
  );
}
