import { describe, expect, it } from "vitest";
import { curlSnippet, environmentSnippet, nodeSnippet, pythonSnippet } from "./snippets";

const loopback = { address: "http://127.0.0.1:4318", needsToken: false };
const remote = { address: "ippo.example:4318", needsToken: true };
const all = [environmentSnippet, pythonSnippet, nodeSnippet, curlSnippet];

describe("what a newcomer pastes", () => {
  it("names no token where none is needed", () => {
    for (const snippet of all) expect(snippet(loopback)).not.toMatch(/token|bearer/i);
  });

  it("holds the token where one is needed, and where the data goes", () => {
    for (const snippet of all) {
      expect(snippet(remote)).toMatch(/Bearer(%20| )<token>/);
      expect(snippet(remote)).toContain("http://ippo.example:4318");
    }
  });

  it("writes the header as each reader of it wants it", () => {
    expect(environmentSnippet(remote)).toContain(
      '\nexport OTEL_EXPORTER_OTLP_HEADERS="authorization=Bearer%20<token>"\nexport OTEL_SERVICE_NAME',
    );
    expect(nodeSnippet(remote)).toContain(
      '\nOTEL_EXPORTER_OTLP_HEADERS="authorization=Bearer%20<token>" \\\nOTEL_EXPORTER_OTLP_ENDPOINT',
    );
    expect(curlSnippet(remote)).toContain("-H 'authorization: Bearer <token>' -d '");
  });
});
