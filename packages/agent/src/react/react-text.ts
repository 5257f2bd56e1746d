import type { ModelChunk } from "../model-port.ts";
import type { Tools } from "./action-name.ts";
import { type Label, type LabelAt, labelAt } from "./labels.ts";
import { type ActionResult, WrittenAction } from "./written-action.ts";

type Section =
  /** Nothing came but white space and perhaps the beginning of a code fence around everything. */
  | "start"
  /** Text without a label: an answer, unless an action follows. */
  | "plain"
  | "thought"
  | "answer"
  | "action"
  /** A call came: nothing counts any more. */
  | "called";

/** A line that opens or closes a code block, and one that may become one. Longer ones are none. */
const FENCE = /^ {0,3}(?:`{3,}|~{3,})[^\n`]{0,32}\r?\n/;
const FENCE_BEGUN = /^ {0,3}(?:`{1,2}|~{1,2}|(?:`{3,}|~{3,})[^\n`]{0,32}\r?)$/;
const BARE_FENCE = /^ {0,3}(?:`{3,}|~{3,})[ \t]*\r?\n?$/;

/**
 * Tells apart what stands in a text of the form Thought, Action, Action Input, Observation, Answer: thoughts are
 * reasoning, the answer is text, the first action is a tool call, and what follows that is dropped. A label counts
 * at the beginning of a line only, and not within an answer. Nothing is held back but what may become a label or a
 * fence, and white space at the end. How the text is cut changes nothing.
 */
export class ReactText {
  /** A call came. */
  called = false;
  /** What follows does not matter. */
  over = false;
  readonly #tools: Tools;
  readonly #add: (chunk: ModelChunk) => void;
  #section: Section = "start";
  /** The beginning of the line, while it may be a label or a fence. */
  #held = "";
  #atLineStart = true;
  /** The whole stands in a code block, whose end is not shown. */
  #fenced = false;
  /** A code block is open in what was said. */
  #inCode = false;
  /** Said later, if something follows in the same section: white space, and before it the opening of a code block. */
  #tail = "";
  #tailHasFence = false;
  /** Something of the section was said. */
  #said = false;
  /** A mark that goes before the section's text. */
  #mark = "";
  #last: ModelChunk["type"] | null = null;
  #action: WrittenAction | null = null;
  #actionLabel = "";

  constructor(tools: Tools, add: (chunk: ModelChunk) => void) {
    this.#tools = tools;
    this.#add = add;
  }

  /** Takes over a chunk that is no text. */
  pass(chunk: ModelChunk): void {
    this.#last = chunk.type;
    this.#add(chunk);
  }

  push(text: string): void {
    let rest = this.#held + text;
    this.#held = "";
    while (rest !== "" && !this.over) rest = this.#read(rest, false);
  }

