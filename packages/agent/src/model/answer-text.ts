import type { ToolCallFragment } from "../model-port.ts";
import { CALL_TAGS, WrittenCall } from "./written-call.ts";

const THINK_TAGS = { open: "<think>", close: "</think>" } as const;

/** How much is held back, in code units: white space before a think block; a call, which then stays text. */
const HELD = { space: 256, call: 256 * 1024 } as const;

/** Calls in the text are numbered from here, so that they do not mix with those that came as such. */
const FIRST_INDEX = 1_000_000;

type Piece = { type: "text" | "reasoning"; text: string } | ToolCallFragment;

type Phase =
  /** Nothing but white space came. */
  | "start"
  | "thinking"
  /** White space behind a think block or a call is not shown. */
  | "gap"
  | "text"
  | "call";

/**
 * Tells apart what a model puts into its text: a leading `<think>` block is reasoning, `<tool_call>{json}</tool_call>`
 * is a call where its name is one of the tools that were offered. Everything else is text, unchanged. What could be
 * the beginning of a tag is held back, so that how the text was cut changes nothing and no part of a tag is shown.
 */
export class AnswerText {
  readonly #offered: ReadonlySet<string>;
  readonly #add: (piece: Piece) => void;
  #phase: Phase = "start";
  #held = "";
  #call: WrittenCall | null = null;
  #calls = 0;

  /** `offered`: names of tools. `add` takes what was told apart, in order. */
  constructor(offered: Iterable<string>, add: (piece: Piece) => void) {
    this.#offered = new Set(offered);
    this.#add = add;
  }

  /** Whether `text`, which comes next, is text as it is: it need not be pushed. So it is with nearly all of it. */
  passes(text: string): boolean {
    return this.#phase === "text" && this.#held === "" && (this.#offered.size === 0 || !text.includes("<"));
  }

  push(text: string): void {
    let rest = this.#held + text;
    this.#held = "";
    while (rest !== "") rest = this.#read(rest);
  }

  /** The text ends here, or something else follows: what was held back is told. */
  flush(): void {
    const held = this.#held;
    this.#held = "";
    this.#say(this.#phase === "thinking" ? "reasoning" : "text", held);
    if (this.#call !== null) this.#settle(this.#call);
  }

  /** @returns what is still to be read; what is held back is not */
  #read(text: string): string {
    switch (this.#phase) {
      case "start":
        return this.#begin(text);
      case "thinking":
        return this.#upTo(THINK_TAGS.close, "reasoning", text, "gap");
      case "gap": {
        const said = text.trimStart();
        if (said !== "") this.#phase = "text";
        return said;
      }
      case "text":
        if (this.#offered.size > 0) return this.#upTo(CALL_TAGS.open, "text", text, "call");
        this.#say("text", text);
        return "";
      case "call":
        return this.#write(text);
    }
  }

  #begin(text: string): string {
    const said = text.trimStart();
    if (said.startsWith(THINK_TAGS.open)) {
      this.#phase = "thinking";
      return said.slice(THINK_TAGS.open.length);
    }
    if (THINK_TAGS.open.startsWith(said) && text.length <= HELD.space) {
      this.#held = text;
      return "";
    }
    this.#phase = "text";
    return text;
  }

  #upTo(tag: string, type: "text" | "reasoning", text: string, next: Phase): string {
    const at = text.indexOf(tag);
    const end = at < 0 ? text.length - beginningOf(tag, text) : at;
    this.#say(type, text.slice(0, end));
    if (at < 0) {
      this.#held = text.slice(end);
      return "";
    }
    this.#phase = next;
    return text.slice(at + tag.length);
  }

  #write(text: string): string {
    this.#call ??= new WrittenCall();
    const behind = this.#call.push(text);
    if (behind !== null || this.#call.length > HELD.call) this.#settle(this.#call);
    return behind ?? "";
  }

  #settle(written: WrittenCall): void {
    this.#call = null;
    const call = written.read(this.#offered);
    this.#phase = call === null ? "text" : "gap";
    if (call === null) this.#say("text", written.text);
    else this.#add({ type: "tool_call", index: FIRST_INDEX + this.#calls++, ...call });
  }

  #say(type: "text" | "reasoning", text: string): void {
    if (text !== "") this.#add({ type, text });
  }
}

/** Code units at the text's end that a tag may begin with. */
function beginningOf(tag: string, text: string): number {
  const at = text.lastIndexOf("<");
  const length = at < 0 ? 0 : text.length - at;
  return length < tag.length && tag.startsWith(text.slice(text.length - length)) ? length : 0;
}
