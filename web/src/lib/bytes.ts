// Bytes as people read them, in powers of 1024.
import type { Format } from "./format";

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
/** Between a number and its unit, which no line may part. */
const UNBROKEN = "\u00a0";

export function bytesText(bytes: number, f: Pick<Format, "lang">): string {
  let size = bytes;
  let step = 0;
  while (size >= 1024 && step < UNITS.length - 1) {
    size /= 1024;
    step += 1;
  }
  const text = new Intl.NumberFormat(f.lang, { maximumSignificantDigits: size >= 1000 ? 4 : 3 }).format(size);
  return `${text}${UNBROKEN}${UNITS[step]}`;
}
