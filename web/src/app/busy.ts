// Marks the page as busy while it goes somewhere or fetches, for whoever drives it: what can be read before the mark is
// gone may be of the page before, or half of this one.
import type { QueryClient } from "@tanstack/react-query";
import type { AnyRouter } from "@tanstack/react-router";

/** Keeps `data-busy` on `root` from the first step of a navigation, fetch or change to the end of the last. */
export function markBusy(root: HTMLElement, router: AnyRouter, queries: QueryClient): void {
  let going = false;
  const mark = () => {
    root.toggleAttribute("data-busy", going || queries.isFetching() + queries.isMutating() > 0);
  };
  const goes = (now: boolean) => () => {
    going = now;
    mark();
  };
  router.subscribe("onBeforeNavigate", goes(true));
  router.subscribe("onResolved", goes(false));
  queries.getQueryCache().subscribe(mark);
  queries.getMutationCache().subscribe(mark);
}
