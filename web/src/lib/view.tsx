// What every page shares from the address: range, environment and time zone. It must never hold such a choice
// anywhere else: a copied address shows the same view.
import { useMatches, useNavigate, useSearch } from "@tanstack/react-router";
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Format, makeFormat, type Zone } from "./format";
import type { Lang } from "./locale";
import { type Bounds, instant, isRange, lastBounds, type RangeName, rangeSecs } from "./range";

export interface ViewSearch {
  range?: RangeName | undefined;
  from?: string | undefined;
  to?: string | undefined;
  env?: string | undefined;
  tz?: "utc" | undefined;
}

declare module "@tanstack/react-router" {
  interface StaticDataRouteOption {
    /** The range of a page whose address names none. */
    range?: RangeName;
    /** False where a page has no use for a range. */
    ranged?: boolean;
  }
}

export function readView(raw: Record<string, unknown>): ViewSearch {
  const from = instant(raw.from);
  const to = instant(raw.to);
  const fixed = from !== null && to !== null && from < to;
  return {
    range: !fixed && isRange(raw.range) ? raw.range : undefined,
    from: fixed ? from : undefined,
    to: fixed ? to : undefined,
    env: typeof raw.env === "string" && raw.env !== "" ? raw.env : undefined,
    tz: raw.tz === "utc" ? "utc" : undefined,
  };
}

const Now = createContext(0);
const TICK_MS = 15_000;

/** One clock for the whole page, so that two tables never disagree about "now". */
export function NowProvider({ children }: { children: ReactNode }) {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = window.setInterval(() => setNow(Date.now()), TICK_MS);
    return () => window.clearInterval(timer);
  }, []);
  return <Now.Provider value={now}>{children}</Now.Provider>;
}

export function useNow(): number {
  return useContext(Now);
}

export interface View {
  bounds: Bounds;
  range: RangeName | null;
  environment: string | undefined;
  scope: { environment: string | undefined };
  zone: Zone;
  ranged: boolean;
}

export function useView(): View {
  const search = useSearch({ strict: false }) as ViewSearch;
  const data = useMatches().at(-1)?.staticData;
  const minute = Math.ceil(useNow() / 60_000) * 60_000;
  const range = search.from ? null : (search.range ?? data?.range ?? "1h");
  const { from, to, env } = search;
  return useMemo(
    () => ({
      bounds: range === null ? { from: from ?? "", to: to ?? "" } : lastBounds(rangeSecs(range), minute),
      range,
      environment: env,
      scope: { environment: env },
      zone: search.tz === "utc" ? ("utc" as const) : ("local" as const),
      ranged: data?.ranged !== false,
    }),
    [range, from, to, env, minute, search.tz, data?.ranged],
  );
}

export function useFormat(): Format {
  const { t, i18n } = useTranslation();
  const search = useSearch({ strict: false }) as ViewSearch;
  const zone: Zone = search.tz === "utc" ? "utc" : "local";
  const none = t("none");
  return useMemo(() => makeFormat(i18n.language as Lang, zone, none), [i18n.language, zone, none]);
}

/** Changes part of the address of the page that is shown, in place. */
export function useSetSearch(): (change: Record<string, string | undefined>) => void {
  const navigate = useNavigate();
  return (change) => {
    void navigate({
      to: ".",
      search: (old: Record<string, unknown>) => ({ ...old, ...change }),
      replace: true,
      resetScroll: false,
    } as never);
  };
}
