// The waterfall: one row a span, only those in sight in the document. It is a tree to those who cannot see it.
import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, memo, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "@/lib/view";
import type { Choice } from "./page";
import { failed, type Row, type Tree } from "./tree";
import css from "./waterfall.module.css";

const ROW_PX = 26;
const NARROW_ROW_PX = 46;
const INDENT_PX = 14;
const INDENTS_MOST = 12;
const OVERSCAN = 8;
/** Up to here the page scrolls, above it the waterfall does. */
const UNCAPPED_ROWS = 40;

export function Waterfall({ tree, choice }: { tree: Tree; choice: Choice }) {
  const { t } = useTranslation();
  const scroller = useRef<HTMLDivElement>(null);
  const narrow = window.matchMedia("(width <= 640px)").matches;
  const virtual = useVirtualizer({
    count: choice.rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => (narrow ? NARROW_ROW_PX : ROW_PX),
    overscan: OVERSCAN,
    initialOffset: 0,
  });
  const { index } = choice;
  const f = useFormat();
  const errorWord = t("trace.error");
  useEffect(() => virtual.scrollToIndex(index, { align: "auto" }), [virtual, index]);
  return (
    <div className={css.frame}>
      <Scale durationNs={tree.durationNs} />
      <div
        ref={scroller}
        className={choice.rows.length > UNCAPPED_ROWS ? css.scroller : css.whole}
        role="tree"
        tabIndex={0}
        aria-label={t("trace.waterfall")}
        aria-activedescendant={`span-${choice.row?.span.span_id}`}
        onKeyDown={(event) => onArrow(event, choice)}
      >
        <div role="none" className={css.sizer} style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map((item) => {
            const row = choice.rows[item.index];
            if (row === undefined) return null;
            return (
              <SpanRow
                key={row.span.span_id}
                row={row}
                start={item.start}
                size={item.size}
                durationNs={tree.durationNs}
                selected={item.index === index}
                folded={choice.folded.has(row.span.span_id)}
                select={choice.select}
                fold={choice.fold}
                took={f.ms(row.span.duration_ns / 1e6)}
                errorWord={errorWord}
              />
            );
          })}
        </div>
      </div>
    </div>
  );
}

function onArrow(event: KeyboardEvent, choice: Choice): void {
  const { rows, index, row } = choice;
  const go = (to: Row | undefined) => (to === undefined ? undefined : choice.select(to.span.span_id));
  const folded = row !== undefined && choice.folded.has(row.span.span_id);
  if (event.key === "ArrowDown") go(rows[index + 1]);
  else if (event.key === "ArrowUp") go(rows[index - 1]);
  else if (event.key === "Home") go(rows[0]);
  else if (event.key === "End") go(rows.at(-1));
  else if (event.key === "ArrowLeft" && row !== undefined && row.children > 0 && !folded)
    choice.fold(row.span.span_id);
  else if (event.key === "ArrowRight" && row !== undefined && folded) choice.fold(row.span.span_id);
  else if (event.key === "Enter") document.getElementById("span-panel")?.focus();
  else return;
  event.preventDefault();
}

function Scale({ durationNs }: { durationNs: number }) {
  const f = useFormat();
  const parts = [0, 0.25, 0.5, 0.75];
  return (
    <div className={css.scale} aria-hidden="true">
      <span className={css.ticks}>
        {parts.map((part) => (
          <span key={part}>{part === 0 ? "0" : f.ms((durationNs * part) / 1e6)}</span>
        ))}
      </span>
    </div>
  );
}

interface SpanRowProps {
  row: Row;
  start: number;
  size: number;
  durationNs: number;
  selected: boolean;
  folded: boolean;
  select: (spanId: string) => void;
  fold: (spanId: string) => void;
  took: string;
  errorWord: string;
}

/** Takes all it needs as plain values: a row that only scrolls is not drawn again. */
const SpanRow = memo(function SpanRow(props: SpanRowProps) {
  const { row, folded, select, fold } = props;
  const { span } = row;
  const indent = { paddingLeft: Math.min(row.depth, INDENTS_MOST) * INDENT_PX };
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tree has the keys, as its pattern wants.
    // biome-ignore lint/a11y/useFocusableInteractive: the tree holds the focus and names its active item.
    <div
      id={`span-${span.span_id}`}
      role="treeitem"
      aria-level={row.depth + 1}
      aria-selected={props.selected}
      aria-expanded={row.children > 0 ? !folded : undefined}
      className={css.row}
      style={{ height: props.size, transform: `translateY(${props.start}px)` }}
      onClick={() => select(span.span_id)}
      onDoubleClick={() => (row.children > 0 ? fold(span.span_id) : undefined)}
    >
      <span className={css.name} style={indent} title={`${span.service} ${span.name}`}>
        {row.depth > INDENTS_MOST ? <span className={css.depth}>{row.depth} </span> : null}
        <span className={css.service}>{span.service} </span>
        {span.name}
        {folded ? " …" : ""}
      </span>
      <Timing row={row} durationNs={props.durationNs} took={props.took} errorWord={props.errorWord} />
    </div>
  );
});

const INSIDE_SHARE = 0.14;
const ROOM_SHARE = 0.86;

function Timing(props: { row: Row; durationNs: number; took: string; errorWord: string }) {
  const { row, durationNs, took, errorWord } = props;
  const left = Math.max(0, row.offsetNs / durationNs);
  const width = Math.min(row.span.duration_ns / durationNs, 1 - left);
  const error = failed(row.span);
  const inside = left + width > ROOM_SHARE;
  const before = inside && width < INSIDE_SHARE;
  const bar = { left: `${left * 100}%`, width: `max(2px, ${width * 100}%)` };
  const label = before
    ? { right: `${(1 - left) * 100}%` }
    : inside
      ? { right: `${(1 - left - width) * 100}%` }
      : { left: `${(left + width) * 100}%` };
  const tone = inside && !before ? (error ? css.onError : css.onBar) : css.beside;
  return (
    <span className={css.timing}>
      <span className={error ? css.error : css.bar} style={bar} />
      <span className={`${css.took} ${tone}`} style={label}>
        {took}
        {error ? <span className={css.hidden}> {errorWord}</span> : null}
      </span>
    </span>
  );
}
