// Every read of the API as a hook. It must never shape an answer: pages get what the server said.
import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { api, client, goToLogin, rememberCsrf } from "./client";
import type { MonthlyReport, QueryAnswer } from "./model";

export interface Bounds {
  from: string;
  to: string;
}
export interface Scope {
  environment?: string | undefined;
}
const LIVE_MS = 15_000;
/** While stored data is being counted for an SLO that is new. */
const FILLING_MS = 2000;
/** A minute is the finest that a budget is counted in. */
const SPEND_MS = 60_000;
const SESSIONS_MS = 300_000;
const UNREAD_MOST_MS = 120_000;
/** Limits change seldom, and what was refused by them is counted since the start. */
const LIMITS_STALE_MS = 300_000;
const LIMITS_RANGE_MS = 60_000;
const live = { refetchInterval: LIVE_MS, placeholderData: keepPreviousData };
const still = { placeholderData: keepPreviousData };

function narrow(scope: Scope): { environment?: string } {
  return scope.environment ? { environment: scope.environment } : {};
}

export function useSession() {
  return useQuery({
    queryKey: ["session"],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async () => {
      const { data } = await client.GET("/api/v1/session");
      if (data === undefined) throw new Error("empty answer");
      rememberCsrf(data.csrf ?? null);
      if (!data.account && !data.token) goToLogin();
      return data;
    },
  });
}

/** Whether who is here may change anything; unknown until the session is. */
export function useMayChange(): boolean | undefined {
  const { data } = useSession();
  return data && (data.account !== null || data.token?.scope === "admin");
}

export function useStatus(everyMs = LIVE_MS) {
  return api.useQuery("get", "/api/v1/status", {}, { ...live, refetchInterval: everyMs });
}

export function useStore(enabled = true) {
  return api.useQuery("get", "/api/v1/store", {}, { ...live, enabled });
}

export function useServices(bounds: Bounds, scope: Scope = {}) {
  return api.useQuery(
    "get",
    "/api/v1/services",
    { params: { query: { ...bounds, ...narrow(scope) } } },
    live,
  );
}

/**
 * Of a read that a condition may narrow. What was there stays in view only for the same condition: else the numbers of other
 * requests would be taken for what was asked for. And as stored spans are read for it, it is asked again only when the range
 * moves on, each minute.
 */
function underCondition(where: string | undefined) {
  const keep = <Data>(before: Data | undefined, query: { queryKey: readonly unknown[] } | undefined) => {
    const init = query?.queryKey[2] as { params?: { query?: { where?: string } } } | undefined;
    return init?.params?.query?.where === where ? before : undefined;
  };
  return { ...(where === undefined ? live : still), placeholderData: keep };
}

export function useEndpoints(service: string, bounds: Bounds, scope: Scope, where?: string) {
  const params = { path: { service }, query: { ...bounds, ...narrow(scope), ...given({ where }) } };
  return api.useQuery("get", "/api/v1/services/{service}/endpoints", { params }, underCondition(where));
}

export function useServiceSeries(service: string, bounds: Bounds, scope: Scope, where?: string) {
  const params = { path: { service }, query: { ...bounds, ...narrow(scope), ...given({ where }) } };
  return api.useQuery("get", "/api/v1/services/{service}/series", { params }, underCondition(where));
}

export function useEndpointChanges(bounds: Bounds, scope: Scope) {
  const params = { query: { ...bounds, ...narrow(scope) } };
  return api.useQuery("get", "/api/v1/endpoints/changes", { params }, still);
}

export interface TraceQuery {
  service?: string | undefined;
  name?: string | undefined;
  where?: string | undefined;
  min_ms?: number | undefined;
  error?: boolean | undefined;
}

/** Drops what is not set, so that the address holds only what the reader chose. */
function given<T extends object>(query: T): T {
  return Object.fromEntries(Object.entries(query).filter(([, v]) => v !== undefined && v !== "")) as T;
}

