// While weeks are counted: what is going on, for how long by now, and the room that the answer will take.
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "@/lib/view";
import css from "./waiting.module.css";

/** Before that nobody looks at a clock. */
const TOLD_AFTER_SECS = 2;

export function Waiting({ days }: { days: number }) {
  const { t } = useTranslation();
  const f = useFormat();
  const secs = useSeconds();
  return (
    <div className={css.waiting} data-view="loading">
      <p className={css.text}>
        <span role="status">{t("suggest.waiting", { past: f.span(days * 86_400) })}</span>{" "}
        {secs >= TOLD_AFTER_SECS ? <span aria-hidden="true">{f.span(secs)}</span> : null}
      </p>
      <div className={css.columns} aria-hidden="true">
        <div className={css.rows}>
          {Array.from({ length: 12 }, (_, row) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the rows are all alike and never move.
            <span key={row} />
          ))}
        </div>
        <div className={css.side} />
      </div>
    </div>
  );
}

function useSeconds(): number {
  const [secs, setSecs] = useState(0);
  useEffect(() => {
    const timer = window.setInterval(() => setSecs((before) => before + 1), 1000);
    return () => window.clearInterval(timer);
  }, []);
  return secs;
}
