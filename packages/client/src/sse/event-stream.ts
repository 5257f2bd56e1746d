/** One server-sent event. */
export interface ServerEvent {
  /** Empty where it has none. */
  readonly id: string;
  readonly event: string;
  readonly data: string;
}

/** UTF-16 code units that an event may take; far above the gateway's `event_bytes`. */
const EVENT_LENGTH = 4 * 1024 * 1024;

/** The body is no event stream of ours. */
export class OversizedEvent extends Error {}

/** Reads an event stream in pieces, however they are cut. Throws OversizedEvent instead of keeping ever more. */
export class EventStreamParser {
  readonly #decoder = new TextDecoder();
  #text = "";
  #id = "";
  #event = "";
  #data: string[] = [];
  #size = 0;

  /** The events that are complete with these bytes; one that is not is never told. */
  push(bytes: Uint8Array): ServerEvent[] {
    const events: ServerEvent[] = [];
    this.#text += this.#decoder.decode(bytes, { stream: true });
    let start = 0;
    // A CR at the end may be half of a CRLF: it waits for what follows.
    for (let end = lineEnd(this.#text, start); end !== -1; end = lineEnd(this.#text, start)) {
      this.#line(this.#text.slice(start, end), events);
      start = end + (this.#text.startsWith("\r\n", end) ? 2 : 1);
    }
    this.#text = this.#text.slice(start);
    if (this.#text.length + this.#size > EVENT_LENGTH) throw new OversizedEvent("An event is too long.");
    return events;
  }

  #line(line: string, events: ServerEvent[]): void {
    if (line === "") {
      if (this.#data.length > 0) events.push({ id: this.#id, event: this.#event, data: this.#data.join("\n") });
      this.#id = "";
      this.#event = "";
      this.#data = [];
      this.#size = 0;
      return;
    }
    const colon = line.indexOf(":");
    const name = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? "" : line.slice(colon + (line[colon + 1] === " " ? 2 : 1));
    if (name === "data") {
      this.#data.push(value);
      this.#size += value.length + 1;
    } else if (name === "id") this.#id = value;
    else if (name === "event") this.#event = value;
  }
}

function lineEnd(text: string, from: number): number {
  const lf = text.indexOf("\n", from);
  const cr = text.indexOf("\r", from);
  if (cr === -1 || (lf !== -1 && lf < cr)) return lf;
  return cr === text.length - 1 ? -1 : cr;
}
