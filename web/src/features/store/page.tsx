// The store: is telemetry coming in, what is refused, what it takes and who takes it. It must never guess what nobody counted.
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { StoreReport } from "@/api/model";
import { useStore } from "@/api/reads";
import { bytesText } from "@/lib/bytes";
import { useFormat, useNow } from "@/lib/view";
import { Answer, Empty } from "@/ui/answer";
import { Page } from "@/ui/page";
import { Glyph } from "@/ui/state";
import { Bucket } from "./bucket";
import { Disk } from "./disk";
import { isEmpty, lastReceived, perMinute, verdict } from "./flow";
import { Incoming } from "./incoming";
import { Memory } from "./memory";
import { Quarantine } from "./quarantine";
import { Refused } from "./refused";
import { Services } from "./services";
import type { Sort } from "./sort";

/** Less room than this is soon none. */
const LITTLE_ROOM = 64 * 1024 * 1024;

export function StorePage({ sort }: { sort: Sort | undefined }) {
  const { t } = useTranslation();
  const query = useStore();
  const known = query.data !== undefined && !isEmpty(query.data) ? query.data : undefined;
  return (
    <Page
      title={t("nav.store")}
      glyph={known !== undefined && needsHand(known) ? <Glyph state="rising" size={17} /> : undefined}
      lead={known === undefined ? undefined : <Lead report={known} />}
    >
      <Answer query={query} rows={12} isEmpty={isEmpty} empty={<Never />}>
        {(data) => (
          <>
            <Quarantine segments={data.quarantined} />
            <Incoming report={data} />
            <Refused report={data} />
            <Disk report={data} />
            <Bucket report={data} />
            <Memory report={data} />
            <Services report={data} sort={sort ?? "bytes"} />
          </>
        )}
      </Answer>
    </Page>
  );
}

/** Whether something of it does not mend by itself. */
function needsHand({ disk, bucket, quarantined }: StoreReport): boolean {
  const full = disk.free_bytes !== null && disk.free_bytes < LITTLE_ROOM;
  return full || bucket?.error != null || quarantined.length > 0;
}

function Lead({ report }: { report: StoreReport }) {
  const { t } = useTranslation();
  const f = useFormat();
  const now = useNow();
  const last = lastReceived(report);
  const rates = report.signals.map((signal) => perMinute(signal, "items", report.since));
  const [spans, logs, points] = rates.map((rate) => f.about(rate ?? 0));
  // What began within this minute is in none that is over.
  const began = rates.includes(null) || rates.every((rate) => rate === 0);
  const flowing = began ? t("store.began") : t("store.flowing", { spans, logs, points });
  const free = report.disk.free_bytes;
  const held = report.quarantined.length;
  const { bucket } = report;
  return (
    <p>
      {verdict(report) === "flowing" ? flowing : null}
      {verdict(report) === "silent" && last !== null ? t("store.silent", { when: f.ago(last, now) }) : null}
      {verdict(report) === "none" ? t("store.onlyRefused") : null}
      {free !== null && free < LITTLE_ROOM
        ? t("sentenceGap") + t("store.full", { free: bytesText(free, f) })
        : null}
      {bucket?.error == null
        ? null
        : t("sentenceGap") +
          (bucket.failing_since === null
            ? t("store.bucketLead")
            : t("store.bucketLeadSince", { when: f.ago(bucket.failing_since, now) }))}
      {held > 0 ? t("sentenceGap") + t("store.heldLead", { count: held, n: f.count(held) }) : null}
    </p>
  );
}

function Never() {
  const { t } = useTranslation();
  return (
    <Empty title={t("store.never")}>
      <Link to="/setup">{t("setup.sendFirst")}</Link>
    </Empty>
  );
}
