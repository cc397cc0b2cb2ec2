// What the chosen target means, in words: what it lets fail, and how often it would have called somebody.
import { useTranslation } from "react-i18next";
import { useFormat } from "@/lib/view";
import { Fact, Facts, Section } from "@/ui/page";
import css from "./page.module.css";
import type { Look } from "./promises";
import { cautions, leftText, meaning, verdictText } from "./words";

export function Meaning(props: { look: Look; windowDays: number; past: string; children: React.ReactNode }) {
  const { t } = useTranslation();
  const f = useFormat();
  const { look, windowDays, past } = props;
  const { promise, ladder, rung, subject } = look;
  const window = f.span(windowDays * 86_400);
  const said = meaning({ target: rung.target, subject, within: promise.within_ms, windowDays }, t, f);
  const warned = cautions(ladder, rung, windowDays, t, f);
  return (
    <Section title={t("suggest.means", { target: f.percent(rung.target, 6) })}>
      <div className={css.means} aria-live="polite">
        {said.map((sentence) => (
          <p key={sentence}>{sentence}</p>
        ))}
      </div>
      <Facts>
        <Fact name={t(`suggest.fact.${subject}`)}>
          {rung.verdict === "untestable"
            ? t("suggest.allowedNone", { window })
            : t("suggest.allowed", { n: f.count(rung.allowed), window })}
        </Fact>
        <Fact name={t("suggest.column.past")}>{verdictText(rung, ladder.windows, t, f)}</Fact>
        <Fact name={t("suggest.column.left")}>{leftText(rung, f)}</Fact>
        <Fact name={t("suggest.fact.pages")}>{t("suggest.inPast", { n: f.count(rung.pages), past })}</Fact>
        <Fact name={t("suggest.fact.tickets")}>
          {t("suggest.inPast", { n: f.count(rung.tickets), past })}
        </Fact>
      </Facts>
      {warned.map((sentence) => (
        <p key={sentence} className={css.caution}>
          {sentence}
        </p>
      ))}
      {props.children}
    </Section>
  );
}
