// One trace: what happened in sentences, the waterfall, and all about the span that is selected.
import { Link, useNavigate } from "@tanstack/react-router";
import { useCallback, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Explanation, Span } from "@/api/model";
import { useExplanation, useTrace } from "@/api/reads";
import { useKeys } from "@/lib/keys";
import { useFormat } from "@/lib/view";
import { Answer, Empty, Notices } from "@/ui/answer";
import { Kbd } from "@/ui/kbd";
import { isMissing, NoSuch } from "@/ui/no-such";
import { Page } from "@/ui/page";
import { Glyph } from "@/ui/state";
import { ExplanationText } from "./explanation";
import { isTraceId } from "./id";
import { RequestLogs } from "./logs";
import css from "./page.module.css";
import { SpanPanel } from "./panel";
import { buildTree, failed, nextError, type Row, type Tree, unfolded } from "./tree";
import { Waterfall } from "./waterfall";

export function TracePage({ traceId, span }: { traceId: string; span: string | undefined }) {
  const { t } = useTranslation();
  const f = useFormat();
  const query = useTrace(traceId);
  const explanation = useExplanation(traceId, query.data?.spans.length !== 0);
  if (isMissing(query)) {
    return (
      <NoSuch kind="trace" name={traceId}>
        <LinesOf traceId={traceId} />
      </NoSuch>
    );
  }
  if (query.data === undefined || query.data.spans.length === 0) {
    return (
      <Page title={t("trace.title", { id: traceId.slice(0, 8) })}>
        <Answer query={query} rows={10}>
          {(data) => <NoSpans partial={data.partial} />}
        </Answer>
      </Page>
    );
  }
  return (
    <Trace
      key={traceId}
      traceId={traceId}
      spans={query.data.spans}
      chosen={span}
      explanation={explanation.data}
      unexplained={explanation.error !== null}
    >
      <Notices
        envelope={query.data}
        sampled={({ kept, of }) => t("trace.sampled", { kept: f.count(kept), of: f.count(of) })}
      />
    </Trace>
  );
}

/** Lines carry the ids of traces whose spans were sampled out, have expired, or were never sent. */
function LinesOf({ traceId }: { traceId: string }) {
  const { t } = useTranslation();
  if (!isTraceId(traceId)) return null;
  return (
    <div>
      <Link to="/logs" search={{ where: `trace_id = '${traceId.toLowerCase()}'`, range: "30d" }}>
        {t("trace.searchLines")}
      </Link>
    </div>
  );
}

/** A trace that exists but has nothing to show: what is known of that must not read like a trace without spans. */
function NoSpans({ partial }: { partial: boolean }) {
  const { t } = useTranslation();
  if (!partial) return <Empty title={t("trace.empty")} />;
  return <Empty title={t("trace.unread")}>{t("trace.unreadNext")}</Empty>;
}

function Trace(props: {
  traceId: string;
  spans: readonly Span[];
  chosen: string | undefined;
  explanation: Explanation | undefined;
  unexplained: boolean;
  children: React.ReactNode;
}) {
  const { t } = useTranslation();
  const { explanation } = props;
  const tree = useMemo(() => buildTree(props.spans), [props.spans]);
  const choice = useChoice(tree, props.chosen, explanation);
  return (
    <Page
      title={useTitle(tree)}
      glyph={<Glyph state={tree.errors > 0 ? "critical" : "fine"} size={17} />}
      lead={
        explanation ? (
          <ExplanationText explanation={explanation} />
        ) : props.unexplained ? (
          <p>{t("trace.unexplained")}</p>
        ) : undefined
      }
    >
      {props.children}
      <div className={css.columns}>
        <div className={css.left}>
          <Bar tree={tree} />
          <Waterfall tree={tree} choice={choice} />
          <RequestLogs traceId={props.traceId} tree={tree} />
        </div>
        {choice.row === undefined ? null : <SpanPanel traceId={props.traceId} row={choice.row} tree={tree} />}
      </div>
    </Page>
  );
}

function useTitle(tree: Tree): string {
  const { t } = useTranslation();
  const f = useFormat();
  const root = tree.rows[0]?.span;
  const values = { name: root?.name ?? "", took: f.ms((root?.duration_ns ?? 0) / 1e6) };
  return root !== undefined && failed(root) ? t("trace.failed", values) : t("trace.took", values);
}

function Bar({ tree }: { tree: Tree }) {
  const { t } = useTranslation();
  const f = useFormat();
  return (
    <div className={css.bar}>
      <span>
        {[
          t("trace.spans", { count: tree.rows.length, n: f.count(tree.rows.length) }),
          t("trace.services", { count: tree.services }),
          t("trace.errors", { count: tree.errors }),
          ...(tree.orphans > 0 ? [t("trace.orphans", { count: tree.orphans })] : []),
        ].join(" · ")}
      </span>
      <span className={css.hint}>
        <Kbd>e</Kbd> {t("trace.nextError")}
      </span>
    </div>
  );
}

export interface Choice {
  rows: Row[];
  row: Row | undefined;
  index: number;
  folded: ReadonlySet<string>;
  select: (spanId: string) => void;
  fold: (spanId: string) => void;
}

/** The selected span lives in the address; without one it is the cause, else the first error, else the root. */
function useChoice(tree: Tree, chosen: string | undefined, explanation: Explanation | undefined): Choice {
  const navigate = useNavigate();
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  const rows = useMemo(() => unfolded(tree.rows, folded), [tree, folded]);
  const wanted =
    chosen ?? explanation?.cause?.span_id ?? tree.rows.find((row) => failed(row.span))?.span.span_id;
  const index = Math.max(
    0,
    rows.findIndex((row) => row.span.span_id === wanted),
  );
  const select = useCallback(
    (spanId: string) => {
      const search = (old: object) => ({ ...old, span: spanId });
      void navigate({ to: ".", search: search as never, replace: true, resetScroll: false });
    },
    [navigate],
  );
  const fold = useCallback((spanId: string) => {
    setFolded((old) => {
      const next = new Set(old);
      if (!next.delete(spanId)) next.add(spanId);
      return next;
    });
  }, []);
  useChoiceKeys(tree, rows, index, select, setFolded);
  return { rows, row: rows[index], index, folded, select, fold };
}

function useChoiceKeys(
  tree: Tree,
  rows: Row[],
  index: number,
  select: (spanId: string) => void,
  setFolded: (folded: ReadonlySet<string>) => void,
): void {
  const handle = useCallback(
    (key: string) => {
      const to = (row: Row | undefined) => {
        if (row !== undefined) select(row.span.span_id);
        return true;
      };
      if (key === "j") return to(rows[Math.min(index + 1, rows.length - 1)]);
      if (key === "k") return to(rows[Math.max(index - 1, 0)]);
      if (key !== "e") return false;
      const at = tree.rows.indexOf(rows[index] as Row);
      const error = nextError(tree.rows, at);
      if (error === null) return true;
      setFolded(new Set());
      return to(tree.rows[error]);
    },
    [tree, rows, index, select, setFolded],
  );
  useKeys(handle);
}
