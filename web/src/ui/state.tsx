// The five states of a promise by shape and colour, never by colour alone.
import { useTranslation } from "react-i18next";
import type { Severity, SloState } from "@/api/model";
import css from "./state.module.css";

const SHAPES: Record<SloState, string> = {
  critical: "M6 1 11.5 11H.5Z",
  rising: "M6 .5 11.5 6 6 11.5.5 6Z",
  spent: "M1 1h10v10H1Z",
  fine: "M6 .75a5.25 5.25 0 1 1 0 10.5A5.25 5.25 0 0 1 6 .75Z",
  no_data:
    "M6 .75a5.25 5.25 0 1 1 0 10.5A5.25 5.25 0 0 1 6 .75Zm0 1.5a3.75 3.75 0 1 0 0 7.5 3.75 3.75 0 0 0 0-7.5Z",
};

export function Glyph({ state, size = 12 }: { state: SloState; size?: number }) {
  return (
    <svg
      className={`${css.glyph} ${css[state]}`}
      width={size}
      height={size}
      viewBox="0 0 12 12"
      aria-hidden="true"
    >
      <path d={SHAPES[state]} />
    </svg>
  );
}

export function StateLabel({ state }: { state: SloState }) {
  const { t } = useTranslation();
  return (
    <span className={`${css.label} ${css[state]}`}>
      <Glyph state={state} /> {t(`state.${state}`)}
    </span>
  );
}

export function severityState(severity: Severity): SloState {
  if (severity === "sev1" || severity === "sev2") return "critical";
  return severity === "sev3" ? "rising" : "no_data";
}

export function SeverityLabel({ severity, resolved }: { severity: Severity; resolved: boolean }) {
  const { t } = useTranslation();
  const state = resolved ? "fine" : severityState(severity);
  return (
    <span className={`${css.label} ${css[state]}`}>
      <Glyph state={state} /> {t(`severity.${severity}`)}
    </span>
  );
}
