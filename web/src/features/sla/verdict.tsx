// What became of a promise to customers, by shape and word.
import { useTranslation } from "react-i18next";
import type { SlaPeriod } from "@/api/model";
import { Muted } from "@/ui/page";
import { Glyph } from "@/ui/state";
import { STATE_OF } from "./words";

export function Verdict({ period }: { period: SlaPeriod | undefined }) {
  const { t } = useTranslation();
  if (period === undefined) return <Muted>{t("sla.verdict.over")}</Muted>;
  const key = period.running ? (`${period.verdict}SoFar` as const) : period.verdict;
  return (
    <>
      <Glyph state={STATE_OF[period.verdict]} /> {t(`sla.verdict.${key}`)}
    </>
  );
}
