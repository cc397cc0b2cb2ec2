// Copying: a snippet or the absolute address of this view.
import { Check, Copy } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "./button";
import css from "./link.module.css";

export function CopyButton({ text, label }: { text: string | (() => string); label: string }) {
  const { t } = useTranslation();
  const [done, setDone] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(typeof text === "string" ? text : text());
    setDone(true);
    window.setTimeout(() => setDone(false), 2000);
  };
  return (
    <Button weight="quiet" className={css.copy ?? ""} onClick={() => void copy()}>
      {done ? <Check size={14} aria-hidden="true" /> : <Copy size={14} aria-hidden="true" />}
      <span aria-live="polite">{done ? t("copied") : label}</span>
    </Button>
  );
}

export function Snippet({ text, label }: { text: string; label: string }) {
  const { t } = useTranslation();
  return (
    <div className={css.snippet}>
      <CopyButton text={text} label={t("copy")} />
      <Pre label={label} text={text} />
    </div>
  );
}

/** Text as it is; its long lines scroll, so the keyboard must be able to reach it. */
export function Pre({ text, label }: { text: string; label: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard.
    <section className={css.pre} tabIndex={0} aria-label={label}>
      <pre>{text}</pre>
    </section>
  );
}

/** Only web addresses become links: what people wrote may hold anything. */
export function Outside({ href }: { href: string }) {
  if (!/^https?:\/\//.test(href)) return <>{href}</>;
  return (
    <a href={href} rel="noreferrer">
      {href}
    </a>
  );
}
