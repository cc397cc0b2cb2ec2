// A line the size of a word, for a table cell; the numbers stand beside it, so readers of screens skip it.
import css from "./spark.module.css";

const WIDTH = 110;
const HEIGHT = 22;

/** Null is a gap: the line breaks there and is never drawn through. */
export function Spark({ values, tone }: { values: readonly (number | null)[]; tone: string }) {
  const top = Math.max(...values.map((value) => value ?? 0), Number.EPSILON);
  const step = values.length > 1 ? WIDTH / (values.length - 1) : 0;
  let path = "";
  let pen = "M";
  values.forEach((value, index) => {
    if (value === null) {
      pen = "M";
      return;
    }
    path += `${pen}${(index * step).toFixed(1)} ${(HEIGHT - 2 - (value / top) * (HEIGHT - 4)).toFixed(1)}`;
    pen = "L";
  });
  return (
    <svg className={`${css.spark} ${css[tone] ?? ""}`} width={WIDTH} height={HEIGHT} aria-hidden="true">
      <path d={path} />
    </svg>
  );
}

/** Thins a series to what a word-sized line can show, keeping the highest of each group. */
export function thin(values: readonly (number | null)[], most = 48): (number | null)[] {
  if (values.length <= most) return [...values];
  const size = values.length / most;
  return Array.from({ length: most }, (_, group) => {
    const part = values.slice(Math.floor(group * size), Math.max(Math.floor((group + 1) * size), 1));
    const known = part.filter((value): value is number => value !== null);
    return known.length === 0 ? null : Math.max(...known);
  });
}
