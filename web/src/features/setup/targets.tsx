// Who can be told, when it last worked, and a test message for each.
import { useTranslation } from "react-i18next";
import type { Target } from "@/api/model";
import { detailOf } from "@/api/problem";
import { useTargets } from "@/api/reads";
import { useTestTarget } from "@/api/writes";
import { useFormat } from "@/lib/view";
import { Answer, Empty } from "@/ui/answer";
import { Button } from "@/ui/button";
import { Snippet } from "@/ui/link";
import { Muted, Section } from "@/ui/page";
import { Table } from "@/ui/table";

const FIRST = `# targets.yaml → ippo apply -f targets.yaml
apiVersion: ippo/v1
kind: NotificationTarget
metadata:
  name: checkout-oncall
spec:
  type: email
  to: [oncall@example.com]
`;

export function Targets() {
  const { t } = useTranslation();
  const query = useTargets();
  return (
    <Section title={t("setup.tab.targets")}>
      <Answer query={query} isEmpty={(data) => data.targets.length === 0} empty={<None />}>
        {(data) => <TargetTable targets={data.targets} />}
      </Answer>
    </Section>
  );
}

function None() {
  const { t } = useTranslation();
  return (
    <>
      <Empty title={t("setup.targets.none")}>{t("setup.targets.noneNext")}</Empty>
      <Snippet label={t("setup.tab.targets")} text={FIRST} />
    </>
  );
}

function TargetTable({ targets }: { targets: readonly Target[] }) {
  const { t } = useTranslation();
  const f = useFormat();
  return (
    <Table
      label={t("setup.tab.targets")}
      rows={targets}
      rowKey={(row) => row.name}
      columns={[
        {
          key: "name",
          title: t("setup.targets.name"),
          cell: (row) => (
            <>
              <strong>{row.name}</strong> <Muted>{row.channel}</Muted>
            </>
          ),
        },
        { key: "description", title: t("setup.targets.where"), wide: true, cell: (row) => row.description },
        {
          key: "success",
          title: t("setup.targets.success"),
          cell: (row) =>
            row.last_success_at ? f.dateTime(row.last_success_at) : <Muted>{t("setup.targets.never")}</Muted>,
        },
        {
          key: "failure",
          title: t("setup.targets.failure"),
          cell: (row) => (
            <>
              {row.last_failure_at ? (
                f.dateTime(row.last_failure_at)
              ) : (
                <Muted>{t("setup.targets.never")}</Muted>
              )}
              {row.last_error ? (
                <p>
                  <Muted>{row.last_error}</Muted>
                </p>
              ) : null}
            </>
          ),
        },
        { key: "test", title: t("setup.targets.test"), cell: (row) => <Test name={row.name} /> },
      ]}
    />
  );
}

function Test({ name }: { name: string }) {
  const { t } = useTranslation();
  const test = useTestTarget();
  return (
    <>
      <Button disabled={test.isPending} onClick={() => test.mutate(name)}>
        {t("setup.targets.send")}
      </Button>
      <p role="status">
        <Outcome answer={test.data} error={test.error} />
      </p>
    </>
  );
}

function Outcome(props: {
  answer: { delivered: boolean; error?: string | null } | undefined;
  error: unknown;
}) {
  const { t } = useTranslation();
  if (props.error) return <>{detailOf(props.error)}</>;
  if (props.answer === undefined) return null;
  if (props.answer.delivered) return <>{t("setup.targets.sent")}</>;
  return <>{t("setup.targets.notSent", { error: props.answer.error ?? "" })}</>;
}
