// Where one can go, said once: the rail, the palette and the keys read the same list. The rail leaves out what has no
// group: it holds eight at most.
export const PLACES = [
  { to: "/", key: "today", letter: "t", group: 0 },
  { to: "/services", key: "services", letter: "s", group: 1 },
  { to: "/requests", key: "requests", letter: "r", group: 1 },
  { to: "/logs", key: "logs", letter: "l", group: 1 },
  { to: "/slos", key: "slos", letter: "o", group: 1 },
  { to: "/incidents", key: "incidents", letter: "i", group: 2 },
  { to: "/setup", key: "setup", letter: "u", group: 3 },
  // Not in the rail, which has room for eight: by keys, by the palette, and from where the need arises.
  { to: "/explore/metrics", key: "metrics", letter: "m", group: null },
  { to: "/sql", key: "sql", letter: "q", group: null },
  { to: "/store", key: "store", letter: "d", group: null },
] as const;

export type Place = (typeof PLACES)[number];
