// One of a few, each with a sentence that says what it means. For more, or for what needs no sentence, there is `Choice`.
import { useId } from "react";
import css from "./options.module.css";

export interface Option<Value extends string> {
  value: Value;
  label: string;
  why: string;
}

export function Options<Value extends string>(props: {
  label: string;
  value: Value;
  options: readonly Option<Value>[];
  onChange: (value: Value) => void;
}) {
  const id = useId();
  return (
    <fieldset className={css.options}>
      <legend>{props.label}</legend>
      {props.options.map(({ value, label, why }) => (
        <label key={value} className={css.option}>
          <input
            type="radio"
            name={id}
            checked={props.value === value}
            onChange={() => props.onChange(value)}
            aria-labelledby={`${id}${value}`}
            aria-describedby={`${id}${value}-why`}
          />
          <span id={`${id}${value}`}>{label}</span>
          <span id={`${id}${value}-why`} className={css.why}>
            {why}
          </span>
        </label>
      ))}
    </fieldset>
  );
}
