// Where to begin: the services that answered requests, busiest first.
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useServicesOfDays } from "@/api/reads";
import { useFormat } from "@/lib/view";
import { Answer, Empty } from "@/ui/answer";
import { Section } from "@/ui/page";
import { RowLink, Table } from "@/ui/table";

/** The rest is found by its name. */
const SHOWN_MOST = 20;

export function BusyServices({ days }: { days: number }) {
  const { t } = useTranslation();
  const f = useFormat();
  const query = useServicesOfDays(days);
  const answered = (query.data?.services ?? [])
    .filter((each) => each.requests > 0)
    .sort((a, b) => b.requests - a.requests);
  return (
    <Section title={t("suggest.services.title")} note={t("suggest.services.note")}>
      <Answer
        query={query}
        rows={6}
        isEmpty={() => answered.length === 0}
        empty={
          <Empty title={t("suggest.services.none", { past: f.span(days * 86_400) })}>
            <Link to="/setup">{t("suggest.nothing.send")}</Link>
          </Empty>
        }
      >
        {() => (
          <Table
            label={t("suggest.services.title")}
            rows={answered.slice(0, SHOWN_MOST)}
            rowKey={(row) => row.service}
            columns={[
              {
                key: "service",
                title: t("service.column.service"),
                cell: (row) => (
                  <RowLink to="/slos/-/new" search={(old) => ({ ...old, service: row.service })}>
                    {row.service}
                  </RowLink>
                ),
              },
              {
                key: "requests",
                title: t("service.column.requests"),
                align: "end",
                cell: (row) => f.count(row.requests),
              },
              {
                key: "errors",
                title: t("service.column.errors"),
                align: "end",
                cell: (row) => f.count(row.errors),
              },
            ]}
          />
        )}
      </Answer>
    </Section>
  );
}
