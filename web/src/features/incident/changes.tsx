// What changed in the day before the incident began: asked first by whoever is woken. Says what came before, never that it is why.
import { useTranslation } from "react-i18next";
import type { IncidentChange } from "@/api/model";
import { useIncidentChanges } from "@/api/reads";
import { useFormat } from "@/lib/view";
import { Answer, Empty } from "@/ui/answer";
import { Muted, Section } from "@/ui/page";
import { Table } from "@/ui/table";

export function Changes({ id }: { id: number }) {
  const { t } = useTranslation();
  const f = useFormat();
  const query = useIncidentChanges(id);
  return (
    <Section title={t("incident.changes.title")} note={t("incident.changes.note")}>
      <Answer
        query={query}
        rows={2}
        isEmpty={(data) => data.changes.length === 0}
        empty={<Empty title={t("incident.changes.empty")} />}
      >
        {(data) => (
          <Table
            label={t("incident.changes.title")}
            rows={data.changes}
            rowKey={(change) => `${change.time} ${change.text}`}
            columns={[
              {
                key: "when",
                title: t("incident.changes.when"),
                keep: true,
                cell: (change) => f.dateTime(change.time),
              },
              {
                key: "what",
                title: t("incident.changes.what"),
                cell: (change) => <What change={change} />,
              },
              { key: "by", title: t("incident.changes.by"), wide: true, cell: (change) => change.by },
            ]}
          />
        )}
      </Answer>
    </Section>
  );
}

/** Leads to where it says what changed, if somebody said where that is. */
function What({ change: { text, url, own } }: { change: IncidentChange }) {
  if (url !== null && /^https?:\/\//.test(url)) {
    return (
      <a href={url} rel="noreferrer">
        {text}
      </a>
    );
  }
  return own ? text : <Muted>{text}</Muted>;
}
