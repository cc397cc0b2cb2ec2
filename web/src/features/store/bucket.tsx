// Segments in a bucket: how much is on the local disk, there, and not there yet; and what the bucket says while it fails.
import { useTranslation } from "react-i18next";
import type { StoreReport } from "@/api/model";
import { Meter } from "@/charts/meter";
import { bytesText } from "@/lib/bytes";
import { useFormat, useNow } from "@/lib/view";
import { Fact, Facts, Section } from "@/ui/page";
import { Glyph } from "@/ui/state";
import css from "./page.module.css";

export function Bucket({ report }: { report: StoreReport }) {
  const { t } = useTranslation();
  const f = useFormat();
  const now = useNow();
  const { bucket } = report;
  if (bucket === null || bucket === undefined) return null;
  const files = (of: { files: number; bytes: number }) =>
    t("store.bucketFiles", { count: of.files, n: f.count(of.files), bytes: bytesText(of.bytes, f) });
  return (
    <Section
      title={
        bucket.error === null ? (
          t("store.bucket")
        ) : (
          <>
            <Glyph state="rising" /> {t("store.bucket")}
          </>
        )
      }
      note={bucket.location}
    >
      {bucket.error === null ? null : (
        <div role="status" className={css.note}>
          <p>
            {[
              t("store.bucketFails"),
              bucket.failing_since === null
                ? ""
                : t("store.bucketSince", { when: f.ago(bucket.failing_since, now) }),
            ]
              .filter(Boolean)
              .join(t("sentenceGap"))}
          </p>
          <p className={css.file}>{t("trouble.detail", { text: bucket.error })}</p>
        </div>
      )}
      <Facts>
        <Fact name={t("store.bucketLocal")}>
          {t("store.usedOf", {
            used: bytesText(bucket.local.bytes, f),
            all: bytesText(bucket.cache_bytes, f),
          })}
          <Meter spent={bucket.local.bytes / Math.max(1, bucket.cache_bytes)} tone="accent" />
        </Fact>
        <Fact name={t("store.bucketStored")}>{files(bucket.stored)}</Fact>
        <Fact name={t("store.bucketRemote")}>{files(bucket.remote)}</Fact>
        <Fact name={t("store.bucketWaiting")}>{files(bucket.waiting)}</Fact>
        <Fact name={t("store.bucketLast")}>
          {bucket.last_upload_at === null ? f.none : f.ago(bucket.last_upload_at, now)}
        </Fact>
      </Facts>
    </Section>
  );
}
