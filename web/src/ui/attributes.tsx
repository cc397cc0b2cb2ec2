// Attributes by name, exactly as they came. Where one can be searched for, it says so.
import { Fragment } from "react";
import { useTranslation } from "react-i18next";
import css from "./attributes.module.css";

export type Pick = (name: string, value: string) => void;

export function Attributes({ of, pick }: { of: Record<string, unknown>; pick?: Pick | undefined }) {
  const { t } = useTranslation();
  const names = Object.keys(of).sort();
  if (names.length === 0) return null;
  return (
    <dl className={css.attributes}>
      {names.map((name) => (
        <div key={name}>
          <dt>{breakable(name)}</dt>
          <dd>
            {textOf(of[name])}
            {pick === undefined ? null : (
              <button
                type="button"
                className={css.pick}
                aria-label={t("log.only", { name })}
                title={t("log.only", { name })}
                onClick={() => pick(name, textOf(of[name]))}
              >
                =
              </button>
            )}
          </dd>
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
