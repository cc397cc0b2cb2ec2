// One log line by its link, whatever its age, among the lines of its service: every filter is dropped.
import { Link } from "@tanstack/react-router";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { useLogAround } from "@/api/reads";
import { useFormat, useSetSearch } from "@/lib/view";
import { Answer } from "@/ui/answer";
import { Button } from "@/ui/button";
import { CopyButton } from "@/ui/link";
import { LogLines } from "@/ui/log-lines";
import { Muted, Page, Section } from "@/ui/page";
import { LINES, moreLines } from "./search";

export default function LogRecordPage({ id, lines = LINES }: { id: string; lines?: number | undefined }) {
  const { t } = useTranslation();
  const f = useFormat();
  const query = useLogAround(id, lines);
  const log = query.data?.log;
  const shown = log?.id;
  // The line that the link is about, not the newest of its neighbours.
  useEffect(() => {
    if (shown !== undefined)
      document.querySelector("main li[aria-current]")?.scrollIntoView({ block: "center" });
  }, [shown]);
  const lead =
    log === undefined
      ? null
      : t("log.lineOf", { service: log.service || f.none, time: f.exactMillis(log.time) });
  return (
    <Page
      title={t("log.line")}
      lead={<p>{lead}</p>}
      aside={<CopyButton text={() => window.location.href} label={t("log.copyLink")} />}
    >
      <Section
        title={t("log.around")}
        note={t("request.newest")}
        actions={<Link to="/logs">{t("log.back")}</Link>}
      >
        <Answer query={query} rows={10}>
          {(data) => (
            <>
              <Side missing={data.after.length < lines} lines={lines} />
              <LogLines
                key={data.log.id}
                logs={[...data.after, data.log, ...data.before]}
                of="search"
                current={data.log.id}
              />
              <Side missing={data.before.length < lines} lines={lines} />
            </>
          )}
        </Answer>
      </Section>
    </Page>
  );
}

/** The way to more lines, or that there are none. */
function Side({ missing, lines }: { missing: boolean; lines: number }) {
  const { t } = useTranslation();
  const set = useSetSearch();
  const more = moreLines(lines);
  if (missing) return <Muted>{t("log.noMore")}</Muted>;
  if (more === null) return null;
  return <Button onClick={() => set({ lines: String(more) })}>{t("more")}</Button>;
}
