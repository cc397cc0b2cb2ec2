// One promise to customers: how it stands in words, what is due when, and how its periods went.
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Sla, SlaPeriod } from "@/api/model";
import { useSla } from "@/api/reads";
import { calendarName } from "@/lib/period";
import { useFormat } from "@/lib/view";
import { Answer, Empty } from "@/ui/answer";
import { Outside, Snippet } from "@/ui/link";
import { isMissing, NoSuch } from "@/ui/no-such";
import { Notice } from "@/ui/notice";
import { Columns, Fact, Facts, Muted, Page, Section } from "@/ui/page";
import { Glyph } from "@/ui/state";
import { Table } from "@/ui/table";
import { Attained } from "./list";
import css from "./sla.module.css";
import { Verdict } from "./verdict";
import { running, STATE_OF, standing } from "./words";

export function SlaPage({ name }: { name: string }) {
  const { t } = useTranslation();
  const f = useFormat();
  const query = useSla(name);
  if (isMissing(query)) return <NoSuch kind="sla" name={name} />;
  if (query.data === undefined) {
    return (
      <Page title={name}>
        <Answer query={query} rows={8}>
          {() => null}
        </Answer>
      </Page>
    );
  }
  const { sla } = query.data;
  const state = STATE_OF[running(sla)?.verdict ?? "unknown"];
  return (
    <Page
      title={sla.display_name}
      glyph={<Glyph state={state} size={17} />}
      aside={<Link to="/slos/-/slas">{t("sla.all")}</Link>}
      lead={<p>{standing(sla, t, f)}</p>}
    >
      <Answer query={query}>
        {() => (
          <Columns side={<Side sla={sla} />}>
            <Stricter sla={sla} />
            <Periods sla={sla} />
            <Excluded sla={sla} />
            <Credits sla={sla} />
          </Columns>
        )}
      </Answer>
    </Page>
  );
}

/** It breaks while its SLO is still kept, so that nobody is warned. */
function Stricter({ sla }: { sla: Sla }) {
  const { t } = useTranslation();
  const f = useFormat();
  if (!sla.stricter_than_slo || sla.slo_target === null) return null;
  const told = { target: f.percent(sla.target, 6), slo: f.percent(sla.slo_target, 6) };
  return (
    <Notice title={t("sla.stricter")} view="stricter">
      <p>{t("sla.stricterText", told)}</p>
    </Notice>
  );
}

function nameOf(period: SlaPeriod, sla: Sla, f: ReturnType<typeof useFormat>): string {
  return calendarName({ from: period.from, ends: period.to, zone: sla.time_zone }, f);
}

function Periods({ sla }: { sla: Sla }) {
  const { t } = useTranslation();
  const f = useFormat();
  if (sla.periods.length === 0) return <Empty title={t("sla.noPeriods")} />;
  return (
    <Section title={t("sla.periods")} note={t("sla.periodsNote", { zone: sla.time_zone })}>
      <Table
        label={t("sla.periods")}
        rows={sla.periods}
        rowKey={(period) => period.from}
        columns={[
          {
            key: "period",
            title: t("slo.history.period"),
            keep: true,
            cell: (period) => nameOf(period, sla, f),
          },
          {
            key: "verdict",
            title: t("slo.history.kept"),
            keep: true,
            cell: (period) => <Verdict period={period} />,
          },
          {
            key: "attained",
            title: t("slo.column.attained"),
            align: "end",
            cell: (period) => <Attained sla={sla} period={period} />,
          },
          { key: "credit", title: t("sla.column.credit"), cell: (period) => <Due period={period} /> },
          {
            key: "bad",
            title: t("sla.column.bad"),
            align: "end",
            wide: true,
            cell: (period) => <Bad period={period} />,
          },
          {
            key: "coverage",
            title: t("slo.windows.coverage"),
            align: "end",
            wide: true,
            cell: (period) => f.percent(period.coverage, 1),
          },
          {
            key: "report",
            title: t("sla.column.report"),
            wide: true,
            keep: true,
            cell: (period) => <Report sla={sla} period={period} />,
          },
        ]}
      />
    </Section>
  );
}

function Due({ period }: { period: SlaPeriod }) {
  const { t } = useTranslation();
  const f = useFormat();
  if (period.credit !== null) return <strong>{period.credit.credit}</strong>;
  return <Muted>{period.verdict === "unknown" ? f.none : t("sla.nothingDue")}</Muted>;
}

