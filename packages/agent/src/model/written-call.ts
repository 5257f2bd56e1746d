import { fieldsOf } from "./delta.ts";

/** What stands around a call that a model writes as text. */
export const CALL_TAGS = { open: "<tool_call>", close: "</tool_call>" } as const;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const LESS_THAN = 0x3c;

/** A tool call as text, `{"name", "arguments"}`, from behind its opening tag on. Every code unit is looked at once. */
export class WrittenCall {
  /** Code units so far. */
  length = 0;
  readonly #parts: string[] = [];
  #inString = false;
  #escaped = false;
  /** Code units of the closing tag that the text ends with. */
  #matched = 0;

  /** Takes text until the closing tag, which counts only outside of JSON strings. @returns what is behind it, or null */
  push(text: string): string | null {
    for (let at = 0; at < text.length; at += 1) {
      this.#look(text.charCodeAt(at));
      if (this.#matched < CALL_TAGS.close.length) continue;
      this.#take(text.slice(0, at + 1));
      return text.slice(at + 1);
    }
    this.#take(text);
    return null;
  }

  /** All of it, as it was written. */
  get text(): string {
    return CALL_TAGS.open + this.#parts.join("");
  }

  /** The call, where it is one of a tool that was offered; its closing tag may be missing. */
  read(offered: ReadonlySet<string>): { readonly name: string; readonly arguments: string } | null {
    const whole = this.#parts.join("");
    const fields = fieldsOf(parse(whole.slice(0, whole.length - this.#matched)));
    const name = fields?.name;
    if (fields === null || typeof name !== "string" || !offered.has(name)) return null;
    const given = fields.arguments ?? fields.parameters ?? {};
    return { name, arguments: typeof given === "string" ? given : JSON.stringify(given) };
  }

  #take(text: string): void {
    this.#parts.push(text);
    this.length += text.length;
  }

  #look(unit: number): void {
    if (this.#inString) {
      if (this.#escaped) this.#escaped = false;
      else if (unit === BACKSLASH) this.#escaped = true;
      else if (unit === QUOTE) this.#inString = false;
      return;
    }
    this.#inString = unit === QUOTE;
    if (unit === CALL_TAGS.close.charCodeAt(this.#matched)) this.#matched += 1;
    else this.#matched = unit === LESS_THAN ? 1 : 0;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
