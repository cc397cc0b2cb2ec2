// The server's sentences, with each fact it cites as a link to the span it rests on.
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Explanation } from "@/api/model";
import css from "./explanation.module.css";
import { pieces } from "./pieces";

export function ExplanationText({ explanation }: { explanation: Explanation }) {
  const facts = new Map(explanation.facts.map((fact) => [fact.id, fact]));
  return (
    <p>
      {pieces(explanation.text).map((piece, index) => {
        const key = `${index}/${piece.text}`;
        if (!piece.fact) return <span key={key}>{piece.text}</span>;
        const fact = facts.get(piece.text);
        return <Cited key={key} id={piece.text} spanId={fact?.span_id ?? null} text={fact?.text ?? ""} />;
      })}
    </p>
  );
}

function Cited({ id, spanId, text }: { id: string; spanId: string | null; text: string }) {
  const { t } = useTranslation();
  if (spanId === null) {
    return (
      <span className={css.fact} title={text}>
        {id}
      </span>
    );
  }
  return (
    <Link
      to="."
      search={((old: object) => ({ ...old, span: spanId })) as never}
      resetScroll={false}
      className={css.fact}
      title={text}
      aria-label={t("trace.fact", { id, text })}
    >
      {id}
    </Link>
  );
}
