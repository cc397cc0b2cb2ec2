// What the stand-up has been through. It stays in this browser tab: it is a pencil tick, not a record.
import { useCallback, useState } from "react";
import { stepRow, useKeys } from "@/lib/keys";

const KEY = "ippo.discussed";

function load(): Set<string> {
  try {
    const value: unknown = JSON.parse(window.sessionStorage.getItem(KEY) ?? "[]");
    return new Set(Array.isArray(value) ? value.map(String) : []);
  } catch {
    return new Set();
  }
}

/** Space ticks the row under the cursor and goes on to the next. */
export function useDiscussed(): (id: string) => boolean {
  const [done, setDone] = useState(load);
  const handle = useCallback((key: string) => {
    const id = key === " " ? (document.activeElement as HTMLElement | null)?.dataset.row : undefined;
    if (!id) return false;
    setDone((old) => {
      const next = new Set(old);
      if (!next.delete(id)) next.add(id);
      window.sessionStorage.setItem(KEY, JSON.stringify([...next]));
      return next;
    });
    stepRow(1);
    return true;
  }, []);
  useKeys(handle);
  return (id) => done.has(id);
}
