// The waterfall: one row a span, only those in sight in the document. It is a tree to those who cannot see it.
import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, useEffect, useRef } from "react";
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
            const place = { height: item.size, transform: `translateY(${item.start}px)` };
            return (
              <SpanRow
                key={row.span.span_id}
                row={row}
                place={place}
                tree={tree}
                choice={choice}
                selected={item.index === index}
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

function SpanRow(props: {
  row: Row;
  place: { height: number; transform: string };
  tree: Tree;
  choice: Choice;
  selected: boolean;
}) {
  const { row, tree, choice, selected } = props;
  const { span } = row;
  const folded = choice.folded.has(span.span_id);
  const indent = { paddingLeft: Math.min(row.depth, INDENTS_MOST) * INDENT_PX };
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tree has the keys, as its pattern wants.
    // biome-ignore lint/a11y/useFocusableInteractive: the tree holds the focus and names its active item.
    <div
      id={`span-${span.span_id}`}
      role="treeitem"
      aria-level={row.depth + 1}
      aria-selected={selected}
      aria-expanded={row.children > 0 ? !folded : undefined}
      className={css.row}
      style={props.place}
      onClick={() => choice.select(span.span_id)}
      onDoubleClick={() => (row.children > 0 ? choice.fold(span.span_id) : undefined)}
    >
      <span className={css.name} style={indent} title={`${span.service} ${span.name}`}>
        {row.depth > INDENTS_MOST ? <span className={css.depth}>{row.depth} </span> : null}
        <span className={css.service}>{span.service} </span>
        {span.name}
        {folded ? " …" : ""}
      </span>
      <Timing row={row} durationNs={tree.durationNs} />
    </div>
  );
}

const INSIDE_SHARE = 0.14;
const ROOM_SHARE = 0.86;

function Timing({ row, durationNs }: { row: Row; durationNs: number }) {
  const { t } = useTranslation();
  const f = useFormat();
  const left = Math.max(0, row.offsetNs / durationNs);
  const width = Math.min(row.span.duration_ns / durationNs, 1 - left);
  const error = failed(row.span);
  const took = f.ms(row.span.duration_ns / 1e6);
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
        {error ? <span className={css.hidden}> {t("trace.error")}</span> : null}
      </span>
    </span>
  );
}
