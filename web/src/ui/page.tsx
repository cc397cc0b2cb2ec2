// The frame of every page: a title, a sentence that says what is the case, then sections.
import { type ReactNode, useEffect } from "react";
import css from "./page.module.css";

export function Page({
  title,
  glyph,
  lead,
  aside,
  children,
}: {
  title: string;
  glyph?: ReactNode;
  lead?: ReactNode;
  aside?: ReactNode;
  children: ReactNode;
}) {
  useEffect(() => {
    document.title = `${title} · ippo`;
  }, [title]);
  return (
    <>
      <div className={css.head}>
        <h1 className={css.title}>
          {glyph}
          <span>{title}</span>
        </h1>
        {aside}
      </div>
      {lead === undefined ? null : <div className={css.lead}>{lead}</div>}
      {children}
    </>
  );
}

export function Section({
  title,
  note,
  actions,
  children,
  id,
}: {
  title: ReactNode;
  note?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
  id?: string;
}) {
  return (
    <section className={css.section} id={id}>
      <div className={css.sectionHead}>
        <h2>{title}</h2>
        {note === undefined ? null : <span className={css.note}>{note}</span>}
        {actions === undefined ? null : <span className={css.actions}>{actions}</span>}
      </div>
      {children}
    </section>
  );
}

/** Ways to the pages beside this one, in its head. */
export function Ways({ children }: { children: ReactNode }) {
  return <div className={css.ways}>{children}</div>;
}

/** A wide column and a narrow one beside it; one below the other where there is no room. */
export function Columns({ children, side }: { children: ReactNode; side: ReactNode }) {
  return (
    <div className={css.columns}>
      <div>{children}</div>
      <aside>{side}</aside>
    </div>
  );
}

export function Halves({ children }: { children: ReactNode }) {
  return <div className={css.halves}>{children}</div>;
}

export function Facts({ children }: { children: ReactNode }) {
  return <dl className={css.facts}>{children}</dl>;
}

export function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

export function Muted({ children }: { children: ReactNode }) {
  return <span className={css.muted}>{children}</span>;
}
