// The report of a month, for people who do not watch it day by day: by team, to read, to print and to take along.
import { Link, useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { MonthlyReport } from "@/api/model";
import { monthlyReportFile, useMonthlyReport, useSlos } from "@/api/reads";
import { useFormat, useNow } from "@/lib/view";
import { Answer, Empty } from "@/ui/answer";
import { Choice, Field } from "@/ui/field";
import { Page } from "@/ui/page";
import { Blocks } from "./blocks";
import css from "./report.module.css";
import { lastMonths, monthName, type ReportSearch } from "./search";

/** A year, the month that goes on, and the one before that year. */
const MONTHS = 14;

export function ReportPage({ search }: { search: ReportSearch }) {
  const { t } = useTranslation();
  const { lang } = useFormat();
  const query = useMonthlyReport(search, lang);
  return (
    <Page
      title={query.data?.document.title ?? t("report.title")}
      lead={<Controls search={search} report={query.data} />}
    >
      <Answer
        query={query}
        rows={12}
        isEmpty={(data) => data.teams.length === 0}
        empty={
          <Empty title={t("report.empty")}>
            <Link to="/slos">{t("report.toSlos")}</Link>
          </Empty>
        }
      >
        {(data) => <Blocks blocks={data.document.blocks} />}
      </Answer>
    </Page>
  );
}

function Controls({ search, report }: { search: ReportSearch; report: MonthlyReport | undefined }) {
  const { t } = useTranslation();
  const { lang } = useFormat();
  const now = useNow();
  const navigate = useNavigate();
  const owners = useOwners(report);
  const set = (change: ReportSearch) =>
    void navigate({ to: "/slos/-/report", search: { ...search, ...change } as never });
  const months = lastMonths(now, report?.time_zone ?? "UTC", MONTHS);
  const month = search.month ?? report?.month ?? months[1] ?? "";
  return (
    <div className={css.controls}>
      <Field label={t("report.month")}>
        <Choice value={month} onChange={(event) => set({ month: event.target.value })}>
          {(months.includes(month) ? months : [...months, month]).map((each) => (
            <option key={each} value={each}>
              {monthName(each, lang)}
            </option>
          ))}
        </Choice>
      </Field>
      <Field label={t("report.team")}>
        <Choice
          value={search.owner ?? ""}
          onChange={(event) => set({ owner: event.target.value || undefined })}
        >
          <option value="">{t("report.allTeams")}</option>
          {owners.map((owner) => (
            <option key={owner} value={owner}>
              {owner}
            </option>
          ))}
        </Choice>
      </Field>
      <span className={css.files}>
        {(["markdown", "html"] as const).map((format) => (
          <a key={format} href={monthlyReportFile({ ...search, month }, lang, format)} download>
            {t(`report.${format}`)}
          </a>
        ))}
      </span>
    </div>
  );
}

/** Whoever answers for something, also where only one of them is looked at. */
function useOwners(report: MonthlyReport | undefined): string[] {
  const slos = useSlos().data?.slos ?? [];
  const owners = new Set(slos.map((slo) => slo.owner).filter((owner) => owner !== null && owner !== ""));
  for (const team of report?.teams ?? []) if (team.owner !== null) owners.add(team.owner);
  return [...owners].map(String).sort();
}
