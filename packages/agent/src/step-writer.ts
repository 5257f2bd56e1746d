import { type EmittedEvent, LIMITS, type Usage } from "@millrace/protocol";
import { endsInHalf, piecesOf } from "./cut-text.ts";
import { GrowingText } from "./growing-text.ts";
import type { ModelChunk, ProviderData } from "./model-port.ts";
import { parseArguments, type ToolArguments } from "./tool-arguments.ts";
import { type OpenCall, ToolCallAssembly } from "./tool-call-assembly.ts";

/** A tool call whose arguments have come to their end. */
export interface CompleteCall {
  readonly tool_call_id: string;
  readonly tool_name: string;
  readonly arguments: ToolArguments;
  readonly provider_data?: ProviderData;
  /** Set where it had begun when the server died and begins again: since when, and how many code units it has shown. */
  readonly begun?: { readonly at: number; readonly printed: number };
}

/** A call's arguments as they stand in the log: what is no JSON object is `{}` there. */
export const argsOf = ({ arguments: given }: CompleteCall): Record<string, unknown> => (given.ok ? given.args : {});

/** What one model call adds up to. */
export interface StepOutput {
  readonly text: string;
  readonly reasoning: string;
  readonly calls: readonly CompleteCall[];
  /** The endpoint's word, `content_filter` for a refusal; null where none came. */
  readonly finish_reason: string | null;
  readonly usage: Usage | null;
  readonly provider_data?: ProviderData;
}

/** As the field it is in the log. */
export const givenWith = (
  provider_data: Readonly<Record<string, unknown>> | undefined,
): { provider_data?: Record<string, unknown> } => (provider_data === undefined ? {} : { provider_data });

interface Block {
  readonly type: "text_delta" | "thinking";
  readonly block_id: string;
  offset: number;
  /** First half of a surrogate pair, held back until the second comes. */
  held: string;
}

/** How much of a call's arguments has been written. */
interface Written {
  tool_call_id: string;
  offset: number;
}

/**
 * Turns the chunks of one model call into the events that show it. `offset`s are UTF-16 code units, and no
 * surrogate pair is split. Knows no clock and no log.
 */
export class StepWriter {
  readonly #ids: () => string;
  readonly #claim: (model_id: string) => string;
  readonly #assembly = new ToolCallAssembly();
  readonly #written = new Map<OpenCall, Written>();
  #block: Block | null = null;
  readonly #text = new GrowingText();
  readonly #reasoning = new GrowingText();
  #reason: string | null = null;
  #refused = false;
  #usage: Usage | null = null;
  #provider_data: ProviderData | undefined;

  /** `claim` gives a call its id, unique in the session; it gets the endpoint's, which may be "" or used before. */
  constructor(ids: () => string, claim: (model_id: string) => string) {
    this.#ids = ids;
    this.#claim = claim;
  }

  write(chunks: readonly ModelChunk[]): EmittedEvent[] {
    const events: EmittedEvent[] = [];
    for (const chunk of chunks) {
      switch (chunk.type) {
        case "refusal":
          this.#refused = true;
          this.#append("text_delta", chunk.text, events);
          break;
        case "text":
          this.#append("text_delta", chunk.text, events);
          break;
        case "reasoning":
          this.#append("thinking", chunk.text, events);
          break;
        case "tool_call":
          this.#writeArguments(this.#assembly.add(chunk), false, events);
          break;
        case "finish":
          this.#reason = chunk.reason;
          break;
        case "usage":
          this.#usage = chunk.usage;
          break;
        case "provider_data":
          this.#provider_data = chunk.provider_data;
          break;
      }
    }
    return events;
  }

  /** Writes what is held back. Nothing may be written after it. */
  end(): { events: EmittedEvent[]; output: StepOutput } {
    const events: EmittedEvent[] = [];
    this.#endBlock(events);
    const calls: CompleteCall[] = [];
    for (const call of this.#assembly.calls) {
      this.#writeArguments(call, true, events);
      const { tool_call_id } = this.#writtenOf(call);
      const { name: tool_name, provider_data } = call;
      calls.push({ tool_call_id, tool_name, arguments: parseArguments(call.text), ...givenWith(provider_data) });
    }
    const finish_reason = this.#refused && calls.length === 0 ? "content_filter" : this.#reason;
    const output = {
      text: this.#text.whole,
      reasoning: this.#reasoning.whole,
      calls,
      finish_reason,
      usage: this.#usage,
      ...givenWith(this.#provider_data),
    };
    return { events, output };
  }

  #append(type: Block["type"], piece: string, events: EmittedEvent[]): void {
    if (piece === "") return;
    if (this.#block?.type !== type) {
      this.#endBlock(events);
      this.#block = { type, block_id: this.#ids(), offset: 0, held: "" };
    }
    const block = this.#block;
    const whole = block.held + piece;
    block.held = endsInHalf(whole) ? whole.slice(-1) : "";
    this.#delta(block, block.held === "" ? whole : whole.slice(0, -1), events);
  }

  #delta(block: Block, text: string, events: EmittedEvent[]): void {
    if (block.type === "text_delta") this.#text.add(text);
    else this.#reasoning.add(text);
    for (const content of piecesOf(text, LIMITS.settled_text)) {
      events.push({ type: block.type, block_id: block.block_id, offset: block.offset, content });
      block.offset += content.length;
    }
  }

  #endBlock(events: EmittedEvent[]): void {
    const block = this.#block;
    if (block === null) return;
    this.#delta(block, block.held, events);
    this.#block = null;
  }

  /** Waits for the name: a call is shown under one name from its first event on. */
  #writeArguments(call: OpenCall, last: boolean, events: EmittedEvent[]): void {
    if (call.name === "" && !last) return;
    const held = !last && endsInHalf(call.unread) ? call.unread.slice(-1) : "";
    const text = held === "" ? call.unread : call.unread.slice(0, -1);
    if (text === "") return;
    call.unread = held;
    this.#endBlock(events);
    const written = this.#writtenOf(call);
    for (const content of piecesOf(text, LIMITS.settled_text)) {
      const { tool_call_id, offset } = written;
      events.push({ type: "tool_call_delta", tool_call_id, tool_name: call.name, offset, content });
      written.offset += content.length;
    }
  }

  #writtenOf(call: OpenCall): Written {
    const known = this.#written.get(call);
    if (known !== undefined) return known;
    const written = { tool_call_id: this.#claim(call.model_id), offset: 0 };
    this.#written.set(call, written);
    return written;
  }
}
