import { createParser, type EventSourceMessage, type EventSourceParser } from "eventsource-parser";
import { type ModelChunk, ModelError, type ModelTool } from "../model-port.ts";
import { AnswerText } from "./answer-text.ts";
import { fieldsOf, readDelta } from "./delta.ts";
import { readReported, reportedFailure } from "./failure.ts";
import { finishReason } from "./finish-reason.ts";
import { providerData, ReasoningDetails } from "./provider-data.ts";
import { shownMessage } from "./shown-message.ts";
import { readUsage } from "./usage.ts";

/** Beyond these an answer is refused. UTF-16 code units. */
export const ANSWER_LIMITS: { readonly line: number; readonly content: number } = {
  /** A line, or the whole body where it is no event stream. */
  line: 1024 * 1024,
  /** Text, reasoning and arguments of one answer. */
  content: 8 * 1024 * 1024,
};

/** A text chunk may grow until it is handed out. */
type OwnChunk = Exclude<ModelChunk, { text: string }> | { type: "text" | "reasoning" | "refusal"; text: string };

/**
 * Reads the body of a chat-completions answer: an event stream, or, where the endpoint does not stream, one JSON
 * object. Knows nothing of the network. Feed it what a streaming decoder gives, then end it.
 */
export class ChatStream {
  /** The answer's own end was seen: what follows does not matter. */
  done = false;
  /** A `finish_reason` was seen. */
  finished = false;
  /** Events with data so far: a comment is a sign of the connection, not of the model. */
  events = 0;
  readonly #secrets: readonly string[];
  readonly #from: string;
  readonly #details = new ReasoningDetails();
  readonly #parser: EventSourceParser;
  #form: "unknown" | "events" | "json" | "html" = "unknown";
  /** The end of the body so far that is no whole line, or all of it where it is no event stream. */
  #rest: string[] = [];
  #restLength = 0;
  #chunks: OwnChunk[] = [];
  readonly #text: AnswerText;
  #content = 0;
  /** A usage came: with `[DONE]` it stands for a `finish_reason`, which some endpoints never send. */
  #counted = false;
  #failure: ModelError | null = null;
  /** What is read now may have been cut off. */
  #ending = false;