  /** No more text comes. */
  end(): void {
    let rest = this.#held;
    this.#held = "";
    while (rest !== "" && !this.over) rest = this.#read(rest, true);
    // What ends as no action is read again, and may hold another one.
    while (this.#action !== null) {
      rest = this.#endAction(this.#action);
      while (rest !== "" && !this.over) rest = this.#read(rest, true);
    }
    const shown = this.#section === "plain" || (this.#section === "answer" && !this.#fenced);
    if (this.#tailHasFence && shown) this.#emit(this.#tail.trimEnd());
    this.over = true;
  }

  /** @returns what is still to be read; what is held back is not */
  #read(text: string, ended: boolean): string {
    switch (this.#section) {
      case "start":
        return this.#readStart(text, ended);
      case "answer":
        if (this.#fenced) return this.#readLine(text, ended);
        this.#say(text);
        return "";
      case "plain":
      case "thought":
        return this.#readLine(text, ended);
      case "action":
        return this.#readAction(text);
      case "called":
        // The rest of its last line may hold anything; a fence may end there.
        if (/\n\s*[^\s`~]/.test(text)) this.over = true;
        return this.#hold(text.includes("\n") ? "\n" : "");
    }
  }

  #readStart(text: string, ended: boolean): string {
    const body = text.trimStart();
    const fence = FENCE.exec(body)?.[0] ?? "";
    const inner = body.slice(fence.length).trimStart();
    const label = labelAt(inner, ended);
    const open = label === "open" || (fence === "" && FENCE_BEGUN.test(body));
    if (open && !ended && body.length < 256) return this.#hold(body);
    if (label !== null && label !== "open" && label.label !== "input") {
      this.#fenced = fence !== "";
      return this.#enter(label, inner);
    }
    this.#section = "plain";
    return body;
  }

  #readLine(text: string, ended: boolean): string {
    if (this.#atLineStart) {
      const blank = /^[ \t\r]*\n/.exec(text)?.[0];
      if (blank !== undefined) {
        this.#say(blank);
        return text.slice(blank.length);
      }
      const label = this.#section === "answer" ? null : labelAt(text, ended);
      if (label === "open") return this.#hold(text);
      if (label !== null && this.#counts(label.label)) return this.#enter(label, text);
      if (!ended && FENCE_BEGUN.test(text)) return this.#hold(text);
      const fence = FENCE.exec(text)?.[0] ?? (BARE_FENCE.test(text) ? text : undefined);
      if (fence !== undefined) {
        this.#sayFence(fence);
        return text.slice(fence.length);
      }
    }
    const end = text.indexOf("\n");
    this.#atLineStart = end >= 0;
    this.#say(end < 0 ? text : text.slice(0, end + 1));
    return end < 0 ? "" : text.slice(end + 1);
  }

  #counts(label: Label): boolean {
    if (label === "action") return true;
    if (this.#section === "plain") return label === "thought" && !this.#inCode && !this.#tailHasFence;
    return label !== "input";
  }

  #enter({ label, end, mark }: LabelAt, text: string): string {
    this.#atLineStart = false;
    if (label === "action") {
      this.#actionLabel = text.slice(0, end);
      this.#action = new WrittenAction(this.#tools, this.#section === "plain");
      // The action may turn out to be text, which goes on where this one is.
      if (this.#section !== "plain") this.#begin("thought", "");
      this.#section = "action";
      return text.slice(end);
    }
    this.#begin(label === "answer" ? "answer" : "thought", mark);
    return text.slice(end);
  }

  #begin(section: Section, mark: string): void {
    this.#section = section;
    this.#tail = "";
    this.#tailHasFence = false;
    this.#inCode = false;
    this.#said = false;
    this.#mark = mark;
  }

  #readAction(text: string): string {
    const action = this.#action!;
    const behind = action.push(text);
    return behind === null ? "" : this.#settle(action.result!, behind, action.atLineStart);
  }

  #endAction(action: WrittenAction): string {
    const behind = action.end();
    return this.#settle(action.result!, behind, action.atLineStart);
  }

  #settle(result: ActionResult, behind: string, atLineStart: boolean): string {
    this.#action = null;
    this.#atLineStart = atLineStart;
    switch (result.kind) {
      case "call":
        this.#section = "called";
        this.called = true;
        this.#add({ type: "tool_call", name: result.name, arguments: result.arguments });
        if (atLineStart && behind !== "") this.over = true;
        return behind;
      case "none":
        this.#begin("thought", "");
        if (result.said !== "") this.#say(`${result.said}\n`);
        return behind;
      case "text":
        this.#section = "plain";
        this.#atLineStart = false;
        this.#say(this.#actionLabel);
        return result.text;
    }
  }

  /** Opens a code block, which a label or the end may prove to be none of the text; or closes one. */
  #sayFence(fence: string): void {
    if (this.#inCode) {
      if (BARE_FENCE.test(fence)) this.#inCode = false;
      this.#say(fence);
    } else if (this.#tailHasFence) {
      this.#emit(this.#tail);
      this.#inCode = false;
      this.#say(fence);
    } else {
      this.#tail += fence;
      this.#tailHasFence = true;
    }
  }

  #say(text: string): void {
    const begun = this.#said || this.#tailHasFence;
    const fresh = begun ? text : text.trimStart();
    const body = fresh.trimEnd();
    if (body === "") {
      if (begun) this.#tail += fresh;
      return;
    }
    this.#emit(this.#tail + body);
    this.#tail = fresh.slice(body.length);
  }

  #emit(text: string): void {
    if (this.#tailHasFence) this.#inCode = true;
    this.#tailHasFence = false;
    this.#tail = "";
    const type = this.#section === "thought" ? "reasoning" : "text";
    const apart = !this.#said && this.#last === type ? "\n" : "";
    this.#add({ type, text: apart + this.#mark + (this.#said ? text : text.trimStart()) });
    this.#said = true;
    this.#mark = "";
    this.#last = type;
  }

  #hold(text: string): string {
    this.#held = text;
    return "";
  }
}
