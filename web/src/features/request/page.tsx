// Requests: a sentence of choices, then the traces that fit it, newest first.
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { TraceSummary } from "@/api/model";
import { useServices, useTraces } from "@/api/reads";
import { useFormat, useSetSearch, useView } from "@/lib/view";
import { Answer, Empty } from "@/ui/answer";
import { Button } from "@/ui/button";
import { Check, Choice, Condition, Field, Form, Text } from "@/ui/field";
import { More } from "@/ui/more";
import { Muted, Page, Section } from "@/ui/page";
import { Glyph } from "@/ui/state";
import { RowLink, Table } from "@/ui/table";
import css from "./page.module.css";
import type { RequestSearch } from "./search";

export function RequestsPage({ search }: { search: RequestSearch }) {
  const { t } = useTranslation();
  const { bounds, scope } = useView();
  const filter = {
    service: search.service,
    name: search.name,
    where: search.where,
    min_ms: search.min_ms,
    error: search.error,
  };
  const query = useTraces(filter, bounds, scope);
  const pages = query.data?.pages;
  const traces = pages?.flatMap((page) => page.traces) ?? [];
  const answer = { ...query, data: pages?.at(-1) };
  return (
    <Page
      title={t("nav.requests")}
      lead={<p>{t("request.lead")}</p>}
      aside={<Link to="/sql">{t("request.asSql")}</Link>}
    >
      <Filter key={JSON.stringify(search)} search={search} />
      <Section title={t("request.found")} note={t("request.newest")}>
        <Answer query={answer} rows={8} isEmpty={() => traces.length === 0} empty={<None />}>
          {() => <TraceTable traces={traces} />}
        </Answer>
        <More pages={query} />
      </Section>
    </Page>
  );
}

function Filter({ search }: { search: RequestSearch }) {
  const { t } = useTranslation();
  const { bounds } = useView();
  const set = useSetSearch();
  const services = useServices(bounds).data?.services.map((each) => each.service) ?? [];
  const [name, setName] = useState(search.name ?? "");
  const [where, setWhere] = useState(search.where ?? "");
  const [least, setLeast] = useState(search.min_ms === undefined ? "" : String(search.min_ms));
  const choices = [...new Set([...services, ...(search.service ? [search.service] : [])])].sort();
  const submit = () =>
    set({ name: name || undefined, where: where.trim() || undefined, min_ms: least || undefined });
  return (
    <div className={css.filter}>
      <Form inline label={t("request.filter")} onSubmit={submit}>
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
        <Field label={t("request.named")}>
          <Text value={name} placeholder="GET /api/…" onChange={(event) => setName(event.target.value)} />
        </Field>
        <Field label={t("request.slower")}>
          <Text
            className={css.short ?? ""}
            inputMode="numeric"
            pattern="[0-9]*"
            value={least}
            onChange={(event) => setLeast(event.target.value)}
          />
        </Field>
        <Condition
          value={where}
          example="http_status >= 500 AND attrs['user.id'] = 'u18233'"
          onChange={setWhere}
        />
        <Check
          label={t("request.failedOnly")}
          checked={search.error === true}
          onChange={(event) => set({ error: event.target.checked ? "true" : undefined })}
        />
        <Button type="submit" weight="strong">
          {t("request.show")}
        </Button>
      </Form>
    </div>
  );
}

function TraceTable({ traces }: { traces: readonly TraceSummary[] }) {
  const { t } = useTranslation();
  const f = useFormat();
  return (
    <Table
      label={t("request.found")}
      rows={traces}
      rowKey={(row) => row.trace_id}
      columns={[
        {
          key: "start",
          title: t("request.column.started"),
          keep: true,
          cell: (row) => <Muted>{f.dateTimeSeconds(row.start)}</Muted>,
        },
        {
          key: "name",
          title: t("request.column.request"),
          cell: (row) => (
            <>
              <Muted>{row.service} </Muted>
              <RowLink to="/traces/$traceId" params={{ traceId: row.trace_id }}>
                {row.name}
              </RowLink>
            </>
          ),
        },
        { key: "status", title: t("request.column.ended"), cell: (row) => <Ended row={row} /> },
        { key: "took", title: t("request.column.took"), align: "end", cell: (row) => f.ms(row.duration_ms) },
        {
          key: "spans",
          title: t("request.column.spans"),
          align: "end",
          wide: true,
          cell: (row) => f.count(row.spans),
        },
        {
          key: "services",
          title: t("request.column.services"),
          align: "end",
          wide: true,
          cell: (row) => <span title={row.services.join(", ")}>{f.count(row.services.length)}</span>,
        },
      ]}
    />
  );
}

function Ended({ row }: { row: TraceSummary }) {
  const { t } = useTranslation();
  const bad = row.errors > 0 || row.status === "error";
  return (
    <>
      <Glyph state={row.status === "error" ? "critical" : bad ? "rising" : "fine"} size={10} />{" "}
      {bad ? t("trace.errors", { count: row.errors }) : t("request.fine")}
    </>
  );
}

function None() {
  const { t } = useTranslation();
  const set = useSetSearch();
  const clear = {
    service: undefined,
    name: undefined,
    where: undefined,
    min_ms: undefined,
    error: undefined,
  };
  return (
    <Empty title={t("request.none")}>
      <Button onClick={() => set(clear)}>{t("request.clear")}</Button>{" "}
      <Button onClick={() => set({ range: "24h", from: undefined, to: undefined })}>
        {t("request.wider")}
      </Button>
    </Empty>
  );
}
