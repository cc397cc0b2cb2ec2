// Single-key shortcuts. They must never fire while somebody writes, composes or holds a modifier.
import { useEffect } from "react";

function writing(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable) return true;
  return target.matches("input:not([type=checkbox]):not([type=radio]), textarea, select, [role=combobox]");
}

export function plainKey(event: KeyboardEvent): string | null {
  if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented)
    return null;
  if (writing(event.target)) return null;
  if (document.querySelector("[role=dialog], [role=alertdialog], [role=listbox]") !== null) return null;
  return event.key;
}

/**
 * Calls the handler for a plain key; what it handled, it returns true for. A page listens on the document and the
 * shell on the window, so that the page's own keys come first.
 */
export function useKeys(
  handle: (key: string, event: KeyboardEvent) => boolean,
  target: Document | Window = document,
): void {
  useEffect(() => {
    const listen = (event: Event) => {
      const key = plainKey(event as KeyboardEvent);
      if (key !== null && handle(key, event as KeyboardEvent)) event.preventDefault();
    };
    target.addEventListener("keydown", listen);
    return () => target.removeEventListener("keydown", listen);
  }, [handle, target]);
}

/** The links that j and k walk along: every one that heads a row of the page. */
function rowLinks(): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>("main [data-row]")].filter((row) => row.offsetParent);
}

export function stepRow(by: 1 | -1): boolean {
  const rows = rowLinks();
  if (rows.length === 0) return false;
  const at = rows.indexOf(document.activeElement as HTMLElement);
  const next = at === -1 ? (by === 1 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + by));
  rows[next]?.focus();
  rows[next]?.scrollIntoView({ block: "nearest" });
  return true;
}

/** True for the Enter that ends a Japanese composition, which is no wish to submit. */
export function composing(event: { nativeEvent: { isComposing?: boolean; keyCode?: number } }): boolean {
  return event.nativeEvent.isComposing === true || event.nativeEvent.keyCode === 229;
}
