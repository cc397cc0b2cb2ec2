// Instants with nanoseconds, which a Date cannot hold. Pure.

export interface Instant {
  /** Whole seconds since the epoch. */
  secs: number;
  /** 0 to 999,999,999 within the second. */
  nanos: number;
}

const SHAPE = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/;

export function parseInstant(text: string): Instant {
  const match = SHAPE.exec(text);
  if (match === null) {
    const ms = Date.parse(text);
    return { secs: Math.floor(ms / 1000), nanos: (ms % 1000) * 1e6 };
  }
  const secs = Date.parse(`${match[1]}${match[3]}`) / 1000;
  return { secs, nanos: Number((match[2] ?? "0").padEnd(9, "0")) };
}

/** b − a in nanoseconds; exact up to some hundred days, which no trace reaches. */
export function nanosBetween(a: Instant, b: Instant): number {
  return (b.secs - a.secs) * 1e9 + (b.nanos - a.nanos);
}
