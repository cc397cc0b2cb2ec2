// What an exclusion changes, a line for each objective.
import { useTranslation } from "react-i18next";
import type { ExclusionEffect, Slo } from "@/api/model";
import { useFormat } from "@/lib/view";
import { effectText } from "./entries";

export function Effects({ slo, effects }: { slo: Slo; effects: readonly ExclusionEffect[] }) {
  const { t } = useTranslation();
  const f = useFormat();
  const isOne = effects.length === 1 && slo.objectives.length <= 1;
  return (
    <ul>
      {effects.map((effect) => (
        <li key={effect.objective}>{effectText(effect, isOne, t, f)}</li>
      ))}
    </ul>
  );
}
