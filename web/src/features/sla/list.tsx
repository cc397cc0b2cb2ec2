// Promises to customers: what each attains so far, how many failures are left, and how the period before went.
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Sla, SlaPeriod } from "@/api/model";
import { useSlas, useSlos } from "@/api/reads";
import { digitsFor } from "@/lib/promise";
import { useFormat } from "@/lib/view";
import { Answer, Empty } from "@/ui/answer";
import { Snippet } from "@/ui/link";
import { Muted, Page, Section } from "@/ui/page";
import { RowLink, Table } from "@/ui/table";
import { firstSla } from "./first";
import { Verdict } from "./verdict";
import { before, running } from "./words";

export function SlasPage() {
  const { t } = useTranslation();
  const query = useSlas();
  const slas = query.data?.slas ?? [];
  return (
    <Page title={t("sla.title")} lead={slas.length > 0 ? <Lead slas={slas} /> : undefined}>
      <Section title={t("sla.list")} note={t("sla.listNote")}>
        <Answer query={query} rows={4} isEmpty={(data) => data.slas.length === 0} empty={<First />}>
          {(data) => <Rows slas={data.slas} />}
        </Answer>
      </Section>
    </Page>
  );
}

function Lead({ slas }: { slas: readonly Sla[] }) {
  const { t } = useTranslation();
  const f = useFormat();
  const broken = slas.filter((sla) => running(sla)?.verdict === "broken").length;
  if (broken === 0) return <p>{t("sla.noneBroken")}</p>;
  return <p>{t("sla.someBroken", { count: broken, broken: f.count(broken), all: f.count(slas.length) })}</p>;
}

function Rows({ slas }: { slas: readonly Sla[] }) {
  const { t } = useTranslation();
  const f = useFormat();
  const none = <Muted>{f.none}</Muted>;
  return (
    <Table
      label={t("sla.title")}
      rows={slas}
      rowKey={(sla) => sla.name}
      columns={[
        {
          key: "verdict",
          title: t("sla.column.now"),
          keep: true,
          cell: (sla) => <Verdict period={running(sla)} />,
        },
        {
          key: "name",
          title: t("sla.column.name"),
          cell: (sla) => (
            <RowLink to="/slos/-/slas/$sla" params={{ sla: sla.name }} rowId={`sla/${sla.name}`}>
              {sla.display_name}
            </RowLink>
          ),
        },
        {
          key: "customers",
          title: t("sla.column.customers"),
          wide: true,
          cell: (sla) => sla.customers,
        },
        {
          key: "target",
          title: t("slo.column.target"),
          align: "end",
          wide: true,
          cell: (sla) => f.percent(sla.target, 6),
        },
        {
          key: "attained",
          title: t("slo.column.attained"),
          align: "end",
          cell: (sla) => <Attained sla={sla} period={running(sla)} />,
        },
        {
          key: "left",
          title: t("sla.column.left"),
          align: "end",
          wide: true,
          cell: (sla) => {
            const left = running(sla)?.failures_left ?? null;
            return left === null ? none : f.count(left);
          },
        },
        {
          key: "before",
          title: t("sla.column.before"),
          keep: true,
          wide: true,
          cell: (sla) => (before(sla) ? <Verdict period={before(sla)} /> : none),
        },
      ]}
    />
  );
}

export function Attained({ sla, period }: { sla: Sla; period: SlaPeriod | undefined }) {
  const f = useFormat();
  if (period?.attained == null) return <Muted>{f.none}</Muted>;
  return <>{f.percent(period.attained, digitsFor(sla.target))}</>;
}

/** With none yet: what one is for, and a first one to begin with. */
function First() {
  const { t } = useTranslation();
  const slo = useSlos().data?.slos[0];
  const several = (slo?.objectives.length ?? 0) > 1;
  const objective = slo?.objectives[0];
  const named = objective?.display_name || String(objective?.target ?? "");
  return (
    <>
      <Empty title={t("sla.empty")}>
        {slo === undefined ? <Link to="/slos/-/new">{t("sla.sloFirst")}</Link> : <p>{t("sla.first")}</p>}
      </Empty>
      {slo === undefined ? null : (
        <Snippet
          label={t("slo.definition")}
          text={firstSla(slo.name, several ? named : undefined, {
            customers: t("sla.exampleCustomers"),
            credit: t("sla.exampleCredit"),
          })}
        />
      )}
    </>
  );
}
