// The five states of a view: loading, error, no permission, empty, and what came. It must never show a number that
// the server did not give.
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { QueryLimits, SampledSpans } from "@/api/model";
import { useFormat } from "@/lib/view";
import css from "./answer.module.css";
import { Button } from "./button";
import { mayMend, useComplaint } from "./complaint";
import { partialBy } from "./partial";

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

interface TroubleProps {
  error: unknown;
  retry: () => unknown;
  /** What a query may use, where one failed. */
  limits?: QueryLimits | undefined;
}

/** Says what failed and what to do, then the server's own words. Another try is offered where it may help. */
export function Trouble({ error, retry, limits }: TroubleProps) {
  const { t } = useTranslation();
  const { trouble, what, next, detail } = useComplaint(limits)(error);
  return (
    <div className={css.trouble} role="alert" data-view={trouble === "forbidden" ? "forbidden" : "error"}>
      <p>
        <strong>{what}</strong>
      </p>
      <p>{next}</p>
      {detail === "" ? null : <p className={css.detail}>{t("trouble.detail", { text: detail })}</p>}
      {mayMend(trouble) ? <Button onClick={() => retry()}>{t("trouble.retry")}</Button> : null}
    </div>
  );
}

function Stale({ error, retry }: TroubleProps) {
  const { t } = useTranslation();
  const { trouble, what, detail } = useComplaint()(error);
  return (
    <div className={css.notice} role="status" data-view="stale">
      <p>
        {[t("trouble.stale"), what].join(t("sentenceGap"))}{" "}
        {mayMend(trouble) ? (
          <button type="button" className={css.link} onClick={() => retry()}>
            {t("trouble.retry")}
          </button>
        ) : null}
      </p>
      {detail === "" ? null : <p className={css.detail}>{t("trouble.detail", { text: detail })}</p>}
    </div>
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
      {envelope.partial ? (
        <Partial warnings={warnings} />
      ) : warnings.length > 0 ? (
        <p>{t("trouble.warned")}</p>
      ) : null}
      {warnings.map((warning) => (
        <p key={warning} className={css.detail}>
          {t("trouble.detail", { text: warning })}
        </p>
      ))}
      {part === undefined ? null : <p>{props.sampled?.(part) ?? <SampledHours part={part} />}</p>}
    </div>
  );
}

/** Why the answer is not complete, and what helps: the store's page only where something could not be read. */
function Partial({ warnings }: { warnings: readonly string[] }) {
  const { t } = useTranslation();
  const { early, unread } = partialBy(warnings);
  if (!early && !unread) return <p>{t("trouble.partial")}</p>;
  return (
    <>
      {early ? <p>{t("trouble.partialEarly")}</p> : null}
      {unread ? (
        <p>
          {t("trouble.partialUnread")} <Link to="/store">{t("trouble.partialNext")}</Link>
        </p>
      ) : null}
    </>
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
