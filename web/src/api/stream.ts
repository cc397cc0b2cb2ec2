// Server-sent events of a call as they come. It must never stay connected when nobody listens.
import { goToLogin } from "./client";
import { eventReader, type ServerEvent } from "./events";
import { errorFrom } from "./problem";

/** Calls; the events end when the server ends them, and throw when the connection breaks or `signal` leaves. */
export async function openEvents(path: string, signal: AbortSignal): Promise<AsyncIterable<ServerEvent>> {
  const headers = { accept: "text/event-stream" };
  const response = await fetch(path, { headers, signal });
  if (response.status === 401) goToLogin();
  if (!response.ok) throw await errorFrom(response);
  if (response.body === null) throw new TypeError("no body");
  return events(response.body);
}

async function* events(body: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<ServerEvent> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  const read = eventReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield* read(decoder.decode(value, { stream: true }));
    }
  } finally {
    // Whoever stops listening leaves. What breaks by that was not wanted any more.
    await reader.cancel().catch(() => undefined);
  }
}