export function useTraces(query: TraceQuery, bounds: Bounds, scope: Scope, limit = 50) {
  return useInfiniteQuery({
    queryKey: ["traces", query, bounds, scope, limit],
    initialPageParam: "",
    queryFn: async ({ pageParam, signal }) => {
      const page = given({ ...query, ...bounds, ...narrow(scope), limit, cursor: pageParam });
      const { data } = await client.GET("/api/v1/traces", { params: { query: page }, signal });
      if (data === undefined) throw new Error("empty answer");
      return data;
    },
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
  });
}

/**
 * When to ask again for a trace of which nothing could be read: after 15 s, then twice as long each time. A trace that shows
 * some of its spans is not fetched whole again by itself.
 */
export function unreadAgainMs(
  trace: { partial: boolean; spans: readonly unknown[] } | undefined,
  answers: number,
): number | false {
  if (trace === undefined || !trace.partial || trace.spans.length > 0) return false;
  return Math.min(UNREAD_MOST_MS, LIVE_MS * 2 ** Math.max(0, answers - 1));
}

export function useTrace(traceId: string) {
  const params = { path: { trace_id: traceId } };
  return api.useQuery(
    "get",
    "/api/v1/traces/{trace_id}",
    { params },
    // What could not be read may be read again.
    {
      staleTime: 60_000,
      refetchInterval: ({ state }) => unreadAgainMs(state.data, state.dataUpdateCount),
    },
  );
}

/** Of a trace that has spans, or of which it is not known yet. */
export function useExplanation(traceId: string, enabled: boolean) {
  const params = { path: { trace_id: traceId } };
  return api.useQuery(
    "get",
    "/api/v1/traces/{trace_id}/explanation",
    { params },
    { staleTime: 60_000, enabled },
  );
}

export interface LogQuery {
  service?: string | undefined;
  where?: string | undefined;
  contains?: string | undefined;
  whole_words?: true | undefined;
  severity?: string | undefined;
  /** Attributes as `key=value`. */
  attr?: readonly string[] | undefined;
}

type LogAddress = LogQuery &
  Scope &
  Partial<Bounds> & { format?: "ndjson" | "csv"; limit?: string; cursor?: string };

/** The choices as the address of a call carries them. */
export function logParams({ attr, ...query }: LogAddress): URLSearchParams {
  const params = new URLSearchParams(given(query) as Record<string, string>);
  for (const each of attr ?? []) params.append("attr", each);
  return params;
}

/** Where a file of what a search finds can be fetched from. */
export function logExport(query: LogQuery, bounds: Bounds, scope: Scope, format: "ndjson" | "csv"): string {
  return `/api/v1/logs/export?${logParams({ ...query, ...bounds, ...scope, format })}`;
}

function logQuery(query: LogQuery, bounds: Bounds, scope: Scope) {
  const { attr, ...rest } = query;
  return given({ ...rest, ...bounds, ...narrow(scope), attr: attr?.length ? [...attr] : undefined });
}

export function useLogCounts(query: LogQuery, bounds: Bounds, scope: Scope) {
  return useQuery({
    queryKey: ["logs", "counts", query, bounds, scope],
    queryFn: async ({ signal }) => {
      const params = { query: logQuery(query, bounds, scope) };
      const { data } = await client.GET("/api/v1/logs/counts", { params, signal });
      if (data === undefined) throw new Error("empty answer");
      return data;
    },
    placeholderData: keepPreviousData,
  });
}

/** One line among those of its service. */
export function useLogAround(id: string, lines: number) {
  const params = { path: { id }, query: { before: lines, after: lines } };
  return api.useQuery("get", "/api/v1/logs/{id}/around", { params }, still);
}

/** The logs that one span wrote; the trace's own bounds keep the read small. */
export function useSpanLogs(traceId: string, spanId: string, bounds: Bounds) {
  const params = { query: { trace_id: traceId, span_id: spanId, limit: 50, ...bounds } };
  return api.useQuery("get", "/api/v1/logs", { params }, { staleTime: 60_000 });
}

