// What another target would change for an SLO that is there, and how its definition says so. Nothing is changed here.
import { useTranslation } from "react-i18next";
import { useFormat } from "@/lib/view";
import { Snippet } from "@/ui/link";
import { Fact, Facts } from "@/ui/page";
import css from "./page.module.css";
import type { Look } from "./promises";
import { targetText } from "./words";

export function Change({ promise, ladder, rung, subject, windowDays }: Look & { windowDays: number }) {
  const { t } = useTranslation();
  const f = useFormat();
  const now = ladder.targets.find((each) => each.target === promise.target);
  if (rung === now) return <p className={css.caution}>{t("suggest.change.same")}</p>;
  const instead = (n: number, before: number) =>
    n === before
      ? t("suggest.change.asNow", { n: f.count(n) })
      : t("suggest.change.instead", { n: f.count(n), before: f.count(before) });
  return (
    <>
      {now === undefined ? null : (
        <div className={css.change}>
          <p>{t("suggest.change.title", { target: f.percent(now.target, 6) })}</p>
          <Facts>
            <Fact name={t(`suggest.fact.${subject}`)}>
              {instead(rung.allowed, now.allowed)}{" "}
              {t("suggest.change.in", { window: f.span(windowDays * 86_400) })}
            </Fact>
            <Fact name={t("suggest.fact.pages")}>{instead(rung.pages, now.pages)}</Fact>
            <Fact name={t("suggest.fact.tickets")}>{instead(rung.tickets, now.tickets)}</Fact>
          </Facts>
        </div>
      )}
      <p className={css.caution}>{t("suggest.change.how")}</p>
      <Snippet label={t("suggest.change.line")} text={`target: ${targetText(rung)}\n`} />
    </>
  );
}
