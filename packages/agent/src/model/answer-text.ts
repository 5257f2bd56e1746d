import type { ModelTool, ToolCallFragment } from "../model-port.ts";
import { CALL_DIALECTS, type CallDialect } from "./call-dialects.ts";
import { WrittenCall } from "./written-call.ts";

const THINK_OPEN = /^<(think|thinking|thought)(?:\s[^<>]{0,64})?>/;
const THINK_BEGUN = /^<(?:think|thinking|thought)\s[^<>]{0,64}$/;
const THINK_NAMES = ["<think>", "<thinking>", "<thought>"];

const DIALECTS: ReadonlyMap<string, CallDialect> = new Map(CALL_DIALECTS.map((dialect) => [dialect.open, dialect]));
const OPEN_TAGS = [...DIALECTS.keys()];
const OPEN_TAG = new RegExp(OPEN_TAGS.map((tag) => tag.replace(/[[\]|]/g, "\\$&")).join("|"));

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
 * Tells apart what a model puts into its text: a leading `<think>` block is reasoning; `<tool_call>{json}</tool_call>`
 * and other dialects' forms are calls where all their names are of tools that were offered. Everything else is text, unchanged. What could be
 * the beginning of a tag is held back, so that how the text was cut changes nothing and no part of a tag is shown.
 */
export class AnswerText {
  readonly #offered: ReadonlyMap<string, ModelTool | null>;
  readonly #add: (piece: Piece) => void;
  #phase: Phase = "start";
  #held = "";
  #thinkClose = "";
  #call: WrittenCall | null = null;
  #calls = 0;

  /** `offered`: tools, or their names. `add` takes what was told apart, in order. */
  constructor(offered: Iterable<string | ModelTool>, add: (piece: Piece) => void) {
    this.#offered = new Map([...offered].map((tool) => (typeof tool === "string" ? [tool, null] : [tool.name, tool])));
    this.#add = add;
  }

  /** Whether `text`, which comes next, is text as it is: it need not be pushed. So it is with nearly all of it. */
  passes(text: string): boolean {
    return this.#phase === "text" && this.#held === "" && (this.#offered.size === 0 || !/[<[]/.test(text));
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
        return this.#think(text);
      case "gap": {
        const said = text.trimStart();
        if (said !== "") this.#phase = "text";
        return said;
      }
      case "text":
        if (this.#offered.size > 0) return this.#upToCall(text);
        this.#say("text", text);
        return "";
      case "call":
        return this.#write(text);
    }
  }

  #begin(text: string): string {
    const said = text.trimStart();
    const open = THINK_OPEN.exec(said);
    if (open !== null) {
      this.#phase = "thinking";
      this.#thinkClose = `</${open[1]}>`;
      return said.slice(open[0].length);
    }
    const begun = THINK_NAMES.some((tag) => tag.startsWith(said)) || THINK_BEGUN.test(said);
    if (begun && text.length <= HELD.space) {
      this.#held = text;
      return "";
    }
    this.#phase = "text";
    return text;
  }

  #think(text: string): string {
    const at = text.indexOf(this.#thinkClose);
    if (at < 0) return this.#sayUpTo("reasoning", text, [this.#thinkClose]);
    this.#say("reasoning", text.slice(0, at));
    this.#phase = "gap";
    return text.slice(at + this.#thinkClose.length);
  }

  #upToCall(text: string): string {
    const open = OPEN_TAG.exec(text);
    if (open === null) return this.#sayUpTo("text", text, OPEN_TAGS);
    this.#say("text", text.slice(0, open.index));
    this.#phase = "call";
    this.#call = new WrittenCall(DIALECTS.get(open[0])!);
    return text.slice(open.index + open[0].length);
  }

  /** Says a text that holds none of the tags, but for its end where that may be the beginning of one. */
  #sayUpTo(type: "text" | "reasoning", text: string, tags: readonly string[]): string {
    const end = text.length - beginningOf(tags, text);
    this.#say(type, text.slice(0, end));
    this.#held = text.slice(end);
    return "";
  }

  #write(text: string): string {
    const call = this.#call!;
    if (!call.mayGoOn(text)) {
      this.#call = null;
      this.#phase = "text";
      this.#say("text", call.open);
      return call.body + text;
    }
    const behind = call.push(text);
    if (behind !== null || call.length > HELD.call) this.#settle(call);
    return behind ?? "";
  }

  #settle(written: WrittenCall): void {
    this.#call = null;
    const calls = written.read(this.#offered);
    this.#phase = calls.length === 0 ? "text" : "gap";
    if (calls.length === 0) this.#say("text", written.open + written.body);
    for (const call of calls) this.#add({ type: "tool_call", index: FIRST_INDEX + this.#calls++, ...call });
  }

  #say(type: "text" | "reasoning", text: string): void {
    if (text !== "") this.#add({ type, text });
  }
}

/** Code units at the text's end that one of the tags may begin with. */
function beginningOf(tags: readonly string[], text: string): number {
  const longest = Math.max(...tags.map((tag) => tag.length)) - 1;
  for (let at = Math.max(0, text.length - longest); at < text.length; at += 1) {
    const end = text.slice(at);
    if (tags.some((tag) => tag.startsWith(end))) return end.length;
  }
  return 0;
}
