// The five states of a view: loading, error, no permission, empty, and what came. It must never show a number that
// the server did not give.
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { SampledSpans } from "@/api/model";
import { detailOf, statusOf } from "@/api/problem";
import { useFormat } from "@/lib/view";
import css from "./answer.module.css";
import { Button } from "./button";

interface Query<Data> {
  data: Data | undefined;
  error: unknown;
  isPending: boolean;
  refetch: () => unknown;
}

interface Envelope {
  warnings?: readonly string[] | undefined;
  partial?: boolean | undefined;
  sampled?: SampledSpans | null | undefined;
}

export function Answer<Data>(props: {
  query: Query<Data>;
  isEmpty?: (data: Data) => boolean;
  empty?: ReactNode;
  rows?: number;
  children: (data: Data) => ReactNode;
}) {
  const { query } = props;
  if (query.data === undefined) {
    if (query.isPending) return <Loading rows={props.rows ?? 4} />;
    return <Trouble error={query.error} retry={query.refetch} />;
  }
  const data = query.data;
  return (
    <>
      {query.error ? <Stale error={query.error} retry={query.refetch} /> : null}
      <Notices envelope={data as Envelope} />
      {props.isEmpty?.(data) ? props.empty : props.children(data)}
    </>
  );
}

export function Loading({ rows }: { rows: number }) {
  const { t } = useTranslation();
  return (
    <div className={css.loading} role="status" aria-label={t("loading")} data-view="loading">
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the rows are all alike and never move.
        <span key={row} />
      ))}
    </div>
  );
}

/** Says what failed in a sentence, then in the server's own words, and what to do. */
export function Trouble({ error, retry }: { error: unknown; retry: () => unknown }) {
  const { t } = useTranslation();
  const status = statusOf(error);
  const kind = kindOf(status);
  return (
    <div className={css.trouble} role="alert" data-view={kind === "forbidden" ? "forbidden" : "error"}>
      <p>
        <strong>{t(`trouble.${kind}`)}</strong>
      </p>
      {kind === "offline" || detailOf(error) === "" ? null : <p className={css.detail}>{detailOf(error)}</p>}
      <p>{t(`trouble.${kind}Next`)}</p>
      {kind === "forbidden" ? null : <Button onClick={() => retry()}>{t("trouble.retry")}</Button>}
    </div>
  );
}

function kindOf(status: number): "offline" | "forbidden" | "missing" | "badInput" | "busy" | "broken" {
  if (status === 0) return "offline";
  if (status === 403) return "forbidden";
  if (status === 404) return "missing";
  if (status === 400 || status === 422) return "badInput";
  if (status === 429 || status === 503) return "busy";
  return "broken";
}

function Stale({ error, retry }: { error: unknown; retry: () => unknown }) {
  const { t } = useTranslation();
  return (
    <p className={css.notice} role="status" data-view="stale">
      {t("trouble.stale")} {detailOf(error)}{" "}
      <button type="button" className={css.link} onClick={() => retry()}>
        {t("trouble.retry")}
      </button>
    </p>
  );
}

/** What of the answer is missing or worth knowing. `sampled` words the hours of which only some traces are stored. */
export function Notices(props: { envelope: Envelope; sampled?: (part: SampledSpans) => string }) {
  const { t } = useTranslation();
  const { envelope } = props;
  const warnings = envelope.warnings ?? [];
  const part = envelope.sampled ?? undefined;
  if (!envelope.partial && warnings.length === 0 && part === undefined) return null;
  return (
    <div className={css.notice} role="status" data-view={envelope.partial ? "partial" : "warning"}>
      {envelope.partial ? <p>{t("trouble.partial")}</p> : null}
      {warnings.map((warning) => (
        <p key={warning}>{warning}</p>
      ))}
      {part === undefined ? null : <p>{props.sampled?.(part) ?? <SampledHours part={part} />}</p>}
    </div>
  );
}

function SampledHours({ part: { from, to, kept, of } }: { part: SampledSpans }) {
  const { t } = useTranslation();
  const f = useFormat();
  return t("trouble.sampled", {
    from: f.dateTime(from),
    to: f.dateTime(to),
    kept: f.count(kept),
    of: f.count(of),
  });
}

/** Nothing here, why that may be, and where to go on. */
export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className={css.empty} data-view="empty">
      <p>{title}</p>
      {children === undefined ? null : <div>{children}</div>}
    </div>
  );
}
