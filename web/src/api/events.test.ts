import { expect, test } from "vitest";
import { eventReader, type ServerEvent } from "./events";

test("events are read however they are cut", () => {
  const text =
    ": following\n\nevent: logs\ndata: {\ndata: 支}\n\n: nothing new\n\nevent: end\r\ndata: {}\r\n\r\n";
  for (const size of [1, 3, 1000]) {
    const read = eventReader();
    const events: ServerEvent[] = [];
    for (let at = 0; at < text.length; at += size) events.push(...read(text.slice(at, at + size)));
    expect(events).toEqual([
      { name: "logs", data: "{\n支}" },
      { name: "end", data: "{}" },
    ]);
  }
});