  /**
   * `secrets` are kept out of messages; `offered`: the tools that the text may call, or their names; `from`: who gives
   * what is to be given back.
   */
  constructor(secrets: readonly string[] = [], offered: Iterable<string | ModelTool> = [], from = "") {
    this.#secrets = secrets;
    this.#from = from;
    this.#text = new AnswerText(offered, (chunk) => this.#put(chunk));
    this.#parser = createParser({
      maxBufferSize: ANSWER_LIMITS.line,
      onEvent: (event) => this.#event(event),
      onError: (error) => {
        if (error.type === "max-buffer-size-exceeded") this.#fail(tooLarge("A line"));
        else if (error.field === "error") this.#fail(reportedFailure(readReported(jsonOr(error.value)), this.#secrets));
      },
    });
  }

  /** Set once the answer has failed. What `push` returned before it, and with it, is still part of the answer. */
  get failure(): ModelError | null {
    return this.#failure;
  }

  push(text: string): readonly ModelChunk[] {
    if (text === "" || this.#failure !== null) return [];
    if (this.#form === "unknown") this.#form = formOf(text);
    const lines = this.#form === "events" ? lastLineEnd(text) : 0;
    if (lines === 0) {
      this.#keep(text);
      return [];
    }
    // Only whole lines go to the parser: it drops the beginning of a line whose field it does not know.
    this.#rest.push(text.slice(0, lines));
    const whole = this.#rest.length === 1 ? this.#rest[0]! : this.#rest.join("");
    this.#rest = [];
    this.#restLength = 0;
    this.#parser.feed(whole);
    this.#keep(text.slice(lines));
    return this.#take();
  }

  /** The body has come to its end; `broken`: the connection broke. Afterwards `failure` says whether it counts. */
  end(broken = false): readonly ModelChunk[] {
    if (this.#failure !== null) return [];
    const rest = this.#rest.join("");
    if (this.#form === "html") {
      const message = shownMessage(rest, this.#secrets).slice(0, 300);
      this.#fail(bad(`The model's endpoint answered with a web page: ${message}`));
    } else if (this.#form === "json" && !broken) {
      this.#body(rest);
    } else if (!broken) {
      this.#ending = true;
      // The last event may lack the blank line after it.
      this.#parser.feed(`${rest}\n\n`);
    }
    if (this.#failure === null && !this.finished && !(this.done && this.#counted)) {
      const message = this.events === 0 ? "The model's endpoint sent no answer." : "The model's answer broke off.";
      this.#fail(new ModelError("truncated", message, { retryable: true }));
    }
    if (this.#failure === null) {
      this.#text.flush();
      const details = this.#details.whole;
      const provider_data = details === null ? undefined : providerData(this.#from, { reasoning_details: details });
      if (provider_data !== undefined) this.#put({ type: "provider_data", provider_data });
      if (!this.finished) this.#put({ type: "finish", reason: "stop" });
    }
    return this.#take();
  }

  #keep(text: string): void {
    if (text === "") return;
    this.#rest.push(text);
    this.#restLength += text.length;
    const limit = this.#form === "json" ? ANSWER_LIMITS.content : ANSWER_LIMITS.line;
    if (this.#restLength > limit) this.#fail(tooLarge(this.#form === "json" ? "The answer" : "A line"));
  }

  #take(): readonly ModelChunk[] {
    const chunks = this.#chunks;
    this.#chunks = [];
    return chunks;
  }

  #event({ data, event }: EventSourceMessage): void {
    if (this.#failure !== null) return;
    if (data.length < 16) {
      const mark = data.trim();
      if (mark === "[DONE]") this.done = true;
      if (mark === "[DONE]" || mark === "") return;
    }
    this.events += 1;
    if (data.length > ANSWER_LIMITS.line) {
      this.#fail(tooLarge("A line"));
      return;
    }
    const value = parse(data);
    if (event === "error") {
      this.#fail(reportedFailure(readReported(value === undefined ? data : errorOf(value)), this.#secrets));
    } else if (value !== undefined) {
      this.#value(value);
    } else if (!this.#ending) {
      this.#fail(bad("The model's endpoint sent a line that is not JSON."));
    }
  }

  #body(text: string): void {
    const value = parse(text);
    this.events += 1;
    const reported = fieldsOf(value)?.choices === undefined ? readReported(errorOf(value)) : null;
    if (value === undefined) this.#fail(bad("The model's endpoint answered with text that is not JSON."));
    else if (reported !== null && reported.message !== "") this.#fail(reportedFailure(reported, this.#secrets));
    else this.#value(value);
  }

  #value(value: unknown): void {
    const fields = fieldsOf(value);
    if (fields === null) {
      this.#fail(bad("The model's endpoint sent a line that is not a JSON object."));
      return;
    }
    const failed = isFailure(fields);
    const choice = Array.isArray(fields.choices) ? firstChoice(fields.choices) : null;
    if (choice !== null) this.#choice(choice);
    const usage = readUsage(fields.usage) ?? readUsage(choice?.usage) ?? readUsage(fieldsOf(fields.x_groq)?.usage);
    if (usage !== null) {
      this.#counted = true;
      this.#add({ type: "usage", usage });
    }
    if (failed) this.#fail(reportedFailure(readReported(errorOf(fields)), this.#secrets));
  }

  #choice(choice: Readonly<Record<string, unknown>>): void {
    const delta = fieldsOf(choice.delta) ?? this.#whole(choice);
    if (delta !== null) {
      this.#details.add(delta.reasoning_details);
      readDelta(delta, (chunk) => this.#add(chunk));
    }
    const reason = finishReason(choice.finish_reason);
    if (reason !== null) {
      this.finished = true;
      this.#add({ type: "finish", reason });
    }
  }

  /** What stands in place of a delta. Behind deltas a message only repeats them. */
  #whole({ message, text }: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> | null {
    const whole = fieldsOf(message);
    if (whole !== null) return this.#content === 0 ? whole : null;
    return typeof text === "string" ? { content: text } : null;
  }

  #add(chunk: ModelChunk): void {
    if ("text" in chunk) this.#content += chunk.text.length;
    else if (chunk.type === "tool_call") this.#content += chunk.arguments?.length ?? 0;
    if (this.#content > ANSWER_LIMITS.content) {
      this.#fail(tooLarge("The answer"));
      return;
    }
    if (chunk.type === "text") {
      if (this.#text.passes(chunk.text)) this.#put(chunk);
      else this.#text.push(chunk.text);
      return;
    }
    // A finish and a usage may come before the last text.
    if (chunk.type !== "finish" && chunk.type !== "usage") this.#text.flush();
    if (chunk.type === "tool_call" && chunk.provider_data !== undefined)
      this.#put({ ...chunk, provider_data: providerData(this.#from, chunk.provider_data) });
    else this.#put(chunk);
  }

  /** Puts a chunk behind the others; a piece of the text before it in the same read becomes one with it. */
  #put(chunk: OwnChunk): void {
    const last = this.#chunks.at(-1);
    if ("text" in chunk && last !== undefined && "text" in last && last.type === chunk.type) {
      last.text += chunk.text;
    } else {
      this.#chunks.push(chunk);
    }
  }

  #fail(failure: ModelError): void {
    this.#failure ??= failure;
  }
}

/** More choices than the first are not asked for; an endpoint that sends them anyway numbers them. */
function firstChoice(choices: readonly unknown[]): Readonly<Record<string, unknown>> | null {
  for (const choice of choices) {
    const fields = fieldsOf(choice);
    if (fields !== null && (fields.index ?? 0) === 0) return fields;
  }
  return null;
}

/** An error in any dialect. Some endpoints write it instead of an answer, without a name for it. */
function isFailure(fields: Readonly<Record<string, unknown>>): boolean {
  const { error, object, choices, code, base_resp } = fields;
  if (fieldsOf(error) !== null || Array.isArray(error) || object === "error") return true;
  if (typeof error === "string" && error !== "") return true;
  if ((fieldsOf(base_resp)?.status_code ?? 0) !== 0) return true;
  return choices === undefined && object === undefined && Boolean(code) && typeof fields.message === "string";
}

/** By its first character; an event stream begins with neither. */
function formOf(text: string): "unknown" | "events" | "json" | "html" {
  const first = text.trimStart().charAt(0);
  if (first === "") return "unknown";
  return first === "{" || first === "[" ? "json" : first === "<" ? "html" : "events";
}

/** Where the last whole line ends, 0 where there is none. */
function lastLineEnd(text: string): number {
  return Math.max(text.lastIndexOf("\n"), text.lastIndexOf("\r")) + 1;
}

function errorOf(value: unknown): unknown {
  const fields = fieldsOf(value);
  return fields?.error ?? fieldsOf(fields?.base_resp) ?? value;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const jsonOr = (text: string | undefined): unknown => (text === undefined ? "" : (parse(text) ?? text));

const bad = (message: string): ModelError => new ModelError("bad_upstream", message, { retryable: true });

function tooLarge(what: string): ModelError {
  return new ModelError("response_too_large", `${what} of the model's endpoint is too long.`, { retryable: false });
}
