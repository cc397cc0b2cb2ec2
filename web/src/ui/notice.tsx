// What a reader must not miss about what is shown, and what to do. It must never be the only place that says a number.
import type { ReactNode } from "react";
import css from "./notice.module.css";
import { Glyph } from "./state";

export function Notice({ title, view, children }: { title: string; view: string; children: ReactNode }) {
  return (
    <div className={css.notice} role="status" data-view={view}>
      <p className={css.title}>
        <Glyph state="rising" /> {title}
      </p>
      {children}
    </div>
  );
}
