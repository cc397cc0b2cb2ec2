// What the stored past says of targets: of requests that nobody promised anything of yet, which may become an SLO here, or of an
// SLO that has one.
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { SloSuggestions } from "@/api/model";
import { type SuggestWish, useSlo, useSloSuggestions } from "@/api/reads";
import { nameOf } from "@/lib/promise";
import { useFormat } from "@/lib/view";
import { Answer, Empty } from "@/ui/answer";
import { isMissing, NoSuch } from "@/ui/no-such";
import { Muted, Page } from "@/ui/page";
import { Change } from "./change";
import { ChooseRequests, ChooseTime } from "./choose";
import { Make } from "./make";
import css from "./page.module.css";
import { Promises } from "./promises";
import { DAYS_USUAL, daysFor, NOT_CHOSEN, type SuggestSearch } from "./search";
import { BusyServices } from "./services";
import { Waiting } from "./waiting";
import type { Subject } from "./words";

export function SuggestPage({ search }: { search: SuggestSearch }) {
  return search.slo === undefined ? <NewSlo search={search} /> : <Again name={search.slo} search={search} />;
}

function NewSlo({ search }: { search: SuggestSearch }) {
  const { t } = useTranslation();
  const { service, endpoint } = search;
  const days = Number(search.days ?? DAYS_USUAL);
  const windowDays = Number(search.window ?? DAYS_USUAL);
  const wish = { service, endpoint, days, window_days: windowDays };
  return (
    <Page title={t("suggest.title")} lead={<Lead text={t("suggest.lead")} />}>
      <ChooseRequests search={search} days={days} windowDays={windowDays} />
      {service === undefined ? (
        <BusyServices days={days} />
      ) : (
        <Suggested wish={wish} empty={<NothingCounted service={service} endpoint={endpoint} days={days} />}>
          {(suggestions) => (
            <Promises
              suggestions={suggestions}
              search={search}
              subjectOf={({ kind }) => (kind === "latency" ? "latency" : "requests")}
              side={({ promise, rung }) => (
                <Make
                  promised={{
                    service,
                    endpoint,
                    within_ms: promise.within_ms ?? undefined,
                    target: String(rung.target),
                    window_days: suggestions.window_days,
                  }}
                />
              )}
            />
          )}
        </Suggested>
      )}
    </Page>
  );
}

/** What the page is for, and what it cannot say. */
function Lead({ text }: { text: string }) {
  const { t } = useTranslation();
  return (
    <>
      <p>{text}</p>
      <p>
        <Muted>{t("suggest.history")}</Muted>
      </p>
    </>
  );
}

function Suggested(props: {
  wish: SuggestWish;
  empty: React.ReactNode;
  children: (suggestions: SloSuggestions) => React.ReactNode;
}) {
  const query = useSloSuggestions(props.wish);
  if (query.isPending) return <Waiting days={props.wish.days} />;
  return (
    <Answer
      query={query}
      isEmpty={({ candidates }) => candidates.every((each) => each.ladder === null)}
      empty={props.empty}
    >
      {props.children}
    </Answer>
  );
}

function NothingCounted(props: { service: string; endpoint: string | undefined; days: number }) {
  const { t } = useTranslation();
  const f = useFormat();
  const { service, endpoint, days } = props;
  const past = f.span(days * 86_400);
  return (
    <div className={css.nothing}>
      <Empty
        title={
          endpoint === undefined
            ? t("suggest.nothing.service", { service, past })
            : t("suggest.nothing.endpoint", { service, endpoint, past })
        }
      >
        <p>{t("suggest.nothing.why")}</p>
        <p className={css.ways}>
          {endpoint === undefined ? null : (
            <Link to="/slos/-/new" search={(old) => ({ ...old, ...NOT_CHOSEN, endpoint: undefined })}>
              {t("suggest.nothing.all", { service })}
            </Link>
          )}
          {days < 90 ? (
            <Link to="/slos/-/new" search={(old) => ({ ...old, ...NOT_CHOSEN, days: "90" })}>
              {t("suggest.nothing.longer", { past: f.span(90 * 86_400) })}
            </Link>
          ) : null}
          <Link to="/slos/-/new" search={{}}>
            {t("suggest.nothing.other")}
          </Link>
          <Link to="/setup">{t("suggest.nothing.send")}</Link>
        </p>
      </Empty>
    </div>
  );
}

function Again({ name, search }: { name: string; search: SuggestSearch }) {
  const { t } = useTranslation();
  const f = useFormat();
  const query = useSlo(name);
  if (isMissing(query)) return <NoSuch kind="slo" name={name} />;
  const slo = query.data;
  const title = t("suggest.again.title", { name: slo === undefined ? name : nameOf(slo) });
  if (slo === undefined) {
    return (
      <Page title={title}>
        <Answer query={query} rows={8}>
          {() => null}
        </Answer>
      </Page>
    );
  }
  const own = slo.objectives[0]?.windows[0];
  const ownDays = own?.rolls ? Math.round((Date.parse(own.to) - Date.parse(own.from)) / 86_400_000) : 0;
  const windowDays = Number(search.window ?? (ownDays || DAYS_USUAL));
  const days = Number(search.days ?? daysFor(windowDays));
  const subjects: Subject[] = slo.objectives.map(({ slices }) => (slices === null ? "events" : "slices"));
  return (
    <Page
      title={title}
      lead={<Lead text={t("suggest.again.lead")} />}
      aside={
        <Link to="/slos/$name" params={{ name }}>
          {t("suggest.again.back")}
        </Link>
      }
    >
      <ChooseTime days={days} windowDays={windowDays} />
      {own !== undefined && !own.rolls ? (
        <p className={css.note}>
          <Muted>{t("suggest.again.calendar", { window: f.span(windowDays * 86_400) })}</Muted>
        </p>
      ) : null}
      <Suggested
        wish={{ slo: name, days, window_days: windowDays }}
        empty={<Empty title={t("suggest.again.nothing")} />}
      >
        {(suggestions) => (
          <Promises
            suggestions={suggestions}
            search={search}
            subjectOf={({ objective }) => subjects[objective ?? 0] ?? "events"}
            side={(chosen) => <Change {...chosen} windowDays={suggestions.window_days} />}
          />
        )}
      </Suggested>
    </Page>
  );
}
