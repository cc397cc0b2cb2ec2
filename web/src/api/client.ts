// The one place that talks to the server. It must never keep a token: the browser's session cookie speaks.
import i18next from "i18next";
import createFetchClient, { type Middleware } from "openapi-fetch";
import createQueryClient from "openapi-react-query";
import { exactJson } from "./exact";
import { errorFrom } from "./problem";
import type { paths } from "./schema";

let csrf: string | null = null;

/** The value that the session gave us; changing requests carry it. */
export function rememberCsrf(value: string | null): void {
  csrf = value;
}

/** Leaves the page for the server's own sign-in form, which brings the reader back here. */
export function goToLogin(): void {
  const here = window.location.pathname + window.location.search;
  if (window.location.pathname === "/login") return;
  window.location.assign(`/login?next=${encodeURIComponent(here)}`);
}

const guard: Middleware = {
  onRequest({ request }) {
    request.headers.set("accept-language", i18next.language);
    if (request.method !== "GET" && csrf !== null) request.headers.set("x-ippo-csrf", csrf);
    return request;
  },
  async onResponse({ response }) {
    if (response.status === 401) goToLogin();
    if (!response.ok) throw await errorFrom(response);
    if (!response.headers.get("content-type")?.startsWith("application/json")) return undefined;
    const { status, headers } = response;
    return new Response(exactJson(await response.text()), { status, headers });
  },
};

export const client = createFetchClient<paths>({ baseUrl: window.location.origin });
client.use(guard);
export const api = createQueryClient(client);
