// The tables and what their columns say, in the server's own words; a click writes a name into the query.
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { QueryLimits, QueryTable } from "@/api/model";
import { useQueryTables } from "@/api/reads";
import { useFormat } from "@/lib/view";
import { Answer } from "@/ui/answer";
import { Muted, Section } from "@/ui/page";
import css from "./page.module.css";
import { isShown } from "./shape";

const MIB = 1024 * 1024;

/** Where there is room beside the query, as the page's columns are laid out. */
const BESIDE = "(width > 1080px)";

export function Schema({ asked, insert }: { asked: string; insert: (name: string) => void }) {
  const { t } = useTranslation();
  const query = useQueryTables();
  return (
    <Section title={t("sql.tables")}>
      <Answer query={query} rows={4}>
        {(data) => (
          <>
            {data.tables.map((table, at) => (
              <Table
                key={table.name}
                table={table}
                insert={insert}
                open={window.matchMedia(BESIDE).matches && isShown(table.name, at, asked)}
              />
            ))}
            <Limits limits={data.limits} />
          </>
        )}
      </Answer>
    </Section>
  );
}

function Table(props: { table: QueryTable; open: boolean; insert: (name: string) => void }) {
  const { table, insert } = props;
  const { t } = useTranslation();
  const f = useFormat();
  const count = table.columns.length;
  // Only at first: what the reader opens or closes stays.
  const [first] = useState(props.open);
  return (
    <details className={css.table} open={first}>
      <summary>
        <code>{table.name}</code>{" "}
        <span className={css.count}>{t("sql.columns", { count, n: f.count(count) })}</span>
      </summary>
      <p className={css.what}>
        {table.description}{" "}
        <button type="button" onClick={() => insert(table.name)}>
          {t("sql.insert", { name: table.name })}
        </button>
      </p>
      <dl>
        {table.columns.map((column) => (
          <div key={column.name}>
            <dt>
              <button
                type="button"
                title={t("sql.insert", { name: column.name })}
                onClick={() => insert(column.name)}
              >
                {column.name}
              </button>{" "}
              <Muted>{column.type}</Muted>
            </dt>
            <dd>{column.description}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

function Limits({ limits }: { limits: QueryLimits }) {
  const { t } = useTranslation();
  const f = useFormat();
  return (
    <p className={css.limits}>
      {t("sql.limits", {
        rows: f.count(limits.rows),
        fileRows: f.count(limits.file_rows),
        time: f.span(limits.time_secs),
        memory: f.count(Math.round(limits.memory_bytes / MIB)),
      })}
    </p>
  );
}
