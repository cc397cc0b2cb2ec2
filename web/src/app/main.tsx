// Starts the page: language, theme, router. It must never draw before the words are there.
import { CSPProvider } from "@base-ui/react/csp-provider";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import i18next from "i18next";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { statusOf } from "@/api/problem";
import { preferred, startLocale } from "@/lib/locale";
import { applyTheme, storedTheme } from "@/lib/theme";
import { NowProvider } from "@/lib/view";
import { markBusy } from "./busy";
import { makeRouter } from "./router";
import "./tokens.css";
import "./base.css";

const RETRIES = 2;
const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      // A laptop that calls itself offline may well reach the ippo on its own loopback.
      networkMode: "always",
      // What the server refused it will refuse again; only silence and overload are worth another try.
      retry: (failures, error) => failures < RETRIES && [0, 429, 502, 503, 504].includes(statusOf(error)),
      retryDelay: (attempt) => 500 * 2 ** attempt,
    },
  },
});

const router = makeRouter();
declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}

async function start(): Promise<void> {
  applyTheme(storedTheme());
  await startLocale(preferred());
  // What the server says comes in the reader's language too.
  i18next.on("languageChanged", () => void queries.invalidateQueries());
  const root = document.getElementById("root");
  if (root === null) throw new Error("the page has no root element");
  markBusy(root, router, queries);
  createRoot(root).render(
    <StrictMode>
      <CSPProvider disableStyleElements>
        <QueryClientProvider client={queries}>
          <NowProvider>
            <RouterProvider router={router} />
          </NowProvider>
        </QueryClientProvider>
      </CSPProvider>
    </StrictMode>,
  );
}

void start();
