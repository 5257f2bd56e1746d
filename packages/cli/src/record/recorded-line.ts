/** What of an event stream becomes a line of a recording: `{"t_ms", "chunk", "event"?}`, the chunk as the provider wrote it. */
export class Recorder {
  #event = "";
  #data: string[] = [];
  #ended = false;
  /** Data that is no JSON, which the format has no place for. */
  unreadable = 0;
  lines = 0;

  /** Whether `[DONE]` came. */
  get ended(): boolean {
    return this.#ended;
  }

  /** @param t_ms since the request @returns the recording's line, without a newline, that this line completed */
  line(line: string, t_ms: number): string | null {
    if (line !== "") {
      this.#field(line);
      return null;
    }
    const [data, event] = [this.#data, this.#event];
    this.#data = [];
    this.#event = "";
    return data.length === 0 ? null : this.#recorded(data.join(" "), event, t_ms);
  }

  /** What an end without an empty line left over. */
  end(t_ms: number): string | null {
    return this.line("", t_ms);
  }

  #field(line: string): void {
    const [, name, value = ""] = /^(\w+):? ?(.*)$/su.exec(line) ?? [];
    if (name === "data") this.#data.push(value);
    if (name === "event") this.#event = value;
  }

  #recorded(data: string, event: string, t_ms: number): string | null {
    if (data.trim() === "[DONE]") {
      this.#ended = true;
      return null;
    }
    try {
      JSON.parse(data);
    } catch {
      this.unreadable += 1;
      return null;
    }
    this.lines += 1;
    const named = event === "" ? "" : `, "event": ${JSON.stringify(event)}`;
    return `{"t_ms": ${Math.round(t_ms)}, "chunk": ${data.trim()}${named}}`;
  }
}