/** The newest logs of a whole request. */
export function useTraceLogs(traceId: string, bounds: Bounds) {
  const params = { query: { trace_id: traceId, limit: 200, ...bounds } };
  return api.useQuery("get", "/api/v1/logs", { params }, { staleTime: 60_000 });
}

export interface MetricQuery {
  service?: string | undefined;
  contains?: string | undefined;
}

export function useMetrics(query: MetricQuery, bounds: Bounds, scope: Scope, limit = 200) {
  return useInfiniteQuery({
    queryKey: ["metrics", query, bounds, scope, limit],
    initialPageParam: "",
    queryFn: async ({ pageParam, signal }) => {
      const page = given({ ...query, ...bounds, ...narrow(scope), limit, cursor: pageParam });
      const { data } = await client.GET("/api/v1/metrics", { params: { query: page }, signal });
      if (data === undefined) throw new Error("empty answer");
      return data;
    },
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
  });
}

/** The limits of all metrics. They come with the list alone, so the shortest one is asked for, whatever the page's range. */
export function useMetricLimits() {
  return useQuery({
    queryKey: ["metrics", "limits"],
    staleTime: LIMITS_STALE_MS,
    queryFn: async ({ signal }) => {
      const now = Date.now();
      const from = new Date(now - LIMITS_RANGE_MS).toISOString();
      const query = { from, to: new Date(now).toISOString(), limit: 1 };
      const { data } = await client.GET("/api/v1/metrics", { params: { query }, signal });
      if (data === undefined) throw new Error("empty answer");
      return data.limits;
    },
  });
}

export interface MetricFilter {
  kind?: string | undefined;
  service?: string | undefined;
  label: string[];
}

export function useMetricLabels(metric: string, filter: MetricFilter, bounds: Bounds, scope: Scope) {
  const params = { path: { metric }, query: given({ ...filter, ...bounds, ...narrow(scope) }) };
  return api.useQuery("get", "/api/v1/metrics/{metric}/labels", { params }, still);
}

export interface MetricChartQuery extends MetricFilter {
  unit?: string | undefined;
  aggregate?: string | undefined;
  quantile?: number | undefined;
  threshold?: number | undefined;
  group_by: string[];
}

export function useMetricChart(metric: string, query: MetricChartQuery, bounds: Bounds, scope: Scope) {
  const params = { path: { metric }, query: given({ ...query, ...bounds, ...narrow(scope) }) };
  return api.useQuery("get", "/api/v1/metrics/{metric}/chart", { params }, live);
}

export function useSlos() {
  return api.useQuery("get", "/api/v1/slos", {}, live);
}

export interface ReportOf {
  month?: string | undefined;
  owner?: string | undefined;
}

function reportQuery(of: ReportOf, lang: string): Record<string, string> {
  return { lang, ...(of.month ? { month: of.month } : {}), ...(of.owner ? { owner: of.owner } : {}) };
}

/** A month by team; the one that ended last if none is said. */
export function useMonthlyReport(of: ReportOf, lang: string) {
  const query = reportQuery(of, lang);
  return useQuery({
    queryKey: ["monthly-report", query],
    ...still,
    queryFn: async ({ signal }) => {
      const { data } = await client.GET("/api/v1/reports/monthly", { params: { query }, signal });
      // Without another format it is JSON.
      return data as MonthlyReport;
    },
  });
}

/** Where the same is as a file. */
export function monthlyReportFile(of: ReportOf, lang: string, format: "markdown" | "html"): string {
  return `/api/v1/reports/monthly?${new URLSearchParams({ ...reportQuery(of, lang), format })}`;
}

export function useAlertRules() {
  return api.useQuery("get", "/api/v1/alert-rules", {}, live);
}

export function useBudgetPolicies() {
  return api.useQuery("get", "/api/v1/budget-policies", {}, live);
}

/** Journeys; those that rest on an SLO, where one is named. */
export function useJourneys(slo?: string) {
  return api.useQuery("get", "/api/v1/journeys", { params: { query: given({ slo }) } }, live);
}

