// The root of all pages: the shell, and what every address may carry.
import { createRootRoute, retainSearchParams } from "@tanstack/react-router";
import { readView, type ViewSearch } from "@/lib/view";
import { Shell } from "../shell";
import { Broken, Missing } from "../trouble";

export const Route = createRootRoute({
  validateSearch: (raw: Record<string, unknown>): ViewSearch => readView(raw),
  search: { middlewares: [retainSearchParams(["range", "from", "to", "env", "tz"])] },
  component: Shell,
  notFoundComponent: Missing,
  errorComponent: Broken,
});
