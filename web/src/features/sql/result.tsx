// What a query answers: rows, of which only those in sight are in the document, or a plan, or what is wrong with it.
import { Link } from "@tanstack/react-router";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { QueryAnswer } from "@/api/model";
import { useQueryTables } from "@/api/reads";
import { useQueryFile } from "@/api/writes";
import { useFormat } from "@/lib/view";
import { Empty, Notices, Trouble } from "@/ui/answer";
import { Button } from "@/ui/button";
import { useComplaint, wrongPlace } from "@/ui/complaint";
import { CopyButton, Pre } from "@/ui/link";
import { Section } from "@/ui/page";
import css from "./page.module.css";
import { cellText, isNumber, marked, widths } from "./shape";

const ROW_PX = 27;
const OVERSCAN = 12;
const TRACE_ID = /^[0-9a-f]{32}$/;

export function Result({ answer, sql }: { answer: QueryAnswer; sql: string }) {
  const { t } = useTranslation();
  const f = useFormat();
  if (answer.plan) return <Plan answer={answer} />;
  const count = answer.rows.length;
  const took = f.ms(answer.elapsed_ms);
  return (
    <Section
      title={t("sql.result")}
      note={t("sql.rows", { count, n: f.count(count), took })}
      actions={<Files sql={sql} />}
    >
      <Notices envelope={answer} />
      {answer.truncated ? (
        <p className={css.cut} role="status">
          {t("sql.truncated", {
            rows: f.count(answer.limits.rows),
            fileRows: f.count(answer.limits.file_rows),
          })}
        </p>
      ) : null}
      {count === 0 ? <Empty title={t("sql.noRows")} /> : <Rows answer={answer} />}
    </Section>
  );
}

function Plan({ answer }: { answer: QueryAnswer }) {
  const { t } = useTranslation();
  return (
    <Section title={t("sql.plan")}>
      {answer.rows.map((row) => (
        <div key={String(row[0])} className={css.plan}>
          <h3>{cellText(row[0])}</h3>
          <Pre label={t("sql.plan")} text={cellText(row[1]) ?? ""} />
        </div>
      ))}
    </Section>
  );
}

function Files({ sql }: { sql: string }) {
  const { t } = useTranslation();
  const f = useFormat();
  const file = useQueryFile();
  const limits = useQueryTables().data?.limits;
  const complaint = useComplaint(limits);
  const fetchFile = async (format: "csv" | "parquet") => {
    const made = await file.mutateAsync({ sql, format });
    const link = document.createElement("a");
    link.href = URL.createObjectURL(made.blob);
    link.download = made.name;
    link.click();
    URL.revokeObjectURL(link.href);
  };
  // What went wrong is shown below; nobody else waits for it.
  const begin = (format: "csv" | "parquet") => void fetchFile(format).catch(() => undefined);
  const busy = file.isPending;
  return (
    <>
      <span role="status" className={css.hint}>
        {file.error ? t("sql.fileFailed", { why: complaint(file.error).what }) : null}
        {file.data?.truncated ? t("sql.fileCut", { rows: f.count(file.data.rows) }) : null}
      </span>
      <CopyButton text={() => window.location.href} label={t("sql.copyLink")} />
      <Button weight="quiet" disabled={busy} onClick={() => begin("csv")}>
        {t("log.export", { form: "CSV" })}
      </Button>
      <Button weight="quiet" disabled={busy} onClick={() => begin("parquet")}>
        {t("log.export", { form: "Parquet" })}
      </Button>
    </>
  );
}

function Rows({ answer }: { answer: QueryAnswer }) {
  const { t } = useTranslation();
  const scroller = useRef<HTMLElement>(null);
  const chars = useMemo(() => widths(answer), [answer]);
  const virtual = useVirtualizer({
    count: answer.rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: OVERSCAN,
  });
  const items = virtual.getVirtualItems();
  const above = items[0]?.start ?? 0;
  const below = virtual.getTotalSize() - (items.at(-1)?.end ?? 0);
  // Columns may share a name, and never move.
  const columns = answer.columns.map((column, at) => ({
    key: `${at}/${column.name}`,
    name: column.name,
    type: column.type,
    className: isNumber(column.type) ? css.number : "",
    width: `calc(${chars[at]}ch + 24px)`,
  }));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard.
    <section ref={scroller} className={css.scroller} tabIndex={0} aria-label={t("sql.result")}>
      <table className={css.rows} aria-rowcount={answer.rows.length + 1}>
        <colgroup>
          {columns.map((column) => (
            <col key={column.key} style={{ width: column.width }} />
          ))}
        </colgroup>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.key} scope="col" title={column.type} className={column.className}>
                {column.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <Spacer px={above} columns={answer.columns.length} />
          {items.map((item) => (
            <tr key={item.key} aria-rowindex={item.index + 2}>
              {columns.map((column, at) => {
                const value = answer.rows[item.index]?.[at];
                return (
                  <td key={column.key} className={column.className} title={cellText(value) ?? undefined}>
                    <Cell value={value} name={column.name} />
                  </td>
                );
              })}
            </tr>
          ))}
          <Spacer px={below} columns={answer.columns.length} />
        </tbody>
      </table>
    </section>
  );
}

function Spacer({ px, columns }: { px: number; columns: number }) {
  if (px <= 0) return null;
  return (
    <tr>
      <td colSpan={columns} className={css.spacer} style={{ height: px }} />
    </tr>
  );
}

function Cell({ value, name }: { value: unknown; name: string }) {
  const f = useFormat();
  const text = cellText(value);
  if (text === null) return <span className={css.null}>{f.none}</span>;
  if (name === "trace_id" && TRACE_ID.test(text)) {
    return (
      <Link to="/traces/$traceId" params={{ traceId: text }}>
        {text}
      </Link>
    );
  }
  return text;
}

/** What is wrong, and where in the query. */
export function WrongQuery(props: {
  error: unknown;
  sql: string;
  retry: () => unknown;
  show: (line: number, column: number) => void;
}) {
  const { t } = useTranslation();
  const limits = useQueryTables().data?.limits;
  const place = wrongPlace(props.error);
  const [line, column] = [place?.line ?? null, place?.column ?? null];
  return (
    <Section title={t("sql.result")}>
      <Trouble error={props.error} retry={props.retry} limits={limits} />
      {line === null || column === null ? null : (
        <div className={css.place}>
          <Pre label={t("sql.place", { line, column })} text={marked(props.sql, line, column)} />
          <Button onClick={() => props.show(line, column)}>{t("sql.place", { line, column })}</Button>
        </div>
      )}
    </Section>
  );
}
