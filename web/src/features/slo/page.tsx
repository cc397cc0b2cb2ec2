// One promise: what is the case in sentences, how the budget went, who failed, how alerts would fire, what it means.
import { Link } from "@tanstack/react-router";
import { lazy, type ReactNode, Suspense } from "react";
import { useTranslation } from "react-i18next";
import type { Slo } from "@/api/model";
import { useSlo } from "@/api/reads";
import { nameOf, verdict, worst } from "@/lib/promise";
import { useFormat } from "@/lib/view";
import { Answer, Loading } from "@/ui/answer";
import { isMissing, NoSuch } from "@/ui/no-such";
import { Columns, Page, Section } from "@/ui/page";
import { Glyph } from "@/ui/state";
import { Burndown } from "./burndown";
import { Definition, PromiseFacts } from "./facts";
import { Mute } from "./mute";
import { Parts } from "./parts";
import { Standing } from "./policy/standing";
import type { SloSearch } from "./search";
import { Windows } from "./windows";

const below = () => import("./below");
const Spend = lazy(async () => ({ default: (await below()).Spend }));
const SpendBy = lazy(async () => ({ default: (await below()).SpendBy }));
const Failures = lazy(async () => ({ default: (await below()).Failures }));
const BurnTable = lazy(async () => ({ default: (await below()).BurnTable }));
const History = lazy(async () => ({ default: (await below()).History }));
const Ledger = lazy(async () => ({ default: (await below()).Ledger }));

export function SloPage({ name, search }: { name: string; search: SloSearch }) {
  const { t } = useTranslation();
  const query = useSlo(name);
  if (isMissing(query)) return <NoSuch kind="slo" name={name} />;
  if (query.data === undefined) {
    return (
      <Page title={name}>
        <Answer query={query} rows={8}>
          {() => null}
        </Answer>
      </Page>
    );
  }
  const slo = query.data;
  const place = placeOf(slo, search);
  return (
    <Page title={nameOf(slo)} glyph={<Glyph state={slo.state} size={17} />} lead={<Lead slo={slo} />}>
      <Answer query={query}>
        {() => (
          <Columns side={<Side slo={slo} />}>
            <Burndown slo={slo} />
            <Parts slo={slo} place={place} />
            <Windows slo={slo} />
            <Later title={t("slo.spent.title")}>
              <Spend slo={slo} place={place} />
            </Later>
            <Later title={t("slo.by.title")}>
              <SpendBy slo={slo} place={place} by={search.by} />
            </Later>
            <Later title={t("slo.failures.title")}>
              <Failures slo={slo} place={place} />
            </Later>
            <Later title={t("slo.burn.title")}>
              <Section title={t("slo.burn.title")} note={t("slo.burn.note")}>
                <BurnTable slo={slo} />
              </Section>
            </Later>
            <Later title={t("slo.history.title")}>
              <History
                slo={slo}
                place={slo.composite && search.objective === undefined ? undefined : place}
              />
            </Later>
            <Later title={t("slo.ledger.title")}>
              <Ledger slo={slo} />
            </Later>
          </Columns>
        )}
      </Answer>
    </Page>
  );
}

/** A section whose script comes by itself; until then its head and its place. */
function Later({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Suspense
      fallback={
        <Section title={title}>
          <Loading rows={4} />
        </Section>
      }
    >
      {children}
    </Suspense>
  );
}

/** The objective that is looked at: the one in the address, or the one that stands worst. */
function placeOf(slo: Slo, { objective }: SloSearch): number {
  if (objective !== undefined && slo.objectives[Number(objective)] !== undefined) return Number(objective);
  const { objective: least } = worst(slo);
  return least === undefined ? 0 : slo.objectives.indexOf(least);
}

function Lead({ slo }: { slo: Slo }) {
  const { t } = useTranslation();
  const f = useFormat();
  return (
    <>
      <p>{verdict(slo, t, f)}</p>
      {slo.backfilling ? <p>{t("slo.backfillingLong")}</p> : null}
      {slo.remarks.map((remark) => (
        <p key={remark.code}>{remark.text}</p>
      ))}
      {slo.standing.map((each) => (
        <Standing key={`${each.policy}/${each.rule}/${each.incident}`} standing={each} />
      ))}
      {slo.muted_until ? (
        <p>{t("slo.mutedBy", { who: slo.muted_by ?? f.none, when: f.dateTime(slo.muted_until) })}</p>
      ) : null}
      {slo.open_incident === null ? null : (
        <p>
          <Link to="/incidents/$id" params={{ id: String(slo.open_incident) }}>
            {t("slo.openIncident", { key: `INC-${slo.open_incident}` })}
          </Link>
        </p>
      )}
    </>
  );
}

function Side({ slo }: { slo: Slo }) {
  const { t } = useTranslation();
  return (
    <>
      <PromiseFacts slo={slo} />
      <Section title={t("slo.mute.title")}>
        <Mute slo={slo} />
      </Section>
      <Definition slo={slo} />
    </>
  );
}
