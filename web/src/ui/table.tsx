// Tables carry the page: hairlines, numbers to the right, one link that heads each row for the keyboard.
import { Link, type LinkProps } from "@tanstack/react-router";
import type { ReactNode } from "react";
import css from "./table.module.css";

export interface Column<Row> {
  key: string;
  title: string;
  cell: (row: Row) => ReactNode;
  align?: "end";
  /** Left out where the page is narrow: the row's link leads to it. */
  wide?: true;
  width?: string;
  /** Never broken over lines: an instant, an amount. */
  keep?: true;
}

export function Table<Row>({
  label,
  columns,
  rows,
  rowKey,
  selected,
}: {
  label: string;
  columns: Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  selected?: string | undefined;
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard.
    <section className={css.scroll} tabIndex={0} aria-label={label}>
      <table className={css.table}>
        <caption>{label}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.key} scope="col" className={cellClass(column)} style={{ width: column.width }}>
                {column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={rowKey(row)} aria-current={selected === rowKey(row) ? "true" : undefined}>
              {columns.map((column) => (
                <td key={column.key} className={cellClass(column)}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function cellClass<Row>(column: Column<Row>): string {
  const classes = [
    column.align === "end" ? css.end : "",
    column.wide ? css.wide : "",
    column.keep ? css.keep : "",
  ];
  return classes.filter(Boolean).join(" ");
}

/** The link that heads a row: j and k walk along these, Enter follows. */
export function RowLink({ children, rowId, ...link }: LinkProps & { children: ReactNode; rowId?: string }) {
  return (
    <Link {...(link as LinkProps)} className={css.rowLink} data-row={rowId ?? ""}>
      {children}
    </Link>
  );
}

export function Clip({ children, title }: { children: ReactNode; title?: string }) {
  return (
    <span className={css.clip} title={title}>
      {children}
    </span>
  );
}
