// Labelled inputs. Enter while composing Japanese never submits.
import type { FormEvent, InputHTMLAttributes, KeyboardEvent, ReactNode, SelectHTMLAttributes } from "react";
import { useTranslation } from "react-i18next";
import { composing } from "@/lib/keys";
import css from "./field.module.css";

export function Form({
  onSubmit,
  children,
  label,
  inline,
}: {
  onSubmit: () => void;
  children: ReactNode;
  label: string;
  inline?: true;
}) {
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onSubmit();
  };
  // Some input methods end a composition with the Enter that would submit the form.
  const keyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter" && composing(event)) event.preventDefault();
  };
  return (
    <form className={inline ? css.inline : css.form} aria-label={label} onSubmit={submit} onKeyDown={keyDown}>
      {children}
    </form>
  );
}

export function Field({
  label,
  error,
  children,
}: {
  label: string;
  error?: string | undefined;
  children: ReactNode;
}) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control is among the children.
    <label className={css.field}>
      <span>{label}</span>
      {children}
      {error ? (
        <span className={css.error} role="alert">
          {error}
        </span>
      ) : null}
    </label>
  );
}

export function Text(props: InputHTMLAttributes<HTMLInputElement>) {
  return (
    <input
      autoComplete="off"
      spellCheck={false}
      {...props}
      className={`${css.input} ${props.className ?? ""}`}
    />
  );
}

/** A condition in SQL over what the page is about. */
export function Condition(props: { value: string; example: string; onChange: (value: string) => void }) {
  const { t } = useTranslation();
  return (
    <Field label={t("request.where")}>
      <Text
        className={css.condition ?? ""}
        value={props.value}
        placeholder={props.example}
        onChange={(event) => props.onChange(event.target.value)}
      />
    </Field>
  );
}

export function Choice(props: SelectHTMLAttributes<HTMLSelectElement>) {
  return <select {...props} className={`${css.input} ${css.choice} ${props.className ?? ""}`} />;
}

export function Area(props: React.TextareaHTMLAttributes<HTMLTextAreaElement>) {
  return <textarea {...props} className={css.input} />;
}

export function Check({ label, ...rest }: InputHTMLAttributes<HTMLInputElement> & { label: string }) {
  return (
    <label className={css.check}>
      <input type="checkbox" {...rest} />
      {label}
    </label>
  );
}
