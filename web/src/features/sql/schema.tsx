// The tables and what their columns say, in the server's own words; a click writes a name into the query.
import { useTranslation } from "react-i18next";
import type { QueryLimits, QueryTable } from "@/api/model";
import { useQueryTables } from "@/api/reads";
import { useFormat } from "@/lib/view";
import { Answer } from "@/ui/answer";
import { Muted, Section } from "@/ui/page";
import css from "./page.module.css";

const MIB = 1024 * 1024;

export function Schema({ insert }: { insert: (name: string) => void }) {
  const { t } = useTranslation();
  const query = useQueryTables();
  return (
    <Section title={t("sql.tables")}>
      <Answer query={query} rows={4}>
        {(data) => (
          <>
            {data.tables.map((table) => (
              <Table key={table.name} table={table} insert={insert} />
            ))}
            <Limits limits={data.limits} />
          </>
        )}
      </Answer>
    </Section>
  );
}

function Table({ table, insert }: { table: QueryTable; insert: (name: string) => void }) {
  const { t } = useTranslation();
  return (
    <details className={css.table}>
      <summary>
        <code>{table.name}</code> <Muted>{table.description}</Muted>
      </summary>
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
