// Attributes by name, exactly as they came.
import { Fragment } from "react";
import css from "./attributes.module.css";

export function Attributes({ of }: { of: Record<string, unknown> }) {
  const names = Object.keys(of).sort();
  if (names.length === 0) return null;
  return (
    <dl className={css.attributes}>
      {names.map((name) => (
        <div key={name}>
          <dt>{breakable(name)}</dt>
          <dd>{textOf(of[name])}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Lets a long dotted name break after its dots, without a character that a copy would carry along. */
function breakable(name: string) {
  const parts = name.split(/(?<=[._/])/);
  return parts.map((part, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one name never move.
    <Fragment key={index}>
      {part}
      <wbr />
    </Fragment>
  ));
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