function Bad({ period }: { period: SlaPeriod }) {
  const { t } = useTranslation();
  const f = useFormat();
  const all = period.good + period.bad;
  return <>{t("sla.badOf", { bad: f.count(period.bad), all: f.count(all) })}</>;
}

/** The report of a period, in the language of the page. */
function Report({ sla, period }: { sla: Sla; period: SlaPeriod }) {
  const { t, i18n } = useTranslation();
  const file = `${sla.name}-${period.month}.md`;
  const query = new URLSearchParams({ period: period.month, format: "markdown", lang: i18n.language });
  return (
    <a
      href={`/api/v1/slas/${sla.name}/report?${query}`}
      download={file}
      aria-label={t("sla.reportOf", { month: period.month })}
    >
      {t("sla.report")}
    </a>
  );
}

/** What was agreed not to count, where anything was. */
function Excluded({ sla }: { sla: Sla }) {
  const { t } = useTranslation();
  const f = useFormat();
  const rows = sla.periods.flatMap((period) => period.excluded.map((each) => ({ ...each, period })));
  if (rows.length === 0) return null;
  return (
    <Section title={t("sla.excluded.title")} note={t("sla.excluded.note")}>
      <Table
        label={t("sla.excluded.title")}
        rows={rows}
        rowKey={(row) => `${row.period.from}/${row.id}`}
        columns={[
          {
            key: "period",
            title: t("slo.history.period"),
            keep: true,
            cell: (row) => nameOf(row.period, sla, f),
          },
          {
            key: "time",
            title: t("sla.excluded.time"),
            align: "end",
            keep: true,
            cell: (row) => f.span(row.secs),
          },
          { key: "why", title: t("sla.excluded.why"), cell: (row) => row.reason },
          {
            key: "ticket",
            title: t("sla.excluded.ticket"),
            wide: true,
            cell: (row) => row.ticket || <Muted>{f.none}</Muted>,
          },
          { key: "by", title: t("sla.excluded.by"), wide: true, cell: (row) => row.by },
        ]}
      />
    </Section>
  );
}

function Credits({ sla }: { sla: Sla }) {
  const { t } = useTranslation();
  const f = useFormat();
  return (
    <Section title={t("sla.credits")} note={t("sla.creditsNote")}>
      {sla.credits.length === 0 ? (
        <p>
          <Muted>{t("sla.noCredits")}</Muted>
        </p>
      ) : (
        <Table
          label={t("sla.credits")}
          rows={sla.credits}
          rowKey={(credit) => String(credit.below)}
          columns={[
            {
              key: "below",
              title: t("sla.column.below"),
              keep: true,
              width: "140px",
              cell: (credit) => t("sla.below", { share: f.percent(credit.below, 6) }),
            },
            { key: "credit", title: t("sla.column.credit"), cell: (credit) => credit.credit },
          ]}
        />
      )}
    </Section>
  );
}

function Side({ sla }: { sla: Sla }) {
  const { t } = useTranslation();
  const f = useFormat();
  return (
    <>
      <Section title={t("sla.facts")}>
        <Facts>
          <Fact name={t("sla.column.customers")}>{sla.customers}</Fact>
          <Fact name={t("slo.column.target")}>{f.percent(sla.target, 6)}</Fact>
          <Fact name={t("sla.restsOn")}>
            <Link to="/slos/$name" params={{ name: sla.slo }}>
              {sla.slo_display_name ?? sla.slo}
            </Link>
            {sla.objective === null ? null : <Muted> {sla.objective}</Muted>}
          </Fact>
          {sla.from === null ? null : <Fact name={t("sla.from")}>{f.civilDate(sla.from)}</Fact>}
          {sla.until === null ? null : <Fact name={t("sla.until")}>{f.civilDate(sla.until)}</Fact>}
          <Fact name={t("sla.excluded.fact")}>
            {t(sla.excluded_time === "counts" ? "sla.excluded.counts" : "sla.excluded.excluded")}
          </Fact>
          {sla.contract === null ? null : (
            <Fact name={t("sla.contract")}>
              <Outside href={sla.contract} />
            </Fact>
          )}
          <Fact name={t("slo.fact.owner")}>{sla.owner || <Muted>{t("slo.fact.notSaid")}</Muted>}</Fact>
        </Facts>
      </Section>
      <Section title={t("slo.definition")} note={t("slo.revision", { revision: f.count(sla.revision) })}>
        {sla.description ? <p className={css.description}>{sla.description}</p> : null}
        <details>
          <summary className={css.summary}>{t("slo.showDefinition")}</summary>
          <Snippet label={t("slo.definition")} text={sla.definition} />
        </details>
      </Section>
    </>
  );
}
