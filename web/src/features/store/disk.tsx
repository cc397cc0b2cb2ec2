// What is on the disk: the log, segments by day and signal, how long they stay, and how much room is left.
import { useTranslation } from "react-i18next";
import type { StoreReport } from "@/api/model";
import { Meter } from "@/charts/meter";
import { bytesText } from "@/lib/bytes";
import { useFormat } from "@/lib/view";
import { Fact, Facts, Muted, Section } from "@/ui/page";
import { Table } from "@/ui/table";
import { useSignalName } from "./incoming";
import css from "./page.module.css";

type Day = StoreReport["disk"]["days"][number];

function bytesOf(day: Day): number {
  return day.spans.bytes + day.logs.bytes + day.metrics.bytes;
}

/** How long what is kept, in one line where that is the same for all. */
function Kept({ kept }: { kept: StoreReport["disk"]["kept"] }) {
  const { t } = useTranslation();
  const f = useFormat();
  const signalName = useSignalName();
  const span = (secs: number) => f.span(secs - (secs % 60));
  const [first] = kept;
  const alike = kept.every(
    (each) => each.retention_secs === first?.retention_secs && each.limit_bytes === null,
  );
  if (first !== undefined && alike) return t("store.retentionDays", { span: span(first.retention_secs) });
  return kept.map((each) => {
    const words = { signal: signalName(each.signal), span: span(each.retention_secs) };
    return (
      <div key={each.signal}>
        {each.limit_bytes === null
          ? t("store.retentionOf", words)
          : t("store.retentionWithin", { ...words, space: bytesText(each.limit_bytes, f) })}
      </div>
    );
  });
}

/** Which traces stay when their spans are old, and what that has left. */
function Sampling({ sampling }: { sampling: NonNullable<StoreReport["disk"]["sampling"]> }) {
  const { t } = useTranslation();
  const f = useFormat();
  const { after_secs, slow_ms, per_minute, kept, of } = sampling;
  return (
    <>
      <div>
        {t("store.samplingPolicy", { after: f.span(after_secs), slow: f.ms(slow_ms), count: per_minute })}
      </div>
      <div>
        {of === 0
          ? t("store.samplingNone")
          : t("store.samplingKept", {
              kept: f.count(kept),
              of: f.count(of),
              share: f.aboutPercent(kept / of),
            })}
      </div>
    </>
  );
}

/** Of all segments, which are on this disk and which in the bucket alone. */
function Where({ bucket }: { bucket: NonNullable<StoreReport["bucket"]> }) {
  const { t } = useTranslation();
  const f = useFormat();
  const words = { local: bytesText(bucket.local.bytes, f), remote: bytesText(bucket.remote.bytes, f) };
  return (
    <div>
      <Muted>{t("store.segmentsWhere", words)}</Muted>
    </div>
  );
}

export function Disk({ report }: { report: StoreReport }) {
  const { t } = useTranslation();
  const f = useFormat();
  const { disk, bucket } = report;
  const most = Math.max(1, ...disk.days.map(bytesOf));
  const bytes = (n: number) => (n === 0 ? f.none : bytesText(n, f));
  return (
    <Section title={t("store.disk")}>
      <Facts>
        <Fact name={t("store.segments")}>
          {bytesText(disk.segment_bytes, f)}
          {bucket ? <Where bucket={bucket} /> : null}
        </Fact>
        <Fact name={t("store.wal")}>{bytesText(disk.wal_bytes, f)}</Fact>
        <Fact name={t("store.free")}>
          {disk.free_bytes === null || disk.total_bytes === null
            ? t("store.freeUnknown")
            : t("store.freeOf", { free: bytesText(disk.free_bytes, f), all: bytesText(disk.total_bytes, f) })}
        </Fact>
        <Fact name={t("store.retention")}>
          <Kept kept={disk.kept} />
          <div>
            <Muted>{t("store.retentionWhen")}</Muted>
          </div>
        </Fact>
        {disk.sampling === null ? null : (
          <Fact name={t("store.sampling")}>
            <Sampling sampling={disk.sampling} />
          </Fact>
        )}
      </Facts>
      {disk.days.length === 0 ? (
        <p className={css.note}>{t("store.noSegments")}</p>
      ) : (
        <div className={css.below}>
          {bucket ? <p className={css.note}>{t("store.daysAll")}</p> : null}
          <Table
            label={t("store.days")}
            rows={disk.days}
            rowKey={(row) => row.from}
            columns={[
              {
                key: "day",
                title: t("store.column.day"),
                keep: true,
                cell: (row) => row.from.slice(0, 10),
              },
              {
                key: "spans",
                title: t("store.signal.spans"),
                align: "end",
                wide: true,
                cell: (row) => bytes(row.spans.bytes),
              },
              {
                key: "logs",
                title: t("store.signal.logs"),
                align: "end",
                wide: true,
                cell: (row) => bytes(row.logs.bytes),
              },
              {
                key: "metrics",
                title: t("store.signal.metrics"),
                align: "end",
                wide: true,
                cell: (row) => bytes(row.metrics.bytes),
              },
              {
                key: "files",
                title: t("store.column.files"),
                align: "end",
                wide: true,
                cell: (row) => f.count(row.spans.segments + row.logs.segments + row.metrics.segments),
              },
              {
                key: "bytes",
                title: t("store.column.bytes"),
                align: "end",
                cell: (row) => bytes(bytesOf(row)),
              },
              {
                key: "bar",
                title: t("store.column.ofLargest"),
                cell: (row) => <Meter spent={bytesOf(row) / most} tone="accent" />,
              },
            ]}
          />
        </div>
      )}
    </Section>
  );
}
