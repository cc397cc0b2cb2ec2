// One Chromium for the specs, and a page that notes whatever must not happen: requests to the outside, violations of
// the content security policy, errors in the console.
//
// IPPO_E2E_URL points the specs at a running ippo instead of the fixtures; IPPO_E2E_COOKIE ("name=value") or
// IPPO_E2E_TOKEN signs them in. CHROMIUM names another browser than Debian's.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";
import { FIXTURE_NOW, hold } from "./clock.mjs";
import { makeServer } from "./fixture-server.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const ARGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
export const REAL = process.env.IPPO_E2E_URL;

/** The browser, before the ippo at `url` or else before the fixtures; `cookie` signs its pages in. */
export async function open({ url, cookie } = { url: REAL, cookie: process.env.IPPO_E2E_COOKIE }) {
  const server = url ? undefined : makeServer();
  if (server) hold();
  if (server) await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const base = url ?? `http://127.0.0.1:${server.address().port}`;
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ARGS,
  });
  return {
    base,
    page: (options) => newPage(browser, base, { cookie, clock: server && FIXTURE_NOW, ...options }),
    async close() {
      await browser.close();
      server?.closeAllConnections();
      await new Promise((done) => (server ? server.close(done) : done()));
    },
  };
}

async function newPage(
  browser,
  base,
  { lang = "en", width = 1440, theme = "light", fixture, touch = false, cookie, clock },
) {
  const headers = process.env.IPPO_E2E_TOKEN ? { authorization: `Bearer ${process.env.IPPO_E2E_TOKEN}` } : {};
  const context = await browser.newContext({
    viewport: { width, height: width < 800 ? 844 : 900 },
    locale: lang === "ja" ? "ja-JP" : "en-GB",
    timezoneId: "Asia/Tokyo",
    colorScheme: theme,
    hasTouch: touch,
    extraHTTPHeaders: headers,
    permissions: ["clipboard-read", "clipboard-write"],
  });
  const cookies = [cookie, fixture && `fixture=${fixture}`].filter(Boolean);
  for (const cookie of cookies) {
    const [name, value] = [cookie.slice(0, cookie.indexOf("=")), cookie.slice(cookie.indexOf("=") + 1)];
    await context.addCookies([{ name, value, url: base }]);
  }
  if (clock) await context.clock.setFixedTime(clock);
  const page = await context.newPage();
  const trouble = [];
  page.on("request", (request) => {
    if (!request.url().startsWith(base) && !request.url().startsWith("data:"))
      trouble.push(`external request: ${request.url()}`);
  });
  page.on("pageerror", (error) => trouble.push(`page error: ${error}`));
  page.on("console", (message) => {
    // An answer that the spec asked to fail is logged by the browser as an error of loading, which is no trouble.
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource"))
      trouble.push(message.text());
  });
  await page.addInitScript(() => {
    window.__violations = [];
    document.addEventListener("securitypolicyviolation", (event) => {
      window.__violations.push(`${event.violatedDirective}: ${event.blockedURI || event.sample}`);
    });
  });
  const waitForURL = page.waitForURL.bind(page);
  return Object.assign(page, {
    /** Goes to a path and waits until nothing there is still loading. */
    async visit(path) {
      await page.arrive(path);
      await page.settled();
    },
    /** Goes to a path that may well load for long. */
    async arrive(path) {
      await page.goto(base + path);
      await page.waitForSelector("main h1");
    },
    /** Waits until the page goes nowhere, fetches nothing and has drawn what it fetched. */
    async settled() {
      await page.evaluate(() => {
        window.__calmFrames = 0;
      });
      await page.waitForFunction(() => {
        const calm =
          document.querySelector("main h1") !== null &&
          document.querySelector("[data-busy], [data-view=loading]") === null;
        window.__calmFrames = calm ? window.__calmFrames + 1 : 0;
        return window.__calmFrames > 2;
      });
    },
    /** Waits for an address, and for what it shows. */
    async waitForURL(...wanted) {
      await waitForURL(...wanted);
      if (await page.evaluate(() => document.getElementById("root") !== null)) await page.settled();
    },
    /** Opens the palette and types what is looked for, once it has the focus; the first that it finds is marked then. */
    async palette(text) {
      await page.keyboard.press("Control+k");
      await page.locator("[role=dialog] input[role=combobox]:focus").waitFor();
      await page.keyboard.type(text);
      await page.locator("[role=option][data-highlighted]").waitFor();
      await page.settled();
    },
    /** What must not have happened since the page was opened. */
    async troubles() {
      return [...trouble, ...(await page.evaluate(() => window.__violations))];
    },
    /** By how many pixels it scrolls sideways. */
    async over() {
      return page.evaluate(() => Math.max(0, document.documentElement.scrollWidth - window.innerWidth));
    },
    /** What must not be on any page: the above, violations, scrolling sideways, and numbers that nobody measured. */
    async faults() {
      const over = await page.over();
      const sideways = over > 0 ? [`scrolls sideways by ${over} px`] : [];
      const unmeasured = (await page.innerText("main")).match(/NaN|undefined|Infinity|Invalid Date/g) ?? [];
      return [...(await page.axe()), ...(await page.troubles()), ...sideways, ...unmeasured];
    },
    /** The violations of WCAG 2.2 AA that axe finds; injected by the debugger, which the policy does not bind. */
    async axe() {
      await page.evaluate(AXE);
      return page.evaluate(async () => {
        const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
        const result = await window.axe.run(document, { runOnly: { type: "tag", values: tags } });
        return result.violations.map(
          (each) =>
            `${each.id}: ${each.nodes
              .slice(0, 3)
              .map((node) => node.html.slice(0, 160))
              .join(" | ")}`,
        );
      });
    },
  });
}

export const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
/** Every page, by name. */
export const PAGES = {
  today: "/",
  services: "/services",
  service: "/services/frontend",
  narrowed: "/services/frontend?where=error",
  requests: "/requests",
  trace: `/traces/${TRACE}`,
  logs: "/logs",
  metrics: "/explore/metrics",
  metric: "/explore/metrics?metric=http.server.request.duration&by=http.route",
  log: "/logs?record=newest",
  sql: "/sql",
  store: "/store",
  slos: "/slos",
  slo: "/slos/checkout-succeeds",
  spend: "/slos/checkout-succeeds?by=endpoint",
  policies: "/slos/-/policies",
  report: "/slos/-/report",
  journeys: "/slos/-/journeys",
  journey: "/slos/-/journeys/checkout",
  slas: "/slos/-/slas",
  sla: "/slos/-/slas/shop-api",
  suggest: "/slos/-/new?service=frontend",
  again: "/slos/-/new?slo=checkout-succeeds",
  rules: "/incidents/-/rules",
  incidents: "/incidents",
  incident: "/incidents/41",
  setup: "/setup",
  targets: "/setup?tab=targets",
  tokens: "/setup?tab=tokens",
  audit: "/setup?tab=audit",
};
