// Targets, loosest first, and what the past says of each. One is looked at: arrow keys walk along them.
import { useId } from "react";
import { useTranslation } from "react-i18next";
import type { TargetLadder, TargetRung } from "@/api/model";
import { useFormat } from "@/lib/view";
import { Muted } from "@/ui/page";
import { Glyph } from "@/ui/state";
import { type Column, Table } from "@/ui/table";
import css from "./ladder.module.css";
import { GLYPHS, leftText, type Subject, targetText, verdictText } from "./words";

interface LadderProps {
  ladder: TargetLadder;
  subject: Subject;
  /** The target of the SLO as it is. */
  now: number | null;
  rung: TargetRung;
  windowDays: number;
  past: string;
  onChoose: (rung: TargetRung) => void;
}

export function Ladder(props: LadderProps) {
  const { t } = useTranslation();
  const columns = useColumns(props);
  return (
    <div className={css.ladder} role="radiogroup" aria-label={t("suggest.ladder.title")}>
      <Table
        label={t("suggest.ladder.title")}
        columns={columns}
        rows={props.ladder.targets}
        rowKey={targetText}
        selected={targetText(props.rung)}
      />
    </div>
  );
}

function useColumns(props: LadderProps): Column<TargetRung>[] {
  const { t } = useTranslation();
  const f = useFormat();
  const id = useId();
  const { ladder, subject, past } = props;
  const window = f.span(props.windowDays * 86_400);
  const idOf = (part: string, rung: TargetRung) => `${id}${part}${targetText(rung)}`;
  return [
    {
      key: "target",
      title: t("slo.column.target"),
      cell: (rung) => (
        <label className={css.target}>
          <input
            type="radio"
            name={id}
            checked={rung === props.rung}
            onChange={() => props.onChoose(rung)}
            aria-labelledby={idOf("target", rung)}
            aria-describedby={`${idOf("allowed", rung)} ${idOf("verdict", rung)}`}
          />
          <span id={idOf("target", rung)}>
            <span className={css.share}>{f.percent(rung.target, 6)}</span>
            {ladder.targets[ladder.recommended ?? -1] === rung ? (
              <span className={css.mark}> {t("suggest.recommended")}</span>
            ) : null}
            {rung.target === props.now ? <span className={css.now}> {t("suggest.now")}</span> : null}
          </span>
        </label>
      ),
    },
    {
      key: "allowed",
      title: t(`suggest.column.${subject}`, { window }),
      align: "end",
      cell: (rung) => (
        <span id={idOf("allowed", rung)}>
          {rung.verdict === "untestable" ? <Muted>{t("suggest.underOne")}</Muted> : f.count(rung.allowed)}
        </span>
      ),
    },
    {
      key: "verdict",
      title: t("suggest.column.past"),
      cell: (rung) => (
        <span id={idOf("verdict", rung)} className={css.verdict}>
          <Glyph state={GLYPHS[rung.verdict]} /> {verdictText(rung, ladder.windows, t, f)}
          {rung.verdict === "untestable" ? (
            <span className={css.needs}>
              {t("suggest.needs", { one: f.count(rung.events_for_one), events: f.count(ladder.events) })}
            </span>
          ) : null}
        </span>
      ),
    },
    {
      key: "left",
      title: t("suggest.column.left"),
      align: "end",
      wide: true,
      cell: (rung) => leftText(rung, f),
    },
    {
      key: "pages",
      title: t("suggest.column.pages", { past }),
      align: "end",
      cell: (rung) => f.count(rung.pages),
    },
    {
      key: "tickets",
      title: t("suggest.column.tickets", { past }),
      align: "end",
      wide: true,
      cell: (rung) => f.count(rung.tickets),
    },
  ];
}
