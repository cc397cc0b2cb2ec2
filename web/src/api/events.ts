// Reads server-sent events out of text as it comes. Pure.
export interface ServerEvent {
  /** Empty for an event without a name. */
  name: string;
  data: string;
}

/** Keeps what is no whole event yet; gives the events that a piece of text completes. Comments are none. */
export function eventReader(): (text: string) => ServerEvent[] {
  let rest = "";
  let name = "";
  let data: string[] = [];
  const line = (text: string): ServerEvent | null => {
    if (text === "") {
      const event = { name, data: data.join("\n") };
      name = "";
      data = [];
      return event.name === "" && event.data === "" ? null : event;
    }
    const colon = text.indexOf(":");
    const field = colon === -1 ? text : text.slice(0, colon);
    const value = colon === -1 ? "" : text.slice(colon + 1).replace(/^ /, "");
    if (field === "event") name = value;
    if (field === "data") data.push(value);
    return null;
  };
  return (text) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    return lines.map((each) => line(each.replace(/\r$/, ""))).filter((event) => event !== null);
  };
}