export function useJourney(name: string) {
  return api.useQuery("get", "/api/v1/journeys/{name}", { params: { path: { name } } }, live);
}

/** Reads stored spans of a week: not again by itself. */
export function useJourneySessions(name: string) {
  const params = { path: { name } };
  return api.useQuery("get", "/api/v1/journeys/{name}/sessions", { params }, { staleTime: SESSIONS_MS });
}

export function useSlas() {
  return api.useQuery("get", "/api/v1/slas", {}, live);
}

export function useSla(name: string) {
  return api.useQuery("get", "/api/v1/slas/{name}", { params: { path: { name } } }, live);
}

export function useSlo(name: string) {
  return api.useQuery(
    "get",
    "/api/v1/slos/{name}",
    { params: { path: { name } } },
    { ...live, refetchInterval: ({ state }) => (state.data?.backfilling ? FILLING_MS : LIVE_MS) },
  );
}

export function useSloSeries(name: string, bounds: Bounds) {
  const params = { path: { name }, query: bounds };
  return api.useQuery("get", "/api/v1/slos/{name}/series", { params }, still);
}

/** How the periods of an objective went, or those of the SLO as a whole. Not while its counts are still being made. */
export function useSloHistory(name: string, objective: number | undefined, enabled: boolean) {
  const params = { path: { name }, query: objective === undefined ? {} : { objective } };
  return api.useQuery(
    "get",
    "/api/v1/slos/{name}/history",
    { params },
    { enabled, refetchInterval: SPEND_MS },
  );
}

/** What may be left of the budget of the first objective from now on. */
export function useSloForecast(name: string) {
  const params = { path: { name } };
  return api.useQuery("get", "/api/v1/slos/{name}/forecast", { params }, { refetchInterval: SPEND_MS });
}

export function useSloFailures(name: string, bounds: Bounds, objective?: number, limit = 20) {
  const place = objective === undefined ? {} : { objective };
  const params = { path: { name }, query: { ...bounds, ...place, limit } };
  return api.useQuery("get", "/api/v1/slos/{name}/failures", { params }, live);
}

/** What spent the budget of an objective. Not while its counts are still being made: these would be parts of what they will be. */
export function useSloSpend(name: string, objective: number, enabled: boolean) {
  const params = { path: { name }, query: { objective } };
  return api.useQuery("get", "/api/v1/slos/{name}/spend", { params }, { enabled, refetchInterval: SPEND_MS });
}

/** Whose events spent a budget: stored ones are read for it, so it is asked once for each choice. */
export function useSloSpendBy(
  name: string,
  query: { objective: number; by: string; last?: string } & Partial<Bounds>,
) {
  return api.useQuery("get", "/api/v1/slos/{name}/spend/by", { params: { path: { name }, query } }, slow);
}

/** What of a service went out in a time; of none, nothing is asked. */
export function useDeploys(service: string, { from, to }: Bounds, limit: number) {
  const params = { query: { service, from, to, limit } };
  const enabled = service !== "";
  return api.useQuery("get", "/api/v1/deploys", { params }, { ...still, enabled, staleTime: SPEND_MS });
}

/** What was entered about an SLO's budget, a page at a time; its words are the server's, in the language of the page. */
export function useSloLedger(name: string, lang: string, limit = 20) {
  return useInfiniteQuery({
    queryKey: ["ledger", name, lang, limit],
    initialPageParam: "",
    queryFn: async ({ pageParam, signal }) => {
      const params = { path: { name }, query: given({ limit, cursor: pageParam }) };
      const { data } = await client.GET("/api/v1/slos/{name}/ledger", { params, signal });
      if (data === undefined) throw new Error("empty answer");
      return data;
    },
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
  });
}

/** What is suggested, from whose past: of requests of a service, or of what an SLO counts. */
export interface SuggestWish {
  service?: string | undefined;
  endpoint?: string | undefined;
  slo?: string | undefined;
  days: number;
  window_days: number;
}

const slow = {
  retry: false,
  staleTime: 300_000,
  refetchOnReconnect: false,
  refetchOnWindowFocus: false,
} as const;

