// Lines as they come, above those that were found. It must never keep a connection that nobody asked for.
import { type ReactNode, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useLogTail } from "@/api/tail";
import { newestFirst } from "@/lib/order";
import { useFormat, useSetSearch, useView } from "@/lib/view";
import { Trouble } from "@/ui/answer";
import { Button } from "@/ui/button";
import { LogLines } from "@/ui/log-lines";
import { Muted, Section } from "@/ui/page";
import css from "./page.module.css";
import { filterOf, type LogSearch } from "./search";

interface LiveProps {
  search: LogSearch;
  follow: () => void;
  /** What stands here where nobody follows and nothing came. */
  begin: ReactNode;
}

export default function Live({ search, follow, begin }: LiveProps) {
  const { t } = useTranslation();
  const f = useFormat();
  const { scope } = useView();
  const set = useSetSearch();
  const on = search.live === "1";
  const tail = useLogTail(filterOf(search), scope, on);
  // They come as they are sent: by service, and some late.
  const lines = useMemo(() => newestFirst(tail.lines), [tail.lines]);
  const pause = () => set({ live: undefined });
  const button = on ? (
    <Button onClick={pause}>{t("log.pause")}</Button>
  ) : (
    <Button onClick={follow}>{tail.lines.length > 0 ? t("log.resume") : t("log.follow")}</Button>
  );
  if (!on && tail.lines.length === 0) return begin;
  return (
    <Section title={t("log.live")} note={<State state={tail.state} />} actions={button}>
      {tail.error ? <Trouble error={tail.error} retry={follow} /> : null}
      {tail.missed > 0 ? (
        <p className={css.missed} role="status">
          {t("log.missed", { count: tail.missed, n: f.count(tail.missed) })}
        </p>
      ) : null}
      {tail.lines.length === 0 && !tail.error ? <Muted>{t("log.nothingYet")}</Muted> : null}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard. */}
      <section className={css.tail} tabIndex={0} aria-label={t("log.live")}>
        <LogLines logs={lines} of="search" />
      </section>
    </Section>
  );
}

function State({ state }: { state: "off" | "connecting" | "following" | "lost" }) {
  const { t } = useTranslation();
  return <span role="status">{t(`log.state.${state}`)}</span>;
}
