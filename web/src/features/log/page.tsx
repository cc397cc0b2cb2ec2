// Log search: words, service, severity, attributes, an expression; how many over time; live; and one line by its link.
import { Link } from "@tanstack/react-router";
import { lazy, Suspense, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { LogProgress } from "@/api/model";
import { logExport, useLogCounts, useServices } from "@/api/reads";
import { type Searching, useLogSearch } from "@/api/search";
import { Bars } from "@/charts/bars";
import { iso } from "@/lib/range";
import { useFormat, useSetSearch, useView } from "@/lib/view";
import { Answer, Empty, Loading } from "@/ui/answer";
import { Button } from "@/ui/button";
import { troubleOf } from "@/ui/complaint";
import { Choice, Condition, Field, Form, Text } from "@/ui/field";
import { LogLines } from "@/ui/log-lines";
import { More } from "@/ui/more";
import { Muted, Page, Section } from "@/ui/page";
import { Progress } from "@/ui/progress";
import { useCame } from "./came";
import css from "./page.module.css";
import {
  asSql,
  attributes,
  CLEAR,
  filterOf,
  type LogSearch,
  layers,
  withAttribute,
  withoutAttribute,
} from "./search";

// Few visits need these: they are fetched when one does.
const LogRecordPage = lazy(() => import("./record"));
const Never = lazy(() => import("./never"));
const Live = lazy(() => import("./live"));

const SEVERITIES = ["DEBUG", "INFO", "WARN", "ERROR", "FATAL"] as const;

export function LogsPage({ search }: { search: LogSearch }) {
  if (search.record === undefined) return <Search search={search} />;
  return (
    <Suspense fallback={<Loading rows={10} />}>
      <LogRecordPage id={search.record} lines={search.lines} />
    </Suspense>
  );
}

function Search({ search }: { search: LogSearch }) {
  const { t } = useTranslation();
  const { bounds, scope } = useView();
  const counts = useLogCounts(filterOf(search), bounds, scope).data;
  // Nothing can be chosen among lines that never came; who follows sees them come.
  const { unsure, never } = useCame(counts?.total === 0 && search.live === undefined);
  return (
    <Page
      title={t("nav.logs")}
      lead={<p>{t("log.lead")}</p>}
      aside={
        <Link to="/sql" search={{ q: asSql(search, bounds) }}>
          {t("log.asSql")}
        </Link>
      }
    >
      {never === undefined ? (
        <>
          <Filter key={JSON.stringify(search)} search={search} />
          <Chosen search={search} />
          <OverTime search={search} />
          <LiveOnceAsked search={search} />
          <Found search={search} unsure={unsure} />
        </>
      ) : (
        <Suspense fallback={<Loading rows={4} />}>
          <Never report={never} />
        </Suspense>
      )}
    </Page>
  );
}

/** Following begins when somebody asks for it; what came stays until the search is left. */
function LiveOnceAsked({ search }: { search: LogSearch }) {
  const { t } = useTranslation();
  const set = useSetSearch();
  const on = search.live === "1";
  const [asked, setAsked] = useState(on);
  if (on && !asked) setAsked(true);
  // What comes is now: a range that has ended would hide it from the list.
  const follow = () => set({ live: "1", from: undefined, to: undefined });
  const begin = (
    <div className={css.live}>
      <Button onClick={follow}>{t("log.follow")}</Button>
    </div>
  );
  if (!asked) return begin;
  return (
    <Suspense fallback={<Loading rows={2} />}>
      <Live search={search} follow={follow} begin={begin} />
    </Suspense>
  );
}

function OverTime({ search }: { search: LogSearch }) {
  const { t } = useTranslation();
  const f = useFormat();
  const { bounds, scope } = useView();
  const set = useSetSearch();
  const query = useLogCounts(filterOf(search), bounds, scope);
  const data = query.data;
  const shown = useMemo(
    () => (data === undefined ? [] : layers(data, (severity) => t(`log.class.${severity}`))),
    [data, t],
  );
  const times = useMemo(() => data?.points.map((point) => Date.parse(point.time) / 1000) ?? [], [data]);
  // The search below says what is wrong with the choices; once is enough.
  if (data === undefined && query.error !== null && troubleOf(query.error) === "badInput") return null;
  return (
    <Section
      title={t("log.overTime")}
      note={data ? t("log.count", { count: data.total, n: f.count(data.total) }) : null}
    >
      <Answer query={query} rows={3}>
        {(counts) =>
          counts.total === 0 ? null : (
            <Bars
              label={t("log.overTime")}
              times={times}
              stepSecs={counts.step_secs}
              layers={shown}
              onRange={(range) =>
                set({
                  range: undefined,
                  from: iso(range.from * 1000),
                  to: iso(range.to * 1000),
                  live: undefined,
                })
              }
            />
          )
        }
      </Answer>
    </Section>
  );
}

function Found({ search, unsure }: { search: LogSearch; unsure: boolean }) {
  const { t } = useTranslation();
  const { bounds, range, scope } = useView();
  const set = useSetSearch();
  const name = range ?? `${bounds.from}/${bounds.to}`;
  const query = useLogSearch(filterOf(search), name, bounds, scope);
  const { searching, isFetchingNextPage } = query;
  const pages = query.data?.pages;
  const last = pages?.at(-1);
  const logs = pages?.flatMap((page) => page.logs) ?? searching?.found ?? [];
  // What is found on the way is shown, and no page yet.
  const data = last ?? (logs.length > 0 ? {} : undefined);
  const progress = searching === null ? null : <Looking searching={searching} stop={query.stop} />;
  return (
    <Section title={t("log.found")} note={t("request.newest")} actions={<Exports search={search} />}>
      {isFetchingNextPage ? null : progress}
      <Answer
        query={{ ...query, data }}
        rows={10}
        isEmpty={() => logs.length === 0}
        empty={
          last?.next_cursor ? <Muted>{t("log.noneSoFar")}</Muted> : unsure ? <Loading rows={2} /> : <None />
        }
      >
        {() => (
          <LogLines
            logs={logs}
            of="search"
            pick={(name, value) => set({ attr: withAttribute(search, `${name}=${value}`) })}
          />
        )}
      </Answer>
      {isFetchingNextPage ? progress : null}
      {last?.stopped && searching === null ? <Stopped at={last.stopped} /> : null}
      <More pages={query} />
    </Section>
  );
}

/** How far a search has got that takes long. */
function Looking({ searching, stop }: { searching: Searching; stop: () => void }) {
  const { t } = useTranslation();
  const f = useFormat();
  const { looked, rows, back_to } = searching.progress;
  const share = rows === 0 ? 1 : looked / rows;
  const text = t("log.progress", {
    time: f.dateTime(back_to),
    percent: f.percent(share, 0),
    rows: f.count(rows),
    found: f.count(searching.found.length),
  });
  return <Progress label={t("log.searching")} share={share} text={text} stop={stop} />;
}

function Stopped({ at }: { at: LogProgress }) {
  const { t } = useTranslation();
  const f = useFormat();
  return (
    <p className={css.missed} role="status" data-view="stopped">
      {t("log.stopped", { time: f.dateTime(at.back_to) })}
    </p>
  );
}

/** What the search finds, as a file; how much of it, where a file cannot hold it all. */
function Exports({ search }: { search: LogSearch }) {
  const { t } = useTranslation();
  const f = useFormat();
  const { bounds, scope } = useView();
  const counts = useLogCounts(filterOf(search), bounds, scope).data;
  if (counts === undefined || counts.total === 0) return null;
  const href = (format: "ndjson" | "csv") => logExport(filterOf(search), bounds, scope, format);
  return (
    <>
      {counts.total > counts.export_limit ? (
        <span className={css.limit}>{t("log.exportCut", { most: f.count(counts.export_limit) })}</span>
      ) : null}
      <a href={href("csv")} download>
        {t("log.export", { form: "CSV" })}
      </a>
      <a href={href("ndjson")} download>
        {t("log.export", { form: "NDJSON" })}
      </a>
    </>
  );
}

function Filter({ search }: { search: LogSearch }) {
  const { t } = useTranslation();
  const { bounds } = useView();
  const set = useSetSearch();
  const services = useServices(bounds).data?.services.map((each) => each.service) ?? [];
  const [contains, setContains] = useState(search.contains ?? "");
  const [where, setWhere] = useState(search.where ?? "");
  const [attribute, setAttribute] = useState("");
  const choices = [...new Set([...services, ...(search.service ? [search.service] : [])])].sort();
  const submit = () => {
    const attr = attribute.trim() === "" ? search.attr : withAttribute(search, attribute.trim());
    set({ contains: contains || undefined, where: where.trim() || undefined, attr });
  };
  return (
    <div className={css.filter}>
      <Form inline label={t("log.filter")} onSubmit={submit}>
        <Field label={t("log.contains")}>
          <Text value={contains} onChange={(event) => setContains(event.target.value)} />
        </Field>
        <Field label={t("log.match")}>
          <Choice
            value={search.whole ?? ""}
            onChange={(event) => {
              const whole = event.target.value === "1" ? "1" : undefined;
              set({ whole, contains: contains || undefined });
            }}
          >
            <option value="">{t("log.anywhere")}</option>
            <option value="1">{t("log.wholeWords")}</option>
          </Choice>
        </Field>
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
        <Field label={t("log.severity")}>
          <Choice
            value={search.severity ?? ""}
            onChange={(event) => set({ severity: event.target.value || undefined })}
          >
            <option value="">{t("log.anySeverity")}</option>
            {SEVERITIES.map((each) => (
              <option key={each}>{each}</option>
            ))}
          </Choice>
        </Field>
        <Field label={t("log.attribute")}>
          <Text
            className={css.attribute ?? ""}
            value={attribute}
            placeholder="order.id=4711"
            onChange={(event) => setAttribute(event.target.value)}
          />
        </Field>
        <Condition value={where} example="body['http.status'] >= 500" onChange={setWhere} />
        <Button type="submit" weight="strong">
          {t("request.show")}
        </Button>
      </Form>
    </div>
  );
}

/** The attributes that lines must have; each can be taken away. */
function Chosen({ search }: { search: LogSearch }) {
  const { t } = useTranslation();
  const set = useSetSearch();
  const chosen = attributes(search);
  if (chosen.length === 0) return null;
  return (
    <ul className={css.chosen} aria-label={t("log.chosen")}>
      {chosen.map((each) => (
        <li key={each}>
          <code>{each}</code>
          <button
            type="button"
            aria-label={t("log.drop", { name: each })}
            onClick={() => set({ attr: withoutAttribute(search, each) })}
          >
            ×
          </button>
        </li>
      ))}
    </ul>
  );
}

function None() {
  const { t } = useTranslation();
  const set = useSetSearch();
  return (
    <Empty title={t("log.none")}>
      <Button onClick={() => set(CLEAR)}>{t("request.clear")}</Button>{" "}
      <Button onClick={() => set({ range: "24h", from: undefined, to: undefined })}>
        {t("request.wider")}
      </Button>
    </Empty>
  );
}