/** Weeks are counted for it, which takes seconds: it is asked once, and stopped when the page is left or another choice made. */
export function useSloSuggestions(wish: SuggestWish) {
  return api.useQuery(
    "get",
    "/api/v1/slo-suggestions",
    { params: { query: given(wish) } },
    {
      ...slow,
      // Counters that are still being filled, as those of a new SLO, are read quickly; spans are not.
      refetchInterval: ({ state }) => (wish.slo !== undefined && state.data?.partial ? LIVE_MS : false),
    },
  );
}

/** Services with what they answered in the last days. */
export function useServicesOfDays(days: number) {
  const params = { query: { last: `${days}d` } };
  return api.useQuery("get", "/api/v1/services", { params }, { ...still, staleTime: 60_000 });
}

/** Endpoints of a service, those of the last days. */
export function useEndpointsOfDays(service: string, days: number, enabled: boolean) {
  const params = { path: { service }, query: { last: `${days}d` } };
  return api.useQuery(
    "get",
    "/api/v1/services/{service}/endpoints",
    { params },
    { enabled, staleTime: 60_000 },
  );
}

export function useIncidents(state?: string, limit = 100) {
  const params = { query: given({ state, limit }) };
  return api.useQuery("get", "/api/v1/incidents", { params }, live);
}

/** Those that are not resolved, acknowledged or not: what pages call open. */
export function useOpenIncidents() {
  return useIncidents("open,acknowledged");
}

/** All incidents, a page at a time. */
export function useIncidentPages(state?: string, limit = 100) {
  return useInfiniteQuery({
    queryKey: ["incidents", state, limit],
    initialPageParam: "",
    queryFn: async ({ pageParam, signal }) => {
      const query = given({ state, limit, cursor: pageParam });
      const { data } = await client.GET("/api/v1/incidents", { params: { query }, signal });
      if (data === undefined) throw new Error("empty answer");
      return data;
    },
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    ...live,
  });
}

export function useIncident(id: number) {
  return api.useQuery("get", "/api/v1/incidents/{id}", { params: { path: { id: String(id) } } }, live);
}

/** What changed before it began: nothing comes to that but what is noticed late. */
export function useIncidentChanges(id: number) {
  const params = { path: { id: String(id) } };
  return api.useQuery("get", "/api/v1/incidents/{id}/changes", { params }, { refetchInterval: SPEND_MS });
}

export function useTimeline(id: number) {
  return api.useQuery(
    "get",
    "/api/v1/incidents/{id}/timeline",
    { params: { path: { id: String(id) } } },
    live,
  );
}

export function useTargets() {
  return api.useQuery("get", "/api/v1/targets", {}, still);
}

export function useTokens() {
  return api.useQuery("get", "/api/v1/tokens", {}, still);
}

export function useAuditPages(limit = 100) {
  return useInfiniteQuery({
    queryKey: ["audit", limit],
    initialPageParam: "",
    queryFn: async ({ pageParam, signal }) => {
      const query = given({ limit, cursor: pageParam });
      const { data } = await client.GET("/api/v1/audit", { params: { query }, signal });
      if (data === undefined) throw new Error("empty answer");
      return data;
    },
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
  });
}

export function useQueryTables() {
  return api.useQuery("get", "/api/v1/query/tables", {}, { staleTime: Number.POSITIVE_INFINITY });
}

/** Runs a query once; leaving the page, or asking something else, stops it on the server too. */
export function useSql(sql: string) {
  // A POST carries what the session gave: before that it would be refused.
  const ready = useSession().isSuccess;
  return useQuery({
    queryKey: ["sql", sql],
    enabled: ready && sql.trim() !== "",
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
    retry: false,
    refetchOnWindowFocus: false,
    queryFn: async ({ signal }) => {
      const { data } = await client.POST("/api/v1/query", { body: { sql }, signal });
      if (data === undefined) throw new Error("empty answer");
      // Asked for as JSON, it is no file.
      return data as QueryAnswer;
    },
  });
}
