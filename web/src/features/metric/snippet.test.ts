import { expect, test } from "vitest";
import { prometheusSnippet } from "./snippet";

test("a Prometheus is told where to send and, where it must, with what token", () => {
  const open = prometheusSnippet("127.0.0.1:4318", false);
  expect(open).toContain("url: http://127.0.0.1:4318/api/v1/write");
  expect(open).not.toContain("credentials");
  expect(prometheusSnippet("https://ippo.example", true)).toContain("url: https://ippo.example/api/v1/write");
  expect(prometheusSnippet("https://ippo.example", true)).toContain("credentials: <token>");
});
