import { argumentsOf, ObjectEnd } from "./action-input.ts";
import { type ActionLine, readActionLine, type Tools } from "./action-name.ts";
import { type Label, labelAt } from "./labels.ts";
import { readLooseObject } from "./loose-object.ts";

/** What came out of an action. */
export type ActionResult =
  | { readonly kind: "call"; readonly name: string; readonly arguments: string }
  /** It is none, as the model said itself; `said`: words of its own that stood there. */
  | { readonly kind: "none"; readonly said: string }
  /** It is no action but a text that looks like one: all of it. */
  | { readonly kind: "text"; readonly text: string };

/** A line with the name may be this long, and what could be a code fence. Code units. */
const LONGEST = { name: 512, fence: 32 } as const;

const INLINE_INPUT = /[\s,;(]*action[ _-]?input\s*[:：]/i;

type Phase =
  | "name"
  /** Behind the name. */
  | "between"
  /** Behind words between name and input, up to the end of their line. */
  | "words"
  | "input"
  /** Inside of an object: the input or, where `#line` is null, the whole action. */
  | "object"
  /** Inside of an input that is none. */
  | "bare";

/** A tool's call as text, from behind `Action:` on. Text comes cut anywhere. */
export class WrittenAction {
  result: ActionResult | null = null;
  /** Whether what follows is at the beginning of a line. */
  atLineStart = false;
  readonly #tools: Tools;
  readonly #offeredOnly: boolean;
  #phase: Phase = "name";
  #held = "";
  /** Everything until the name is known. */
  #raw = "";
  #line: ActionLine | null = null;
  #input: string[] = [];
  #hasInput = false;
  readonly #end: ObjectEnd = new ObjectEnd();

  /** `offeredOnly`: it counts only where it names a tool that was offered, and is text otherwise. */
  constructor(tools: Tools, offeredOnly: boolean) {
    this.#tools = tools;
    this.#offeredOnly = offeredOnly;
  }

  /** @returns what is behind the action; null as long as it goes on */
  push(text: string): string | null {
    if (this.#line === null && this.#offeredOnly) this.#raw += text;
    let rest = this.#held + text;
    this.#held = "";
    while (rest !== "" && this.result === null) rest = this.#read(rest, false);
    return this.result === null ? null : rest;
  }

  /** No more text comes: what there is counts. `result` is set. @returns what is behind the action */
  end(): string {
    let rest = this.#held;
    this.#held = "";
    while (rest !== "" && this.result === null) rest = this.#read(rest, true);
    this.#settle(null);
    return rest;
  }

  /** @returns what is still to be read */
  #read(text: string, ended: boolean): string {
    switch (this.#phase) {
      case "name":
        return this.#readName(text, ended);
      case "between":
        return this.#readBetween(text, ended);
      case "words": {
        const end = text.indexOf("\n");
        if (end >= 0) this.#phase = "between";
        return end < 0 ? "" : text.slice(end);
      }
      case "input":
        return this.#readInput(text, ended);
      case "object":
      case "bare":
        return this.#readLines(text, ended);
    }
  }

  #readName(text: string, ended: boolean): string {
    const body = this.#begin(text, ended, /^\s*\n/.test(text));
    if (body === null) return "";
    if (typeof body !== "string") return body.behind;
    if (body.startsWith("{") && !this.#offeredOnly) return this.#enter("object", body);
    const end = body.indexOf("\n");
    if (end < 0 && body.length < LONGEST.name && !ended) return this.#hold(body);
    const line = body.slice(0, end < 0 ? LONGEST.name : Math.min(end, LONGEST.name));
    const behind = INLINE_INPUT.exec(line) ?? /\s*\(?\s*(?=\{)/.exec(line);
    this.#line = readActionLine(behind === null ? line : line.slice(0, behind.index), this.#tools);
    if (this.#offeredOnly && !this.#line.alone) {
      this.result = { kind: "text", text: this.#raw };
      return "";
    }
    if (behind === null) return this.#enter("between", body.slice(line.length));
    return this.#enter("input", body.slice(behind.index + behind[0].length));
  }

  #readBetween(text: string, ended: boolean): string {
    const body = this.#begin(text, ended, true);
    if (body === null) return "";
    if (typeof body !== "string") return body.behind;
    return this.#enter(body.startsWith("{") ? "input" : "words", body);
  }

  #readInput(text: string, ended: boolean): string {
    const body = this.#begin(text, ended, /^\s*\n/.test(text));
    if (body === null) return "";
    if (typeof body !== "string") return body.behind;
    this.#hasInput = true;
    return this.#enter(body.startsWith("{") ? "object" : "bare", body);
  }

  /**
   * Passes white space and code fences before a part. @returns the text from there on; null where more must come; what
   * follows the label that is there instead, or the label itself where it ends the action
   */
  #begin(text: string, ended: boolean, atLineStart: boolean): string | { readonly behind: string } | null {
    const body = text.trimStart();
    if (body === "") {
      if (text.includes("\n")) this.#held = "\n";
      return null;
    }
    const label = atLineStart ? labelAt(body, ended) : null;
    if (label === "open") {
      this.#held = `\n${body}`;
      return null;
    }
    if (label !== null) {
      if (label.label === "input") return { behind: this.#enter("input", body.slice(label.end)) };
      this.#settle(label.label);
      return { behind: body };
    }
    const fence = /^(?:`{3,}|~{3,})[^\n`]*(?:\n|$)/.exec(body)?.[0];
    if (fence === undefined) return /^(?:`{1,2}|~{1,2})$/.test(body) && !ended ? this.#wait(text) : body;
    if (fence.endsWith("\n") || ended) return { behind: body.slice(fence.trimEnd().length) };
    return fence.length < LONGEST.fence ? this.#wait(text) : body;
  }

  #readLines(text: string, ended: boolean): string {
    if (this.atLineStart) {
      const label = labelAt(text, ended);
      if (label === "open") return this.#hold(text);
      if (label !== null && this.#endsAt(label.label)) {
        this.#settle(label.label);
        return text;
      }
      // The server may have stopped at this word.
      if (ended && labelAt(`${text.trimEnd()}:`, true) !== null) return "";
    }
    const end = text.indexOf("\n");
    const line = end < 0 ? text : text.slice(0, end + 1);
    const whole = this.#phase === "object" ? this.#end.push(line) : null;
    this.#input.push(whole === null ? line : line.slice(0, whole));
    this.atLineStart = whole === null && end >= 0;
    if (whole !== null) this.#settle(null);
    return text.slice(whole ?? line.length);
  }

  #endsAt(label: Label): boolean {
    if (label === "input") return false;
    return label === "observation" || this.#phase === "bare" || this.#end.quote !== '"';
  }

  #enter(phase: Phase, rest: string): string {
    this.#phase = phase;
    this.atLineStart = false;
    return rest;
  }

  #hold(text: string): string {
    this.#held = text;
    return "";
  }

  #wait(text: string): null {
    this.#held = text;
    return null;
  }

  /** `next`: the label that ended it, which is at the beginning of a line. */
  #settle(next: Label | null): void {
    if (this.result !== null) return;
    this.atLineStart = next !== null;
    const input = this.#input.join("");
    const line = this.#line;
    if (line === null && this.#offeredOnly) {
      this.result = { kind: "text", text: this.#raw };
      return;
    }
    if (line === null) {
      this.result = this.#phase === "object" ? wholeAction(input, this.#tools) : { kind: "none", said: "" };
      return;
    }
    const { name, said, tool, none, inline } = line;
    const goesOn = next !== null && next !== "observation";
    if (none) this.result = { kind: "none", said: "" };
    else if (tool === undefined && !this.#hasInput && goesOn) this.result = { kind: "none", said };
    else if (this.#hasInput) this.result = { kind: "call", name, arguments: argumentsOf(input, tool) };
    else this.result = { kind: "call", name, arguments: inline.includes("=") ? inline : argumentsOf(inline, tool) };
  }
}

/** An action that is one object, `{"action", "action_input"}`. */
function wholeAction(text: string, tools: Tools): ActionResult {
  const fields = readLooseObject(text) ?? {};
  const named = [fields.action, fields.tool, fields.tool_name, fields.name].find((name) => typeof name === "string");
  if (typeof named !== "string") return { kind: "none", said: "" };
  const { name, tool } = readActionLine(named, tools);
  const input = fields.action_input ?? fields.tool_input ?? fields.input ?? fields.arguments ?? fields.parameters ?? {};
  return {
    kind: "call",
    name,
    arguments: argumentsOf(typeof input === "string" ? input : JSON.stringify(input), tool),
  };
}
