// What was changed, by whom, when.
import { useTranslation } from "react-i18next";
import { useAuditPages } from "@/api/reads";
import { useFormat } from "@/lib/view";
import { Answer, Empty } from "@/ui/answer";
import { More } from "@/ui/more";
import { Muted, Section } from "@/ui/page";
import { Table } from "@/ui/table";
import { actionText, detailLines } from "./entry";

export function AuditList() {
  const { t, i18n } = useTranslation();
  const f = useFormat();
  const words = { t, i18n, f };
  const query = useAuditPages();
  const entries = query.data?.pages.flatMap((page) => page.entries) ?? [];
  return (
    <Section title={t("setup.tab.audit")} note={t("request.newest")}>
      <Answer
        query={{ ...query, data: query.data?.pages.at(-1) }}
        rows={8}
        isEmpty={() => entries.length === 0}
        empty={<Empty title={t("setup.audit.none")} />}
      >
        {() => (
          <Table
            label={t("setup.tab.audit")}
            rows={entries}
            rowKey={(row) => String(row.id)}
            columns={[
              {
                key: "time",
                title: t("chart.time"),
                keep: true,
                cell: (row) => <Muted>{f.dateTimeSeconds(row.time)}</Muted>,
              },
              { key: "actor", title: t("setup.audit.actor"), cell: (row) => row.actor },
              {
                key: "action",
                title: t("setup.audit.action"),
                cell: (row) => <strong>{actionText(row.action, words)}</strong>,
              },
              { key: "subject", title: t("setup.audit.subject"), cell: (row) => row.subject },
              {
                key: "detail",
                title: t("setup.audit.detail"),
                wide: true,
                cell: (row) => <Detail lines={detailLines(row.detail, words)} />,
              },
            ]}
          />
        )}
      </Answer>
      <More pages={query} />
    </Section>
  );
}

function Detail({ lines }: { lines: readonly string[] }) {
  return lines.map((line) => (
    <div key={line}>
      <Muted>{line}</Muted>
    </div>
  ));
}
