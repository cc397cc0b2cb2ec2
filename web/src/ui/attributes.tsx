// Attributes by name, exactly as they came.
import css from "./attributes.module.css";

export function Attributes({ of }: { of: Record<string, unknown> }) {
  const names = Object.keys(of).sort();
  if (names.length === 0) return null;
  return (
    <dl className={css.attributes}>
      {names.map((name) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{textOf(of[name])}</dd>
        </div>
      ))}
    </dl>
  );
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
