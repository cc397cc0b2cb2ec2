// Incidents, open ones first; and opening one by hand.
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Severity } from "@/api/model";
import { detailOf } from "@/api/problem";
import { useIncidentPages } from "@/api/reads";
import { useOpenIncident } from "@/api/writes";
import { Answer, Empty } from "@/ui/answer";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Area, Choice, Field, Form, Text } from "@/ui/field";
import { IncidentRows } from "@/ui/incident-rows";
import { More } from "@/ui/more";
import { Page, Section, Ways } from "@/ui/page";
import { Tabs } from "@/ui/tabs";
import { SEVERITIES } from "./severity";

export function IncidentsPage({ all }: { all: boolean }) {
  const { t } = useTranslation();
  const query = useIncidentPages();
  const known = query.data?.pages.flatMap((page) => page.incidents);
  const [opening, setOpening] = useState(false);
  const pick = all ? known : known?.filter((each) => each.state !== "resolved");
  return (
    <Page
      title={t("nav.incidents")}
      lead={pick === undefined || all ? undefined : <p>{t("incident.lead", { count: pick.length })}</p>}
      aside={
        <Ways>
          <Link to="/incidents/-/rules">{t("rule.title")}</Link>
          <Button onClick={() => setOpening(true)}>{t("incident.new.open")}</Button>
        </Ways>
      }
    >
      <Tabs
        label={t("incident.which")}
        param="state"
        current={all ? "all" : "open"}
        tabs={[
          { value: "open", title: t("incident.openTab") },
          { value: "all", title: t("incident.allTab") },
        ]}
      />
      <Section title={all ? t("incident.allTab") : t("incident.openTab")}>
        <Answer
          query={{ ...query, data: query.data?.pages.at(-1) }}
          isEmpty={() => pick?.length === 0}
          empty={<None all={all} />}
        >
          {() => <IncidentRows incidents={pick ?? []} />}
        </Answer>
        <More pages={query} />
      </Section>
      <Dialog open={opening} onClose={() => setOpening(false)} title={t("incident.new.open")}>
        <NewForm />
      </Dialog>
    </Page>
  );
}

function None({ all }: { all: boolean }) {
  const { t } = useTranslation();
  return (
    <Empty title={all ? t("incident.never") : t("today.noIncidents")}>
      {all ? (
        <Link to="/slos">{t("incident.neverNext")}</Link>
      ) : (
        <Link to="/incidents" search={{ state: "all" }}>
          {t("today.earlier")}
        </Link>
      )}
    </Empty>
  );
}

function NewForm() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const open = useOpenIncident();
  const [title, setTitle] = useState("");
  const [severity, setSeverity] = useState<Severity>("sev3");
  const [service, setService] = useState("");
  const [description, setDescription] = useState("");
  const submit = () => {
    if (title.trim() === "") return;
    open.mutate(
      { title, severity, service: service || undefined, description: description || undefined },
      { onSuccess: (made) => void navigate({ to: "/incidents/$id", params: { id: String(made.id) } }) },
    );
  };
  return (
    <Form label={t("incident.new.open")} onSubmit={submit}>
      <Field label={t("incident.new.title")} error={open.error ? detailOf(open.error) : undefined}>
        <Text required value={title} onChange={(event) => setTitle(event.target.value)} />
      </Field>
      <Field label={t("incident.fact.severity")}>
        <Choice value={severity} onChange={(event) => setSeverity(event.target.value as Severity)}>
          {SEVERITIES.map((each) => (
            <option key={each} value={each}>
              {t(`severity.${each}`)}
            </option>
          ))}
        </Choice>
      </Field>
      <Field label={t("incident.fact.service")}>
        <Text value={service} onChange={(event) => setService(event.target.value)} />
      </Field>
      <Field label={t("incident.new.description")}>
        <Area value={description} onChange={(event) => setDescription(event.target.value)} />
      </Field>
      <div>
        <Button type="submit" weight="strong" disabled={open.isPending}>
          {t("incident.new.do")}
        </Button>
      </div>
    </Form>
  );
}
