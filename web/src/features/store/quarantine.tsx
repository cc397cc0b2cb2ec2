// Segments that cannot be read: which hours answers miss, why, and what to do. Reading them again is one press away.
import { useTranslation } from "react-i18next";
import type { StoreQuarantined } from "@/api/model";
import { detailOf } from "@/api/problem";
import { useVerifyStore } from "@/api/writes";
import { bytesText } from "@/lib/bytes";
import { useFormat } from "@/lib/view";
import { Button } from "@/ui/button";
import { Muted, Section } from "@/ui/page";
import { Glyph } from "@/ui/state";
import { Table } from "@/ui/table";
import { useSignalName } from "./incoming";
import css from "./page.module.css";
import { readCause } from "./reasons";

export function Quarantine({ segments }: { segments: readonly StoreQuarantined[] }) {
  const { t } = useTranslation();
  const f = useFormat();
  const name = useSignalName();
  const verify = useVerifyStore();
  if (segments.length === 0 && verify.data === undefined) return null;
  return (
    <Section
      title={
        <>
          <Glyph state={segments.length === 0 ? "fine" : "rising"} /> {t("store.quarantine")}
        </>
      }
      actions={
        segments.length === 0 ? undefined : (
          <Button disabled={verify.isPending} onClick={() => verify.mutate(undefined)}>
            {t("store.verify")}
          </Button>
        )
      }
    >
      <p className={css.note}>{t("store.quarantineNext")}</p>
      {verify.error ? <p role="alert">{detailOf(verify.error)}</p> : null}
      {verify.data === undefined ? null : (
        <p role="status" data-view="verified">
          {t("store.verified", { released: f.count(verify.data.released), held: f.count(verify.data.held) })}
        </p>
      )}
      {segments.length === 0 ? null : (
        <Table
          label={t("store.quarantine")}
          rows={segments}
          rowKey={(row) => row.file}
          columns={[
            {
              key: "hour",
              title: t("store.column.hours"),
              cell: (row) => (
                <>
                  <strong>
                    {name(row.signal)} {f.dateTime(row.from)} – {f.time(row.to)}
                  </strong>
                  <div className={css.file}>
                    <Muted>{row.file}</Muted>
                  </div>
                </>
              ),
            },
            {
              key: "cause",
              title: t("store.column.reason"),
              cell: (row) => <Cause segment={row} />,
            },
            {
              key: "rows",
              title: t("store.column.missing"),
              align: "end",
              wide: true,
              cell: (row) => (
                <>
                  {f.count(row.rows)} <Muted>{bytesText(row.bytes, f)}</Muted>
                </>
              ),
            },
            {
              key: "since",
              title: t("store.column.noticed"),
              wide: true,
              keep: true,
              cell: (row) => (row.since === null ? f.none : f.dateTime(row.since)),
            },
          ]}
        />
      )}
    </Section>
  );
}

function Cause({ segment }: { segment: StoreQuarantined }) {
  const { t } = useTranslation();
  const known = readCause(segment.cause);
  return (
    <>
      {known === undefined ? segment.cause : t(`store.cause.${known}`)}
      <div>
        <Muted>{segment.reason}</Muted>
      </div>
    </>
  );
}
