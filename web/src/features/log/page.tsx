// Log search: words, service, severity, an expression; a line opens to all it holds.
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useLogs, useServices } from "@/api/reads";
import { useSetSearch, useView } from "@/lib/view";
import { Answer, Empty } from "@/ui/answer";
import { Button } from "@/ui/button";
import { Choice, Field, Form, Text } from "@/ui/field";
import { LogLines } from "@/ui/log-lines";
import { More } from "@/ui/more";
import { Page, Section } from "@/ui/page";
import css from "./page.module.css";

export interface LogSearch {
  service?: string | undefined;
  contains?: string | undefined;
  severity?: string | undefined;
  where?: string | undefined;
}
const SEVERITIES = ["DEBUG", "INFO", "WARN", "ERROR", "FATAL"] as const;

export function readLogSearch(raw: Record<string, unknown>): LogSearch {
  const text = (key: string) => (typeof raw[key] === "string" && raw[key] !== "" ? raw[key] : undefined);
  return {
    service: text("service"),
    contains: text("contains"),
    severity: text("severity"),
    where: text("where"),
  };
}

export function LogsPage({ search }: { search: LogSearch }) {
  const { t } = useTranslation();
  const { bounds, scope } = useView();
  const filter = {
    service: search.service,
    contains: search.contains,
    severity: search.severity,
    where: search.where,
  };
  const query = useLogs(filter, bounds, scope);
  const pages = query.data?.pages;
  const logs = pages?.flatMap((page) => page.logs) ?? [];
  return (
    <Page title={t("nav.logs")} lead={<p>{t("log.lead")}</p>}>
      <Filter key={JSON.stringify(search)} search={search} />
      <Section title={t("log.found")} note={t("request.newest")}>
        <Answer
          query={{ ...query, data: pages?.at(-1) }}
          rows={10}
          isEmpty={() => logs.length === 0}
          empty={<None />}
        >
          {() => <LogLines logs={logs} linked />}
        </Answer>
        <More pages={query} />
      </Section>
    </Page>
  );
}

function Filter({ search }: { search: LogSearch }) {
  const { t } = useTranslation();
  const { bounds } = useView();
  const set = useSetSearch();
  const services = useServices(bounds).data?.services.map((each) => each.service) ?? [];
  const [contains, setContains] = useState(search.contains ?? "");
  const [where, setWhere] = useState(search.where ?? "");
  const choices = [...new Set([...services, ...(search.service ? [search.service] : [])])].sort();
  return (
    <div className={css.filter}>
      <Form
        inline
        label={t("log.filter")}
        onSubmit={() => set({ contains: contains || undefined, where: where.trim() || undefined })}
      >
        <Field label={t("log.contains")}>
          <Text value={contains} onChange={(event) => setContains(event.target.value)} />
        </Field>
        <Field label={t("request.of")}>
          <Choice
            value={search.service ?? ""}
            onChange={(event) => set({ service: event.target.value || undefined })}
          >
            <option value="">{t("request.anyService")}</option>
            {choices.map((each) => (
              <option key={each}>{each}</option>
            ))}
          </Choice>
        </Field>
        <Field label={t("log.severity")}>
          <Choice
            value={search.severity ?? ""}
            onChange={(event) => set({ severity: event.target.value || undefined })}
          >
            <option value="">{t("log.anySeverity")}</option>
            {SEVERITIES.map((each) => (
              <option key={each}>{each}</option>
            ))}
          </Choice>
        </Field>
        <Field label={t("request.where")}>
          <Text
            className={css.where ?? ""}
            value={where}
            placeholder="attrs['order.id'] = '4711'"
            onChange={(event) => setWhere(event.target.value)}
          />
        </Field>
        <Button type="submit" weight="strong">
          {t("request.show")}
        </Button>
      </Form>
    </div>
  );
}

function None() {
  const { t } = useTranslation();
  const set = useSetSearch();
  const clear = { service: undefined, contains: undefined, severity: undefined, where: undefined };
  return (
    <Empty title={t("log.none")}>
      <Button onClick={() => set(clear)}>{t("request.clear")}</Button>{" "}
      <Button onClick={() => set({ range: "24h", from: undefined, to: undefined })}>
        {t("request.wider")}
      </Button>
    </Empty>
  );
}
