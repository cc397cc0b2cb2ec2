// How much of a budget is spent, as a bar. The exact number stands beside it.
import css from "./meter.module.css";

export function Meter({ spent, tone }: { spent: number | null; tone: string }) {
  const part = spent === null ? 0 : Math.min(1, Math.max(0, spent));
  return (
    <svg className={css.meter} width="120" height="8" aria-hidden="true">
      <rect width="120" height="8" className={spent === null ? css.unknown : css.track} />
      <rect width={120 * part} height="8" className={css[tone]} />
    </svg>
  );
}
