// A document of the server: its headings, sentences, lists and tables, as they came.
import { Link } from "@tanstack/react-router";
import type { ReportBlock, ReportText } from "@/api/model";
import { Table } from "@/ui/table";
import css from "./report.module.css";

export function Blocks({ blocks }: { blocks: readonly ReportBlock[] }) {
  let team = "";
  let heading = "";
  return (
    <div className={css.document}>
      {blocks.map((block, place) => {
        if (block.kind === "heading" && block.level === 2) team = block.text;
        if (block.kind === "heading" && block.level === 3) heading = `${team}: ${block.text}`;
        // biome-ignore lint/suspicious/noArrayIndexKey: a document is replaced as a whole.
        return <OneBlock key={place} block={block} heading={heading} />;
      })}
    </div>
  );
}

function OneBlock({ block, heading }: { block: ReportBlock; heading: string }) {
  switch (block.kind) {
    case "heading":
      return block.level === 2 ? <h2>{block.text}</h2> : <h3>{block.text}</h3>;
    case "paragraph":
      return <p>{block.text}</p>;
    case "list":
      return (
        <ul>
          {block.items.map((item) => (
            <li key={`${item.path} ${item.text}`}>
              <Words text={item} />
            </li>
          ))}
        </ul>
      );
    case "table":
      return <Rows block={block} heading={heading} />;
  }
}

interface Row {
  cells: readonly ReportText[];
  key: string;
}

function Rows({ block, heading }: { block: ReportBlock & { kind: "table" }; heading: string }) {
  const rows: Row[] = block.rows.map((cells, place) => ({ cells, key: String(place) }));
  return (
    <Table<Row>
      label={heading}
      rows={rows}
      rowKey={(row) => row.key}
      columns={block.columns.map(({ title, is_number }, place) => ({
        key: title,
        title,
        ...(is_number ? ({ align: "end" } as const) : {}),
        // What is named and what people wrote may be long.
        ...(place === 0 || (place === block.columns.length - 1 && !is_number)
          ? {}
          : ({ keep: true } as const)),
        cell: ({ cells }) => (cells[place] === undefined ? null : <Words text={cells[place]} />),
      }))}
    />
  );
}

/** Leads to the page of an SLO or an incident. */
function Words({ text }: { text: ReportText }) {
  const [, kind, name] = /^\/(slos|incidents)\/([^/]+)$/.exec(text.path ?? "") ?? [];
  if (kind === "slos" && name !== undefined) {
    return (
      <Link to="/slos/$name" params={{ name }}>
        {text.text}
      </Link>
    );
  }
  if (kind === "incidents" && name !== undefined) {
    return (
      <Link to="/incidents/$id" params={{ id: name }}>
        {text.text}
      </Link>
    );
  }
  return <>{text.text}</>;
}
