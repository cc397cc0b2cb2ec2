// A new SLO, from a draft to one that counts: its definition, what applying that would do, then doing it. It must never change
// an SLO that is there.
import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { client } from "./client";
import type { SloDraft } from "./model";

/** What is promised, of whose requests. */
export interface NewSlo {
  service: string;
  endpoint?: string | undefined;
  within_ms?: number | undefined;
  target: string;
  window_days: number;
  owner: string;
  notify: string;
}

/** Under this name there is an SLO by now; a new one would have the other. */
export class NameTaken extends Error {
  readonly taken: string;
  readonly next: string;

  constructor(taken: string, next: string) {
    super(`there is an SLO ${taken}`);
    this.taken = taken;
    this.next = next;
  }
}

const KEY = "slo-draft";

function files({ name, definition }: SloDraft) {
  return [{ path: `${name}.yaml`, text: definition }];
}

/** The definition, checked by the server: nothing is changed. */
async function drafted(slo: NewSlo, signal?: AbortSignal) {
  const { owner, notify, ...rest } = slo;
  const query = { ...rest, ...(owner === "" ? {} : { owner }), ...(notify === "" ? {} : { notify }) };
  const call = signal === undefined ? {} : { signal };
  const draft = await client.GET("/api/v1/slo-suggestions/definition", { params: { query }, ...call });
  if (draft.data === undefined) throw new Error("empty answer");
  const body = { files: files(draft.data), dry_run: true };
  const plan = await client.POST("/api/v1/apply", { body, ...call });
  if (plan.data === undefined) throw new Error("empty answer");
  return { ...draft.data, warnings: plan.data.warnings, steps: plan.data.plan };
}

/** The definition that is to be made true, and what the server says of it. */
export function useSloDraft(slo: NewSlo) {
  return useQuery({
    queryKey: [KEY, slo],
    queryFn: ({ signal }) => drafted(slo, signal),
    placeholderData: keepPreviousData,
    staleTime: 0,
    retry: false,
    refetchOnWindowFocus: false,
  });
}

/** Makes it, under the name that was shown and no other: so that an answer that was lost does not become a second SLO. */
export function useMakeSlo() {
  const queries = useQueryClient();
  return useMutation<string, unknown, { slo: NewSlo; name: string | undefined }>({
    mutationFn: async ({ slo, name }) => {
      const draft = await drafted(slo);
      const isNew = draft.steps.every((step) => step.action === "create");
      if (name !== undefined && (draft.name !== name || !isNew)) throw new NameTaken(name, draft.name);
      await client.POST("/api/v1/apply", { body: { files: files(draft) } });
      return draft.name;
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: ["get", "/api/v1/slos"] }),
    onError: () => queries.invalidateQueries({ queryKey: [KEY] }),
  });
}
