// Every change a person can make. It must never pretend: a page shows the new state once the server has it.
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { client } from "./client";
import type { BudgetReset, Exclusions, Severity, Token } from "./model";

function useChange<Input, Answer>(act: (input: Input) => Promise<Answer>) {
  const queries = useQueryClient();
  return useMutation<Answer, unknown, Input>({
    mutationFn: act,
    onSettled: () => queries.invalidateQueries(),
  });
}

export type IncidentChange =
  | { act: "ack"; comment?: string }
  | { act: "resolve"; comment?: string }
  | { act: "reopen" }
  | { act: "comment"; text: string }
  | { act: "severity"; severity: Severity }
  | { act: "owner"; owner: string | null };

function changeIncident(id: number, change: IncidentChange) {
  const params = { path: { id: String(id) } };
  switch (change.act) {
    case "ack":
      return client.POST("/api/v1/incidents/{id}/ack", { params, body: { comment: change.comment } });
    case "resolve":
      return client.POST("/api/v1/incidents/{id}/resolve", { params, body: { comment: change.comment } });
    case "reopen":
      return client.POST("/api/v1/incidents/{id}/reopen", { params, body: {} });
    case "comment":
      return client.POST("/api/v1/incidents/{id}/comment", { params, body: { text: change.text } });
    case "severity":
      return client.POST("/api/v1/incidents/{id}/severity", { params, body: { severity: change.severity } });
    case "owner":
      return client.POST("/api/v1/incidents/{id}/owner", { params, body: { owner: change.owner } });
  }
}

export function useIncidentChange(id: number) {
  return useChange((change: IncidentChange) => changeIncident(id, change));
}

export interface NewIncident {
  title: string;
  severity: Severity;
  service?: string | undefined;
  description?: string | undefined;
}

export function useOpenIncident() {
  return useChange(async (body: NewIncident) => {
    const { data } = await client.POST("/api/v1/incidents", { body });
    if (data === undefined) throw new Error("empty answer");
    return data;
  });
}

export function useMute(name: string) {
  return useChange((body: { until: string; reason: string }) =>
    client.POST("/api/v1/slos/{name}/mute", { params: { path: { name } }, body }),
  );
}

export function useUnmute(name: string) {
  return useChange((_: undefined) =>
    client.DELETE("/api/v1/slos/{name}/mute", { params: { path: { name } } }),
  );
}

async function exclude(name: string, body: Exclusions) {
  const params = { path: { name } };
  const { data } = await client.POST("/api/v1/slos/{name}/exclusions", { params, body });
  if (data === undefined) throw new Error("empty answer");
  return data;
}

/** What an exclusion would change. Nothing is entered. */
export function usePlanExclusion(name: string) {
  return useMutation({ mutationFn: (wish: Exclusions) => exclude(name, { ...wish, dry_run: true }) });
}

export function useExclude(name: string) {
  return useChange((wish: Exclusions) => exclude(name, { ...wish, dry_run: false }));
}

async function resetBudget(name: string, body: BudgetReset) {
  const params = { path: { name } };
  const { data } = await client.POST("/api/v1/slos/{name}/resets", { params, body });
  if (data === undefined) throw new Error("empty answer");
  return data;
}

/** What a reset would change. Nothing is entered. */
export function usePlanReset(name: string) {
  return useMutation({ mutationFn: (wish: BudgetReset) => resetBudget(name, { ...wish, dry_run: true }) });
}

export function useResetBudget(name: string) {
  return useChange((wish: BudgetReset) => resetBudget(name, { ...wish, dry_run: false }));
}

export function useWithdraw(name: string) {
  return useChange(({ id, ...body }: { id: string; reason: string; from_now: boolean }) =>
    client.POST("/api/v1/slos/{name}/exclusions/{id}/withdraw", {
      params: { path: { name, id } },
      body,
    }),
  );
}

export function useTestTarget() {
  return useChange(async (name: string) => {
    const { data } = await client.POST("/api/v1/targets/{name}/test", { params: { path: { name } } });
    if (data === undefined) throw new Error("empty answer");
    return data;
  });
}

export function useVerifyStore() {
  return useChange(async (_: undefined) => {
    const { data } = await client.POST("/api/v1/store/verify");
    if (data === undefined) throw new Error("empty answer");
    return data;
  });
}

export function useCreateToken() {
  return useChange(async (body: { name: string; scope: Token["scope"]; expires_at?: string }) => {
    const { data } = await client.POST("/api/v1/tokens", { body });
    if (data === undefined) throw new Error("empty answer");
    return data;
  });
}

export function useRevokeToken() {
  return useChange((id: string) => client.DELETE("/api/v1/tokens/{id}", { params: { path: { id } } }));
}

export function useSignOut() {
  return useMutation({
    mutationFn: () => client.DELETE("/api/v1/session"),
    onSuccess: () => window.location.assign("/login"),
  });
}

/** The answer of a query as a file. */
export function useQueryFile() {
  return useMutation({
    mutationFn: async ({ sql, format }: { sql: string; format: "csv" | "parquet" }) => {
      const { data, response } = await client.POST("/api/v1/query", {
        body: { sql, format },
        parseAs: "blob",
      });
      const name = /filename="([^"]+)"/.exec(response.headers.get("content-disposition") ?? "")?.[1];
      return {
        blob: data as unknown as Blob,
        name: name ?? `query.${format}`,
        rows: Number(response.headers.get("x-ippo-records") ?? 0),
        truncated: response.headers.has("x-ippo-truncated"),
      };
    },
  });
}
