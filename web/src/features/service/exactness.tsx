// Says how exact percentiles are.
import { useTranslation } from "react-i18next";
import { useFormat } from "@/lib/view";
import { Muted } from "@/ui/page";

/** Says how far percentiles may be off, where they are not exact. */
export function Exactness({ error }: { error: number }) {
  const { t } = useTranslation();
  const f = useFormat();
  return error > 0 ? (
    <p>
      <Muted>{t("service.percentiles", { share: f.percent(error) })}</Muted>
    </p>
  ) : null;
}
