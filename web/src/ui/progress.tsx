// How far something has got that takes long, in words and as a bar, and the way to end it. It must never be shown for what
// is done in a moment.
import { useTranslation } from "react-i18next";
import { Button } from "./button";
import css from "./progress.module.css";

/** Steps in which it is read out: more would drown everything else. */
const READ_OUT_PERCENT = 25;

export function Progress(props: { label: string; share: number; text: string; stop: () => void }) {
  const { t } = useTranslation();
  const percent = Math.floor(Math.min(1, Math.max(0, props.share)) * 100);
  const readOut = percent - (percent % READ_OUT_PERCENT);
  return (
    <div className={css.progress} data-view="progress">
      <progress className={css.bar} aria-label={props.label} max={100} value={percent} />
      <p className={css.text}>{props.text}</p>
      <Button onClick={props.stop}>{t("stop")}</Button>
      <span className={css.hidden} role="status">
        {t("progress", { label: props.label, percent: readOut })}
      </span>
    </div>
  );
}
