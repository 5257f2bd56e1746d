interface Message {
  readonly event: string;
  readonly id: string;
  readonly data: string;
}

/** Messages of an event stream from bytes as they arrive; what is not whole is never told. */
export class EventLines {
  readonly #decoder = new TextDecoder();
  #held = "";

  read(bytes: Uint8Array): Message[] {
    const blocks = (this.#held + this.#decoder.decode(bytes, { stream: true })).split("\n\n");
    this.#held = blocks.pop() ?? "";
    return blocks.flatMap((block) => {
      const fields = block.split("\n").map((line): [string, string] => {
        const colon = line.indexOf(":");
        return [line.slice(0, colon), line.slice(colon + 1).replace(/^ /u, "")];
      });
      const field = (name: string): string[] => fields.filter(([key]) => key === name).map(([, value]) => value);
      const data = field("data");
      if (data.length === 0) return [];
      return [{ event: field("event").at(-1) ?? "", id: field("id").at(-1) ?? "", data: data.join("\n") }];
    });
  }
}
