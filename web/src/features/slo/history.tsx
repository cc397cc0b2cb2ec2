// How the periods of a promise went: what is known of each now, and what was known when it was closed where that is another.
import { useTranslation } from "react-i18next";
import type { PeriodResult, Slo, SloHistory, SloPeriod } from "@/api/model";
import { useSloHistory } from "@/api/reads";
import { calendarName } from "@/lib/period";
import { digitsFor } from "@/lib/promise";
import { useFormat } from "@/lib/view";
import { Answer, Empty } from "@/ui/answer";
import { Muted, Section } from "@/ui/page";
import { BudgetLeft } from "@/ui/slo-table";
import { Table } from "@/ui/table";

export default function History({ slo, place }: { slo: Slo; place: number | undefined }) {
  const { t } = useTranslation();
  const query = useSloHistory(slo.name, place, !slo.backfilling);
  const zone = query.data?.time_zone;
  return (
    <Section title={t("slo.history.title")} note={zone ? t("slo.history.note", { zone }) : undefined}>
      {slo.backfilling ? (
        <Empty title={t("slo.history.backfilling")} />
      ) : (
        <Answer query={query} rows={4}>
          {(data) => <Periods history={data} />}
        </Answer>
      )}
    </Section>
  );
}

function Periods({ history }: { history: SloHistory }) {
  const { t } = useTranslation();
  const f = useFormat();
  return (
    <>
      <Table
        label={t("slo.history.title")}
        rows={history.periods}
        rowKey={(period) => period.from}
        columns={[
          {
            key: "period",
            title: t("slo.history.period"),
            keep: true,
            cell: (period) => <Name period={period} zone={history.time_zone} />,
          },
          {
            key: "kept",
            title: t("slo.history.kept"),
            keep: true,
            cell: (period) => <Kept result={period.now} running={period.running} />,
          },
          {
            key: "attained",
            title: t("slo.column.attained"),
            align: "end",
            cell: ({ now }) => <Attained result={now} />,
          },
          {
            key: "budget",
            title: t("slo.windows.budget"),
            align: "end",
            cell: ({ now }) => <BudgetLeft left={now.budget_remaining} />,
          },
          {
            key: "coverage",
            title: t("slo.windows.coverage"),
            align: "end",
            wide: true,
            cell: ({ now }) => f.percent(now.coverage, 1),
          },
          {
            key: "closed",
            title: t("slo.history.closed"),
            keep: true,
            cell: (period) => <Closed period={period} />,
          },
        ]}
      />
      {history.periods.length > 1 ? null : (
        <p>
          <Muted>{t("slo.history.first")}</Muted>
        </p>
      )}
    </>
  );
}

function Name({ period, zone }: { period: SloPeriod; zone: string }) {
  const { t } = useTranslation();
  const f = useFormat();
  const name = calendarName({ from: period.from, ends: period.to, zone }, f);
  return period.running ? (
    <>
      {name} <Muted>{t("slo.history.running")}</Muted>
    </>
  ) : (
    name
  );
}

function Kept({ result, running }: { result: PeriodResult; running: boolean }) {
  const { t } = useTranslation();
  if (result.kept === null) return <Muted>{t("slo.history.nothing")}</Muted>;
  const key = result.kept ? "yes" : "no";
  return <span>{t(`slo.history.${key}${running ? "SoFar" : ""}`)}</span>;
}

function Attained({ result }: { result: PeriodResult }) {
  const { t } = useTranslation();
  const f = useFormat();
  if (result.attained === null) return <Muted>{f.none}</Muted>;
  const target = Number(result.target);
  return (
    <>
      {f.percent(result.attained, digitsFor(target))}{" "}
      <Muted>{t("slo.history.of", { target: f.percent(target, 6) })}</Muted>
    </>
  );
}

/** Nothing where it is still known to be so; else what was known then. */
function Closed({ period: { now, closed, closed_at: at, running } }: { period: SloPeriod }) {
  const { t } = useTranslation();
  const f = useFormat();
  if (closed === null || at === null) return <Muted>{running ? f.none : t("slo.history.never")}</Muted>;
  const target = Number(closed.target);
  const isSame =
    closed.attained === now.attained &&
    closed.target === now.target &&
    closed.budget_remaining === now.budget_remaining;
  if (!isSame && closed.target === null && closed.kept !== null) {
    const key = closed.kept ? "wholeKeptThen" : "wholeBrokenThen";
    const left = f.percent(closed.budget_remaining ?? 0, 1);
    return <Muted>{t(`slo.history.${key}`, { when: f.dateTime(at), left })}</Muted>;
  }
  return (
    <Muted>
      {isSame || closed.attained === null
        ? t(isSame ? "slo.history.same" : "slo.history.nothingThen", { when: f.dateTime(at) })
        : t(closed.kept ? "slo.history.keptThen" : "slo.history.brokenThen", {
            when: f.dateTime(at),
            attained: f.percent(closed.attained, digitsFor(target)),
            target: f.percent(target, 6),
          })}
    </Muted>
  );
}
