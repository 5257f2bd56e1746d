import type { ChatRequest } from "./chat.ts";
import type { Clock } from "./clock.ts";
import { argumentText, type ChunkEncoder, chunkEncoder, toolCallDeltas } from "./encode.ts";
import type { Action, Script } from "./script.ts";
import { promptTokens, TokenTally, usageOf } from "./usage.ts";

/**
 * Where a script goes: an SSE body, or one JSON answer. A returned promise resolves when the other side can take
 * more, or has left; none of them rejects.
 */
export interface Writer {
  data(text: string, event?: string): Promise<void> | undefined;
  raw(body: string | Uint8Array): Promise<void> | undefined;
  comment(text: string): Promise<void> | undefined;
  /** Status and headers of what follows. */
  open(status: number, headers: Readonly<Record<string, string>>): void;
  whole(status: number, headers: Readonly<Record<string, string>>, body: string | Uint8Array | object): Promise<void>;
  trailers(trailers: Readonly<Record<string, string>>): void;
  end(): Promise<void>;
  cut(how: "fin" | "rst"): Promise<void>;
}

export interface Stage {
  readonly request: ChatRequest;
  readonly id: string;
  /** Unix time in seconds. */
  readonly created: number;
  readonly writer: Writer;
  readonly clock: Clock;
  /** When the request arrived, by `clock`. */
  readonly startedAt: number;
  /** Aborts when the client leaves or the server closes. */
  readonly signal: AbortSignal;
}

/** How late a paced script may be and still catch up; beyond that the schedule moves. */
const CATCH_UP_MS = 20;

/** Plays the script into the writer and ends the response. Resolves early, with nothing more written, on abort. */
export async function play(script: Script, stage: Stage): Promise<void> {
  const player = new Player(stage);
  for await (const action of script) {
    if (stage.signal.aborted) {
      return;
    }
    await player.act(action);
    if (player.over || stage.signal.aborted) {
      return;
    }
  }
  await player.finish();
}

class Player {
  /** The response has ended, or will never end. */
  over = false;
  readonly #stage: Stage;
  readonly #encoder: ChunkEncoder;
  readonly #wantsUsage: boolean;
  #due: number;
  #opened = false;
  #calls = 0;
  #finished = false;
  #usageSent = false;
  /** The script has said its own last word: nothing is added. */
  #closed = false;
  readonly #said = new TokenTally();
  readonly #reasoned = new TokenTally();

  constructor(stage: Stage) {
    this.#stage = stage;
    this.#due = stage.startedAt;
    this.#wantsUsage = stage.request.stream !== true || stage.request.stream_options?.include_usage === true;
    this.#encoder = chunkEncoder({
      id: stage.id,
      created: stage.created,
      model: stage.request.model,
      withUsage: this.#wantsUsage,
    });
  }

  async act(action: Action): Promise<void> {
    const { writer } = this.#stage;
    if ("text" in action) {
      this.#said.add(action.text);
      await this.#role();
      await writer.data(this.#encoder.content(action.text));
    } else if ("reasoning" in action) {
      this.#reasoned.add(action.reasoning);
      await this.#delta({ [action.field ?? "reasoning_content"]: action.reasoning });
    } else if ("tool_call" in action) {
      await this.#toolCall(action.tool_call);
    } else if ("delta" in action) {
      await this.#delta(action.delta);
    } else if ("delay_ms" in action) {
      await this.#delay(action.delay_ms);
    } else if ("at_ms" in action) {
      await this.#until(this.#stage.startedAt + action.at_ms);
    } else if ("chunk" in action) {
      this.#notice(action.chunk);
      await writer.data(JSON.stringify(action.chunk));
    } else if ("data" in action) {
      await writer.data(action.data, action.event);
    } else if ("raw" in action) {
      await writer.raw(action.raw);
    } else if ("comment" in action) {
      await writer.comment(action.comment);
    } else if ("finish" in action) {
      await this.#finishReason(action.finish);
    } else if ("usage" in action) {
      this.#usageSent = true;
      await writer.data(this.#encoder.usage(action.usage));
    } else if ("done" in action) {
      this.#closed = true;
      await writer.data("[DONE]");
    } else if ("trailers" in action) {
      writer.trailers(action.trailers);
    } else if ("hang" in action) {
      this.over = true;
      await aborted(this.#stage.signal);
    } else if ("cut" in action) {
      this.over = true;
      await (action.cut === "end" ? writer.end() : writer.cut(action.cut));
    } else if (action.body === undefined) {
      writer.open(action.status, action.headers ?? {});
    } else {
      this.over = true;
      await writer.whole(action.status, action.headers ?? {}, action.body);
    }
  }

  async finish(): Promise<void> {
    const { writer, request } = this.#stage;
    if (!this.#closed) {
      if (!this.#finished) {
        await this.#finishReason(this.#calls > 0 ? "tool_calls" : "stop");
      }
      if (this.#wantsUsage && !this.#usageSent) {
        const usage = usageOf(promptTokens(request), this.#said.tokens, this.#reasoned.tokens);
        await writer.data(this.#encoder.usage(usage));
      }
      await writer.data("[DONE]");
    }
    await writer.end();
  }

  async #delta(delta: unknown): Promise<void> {
    await this.#role();
    await this.#stage.writer.data(this.#encoder.delta(delta));
  }

  async #role(): Promise<void> {
    if (!this.#opened) {
      this.#opened = true;
      await this.#stage.writer.data(this.#encoder.delta({ role: "assistant", content: "" }));
    }
  }

  async #finishReason(reason: string): Promise<void> {
    await this.#role();
    this.#finished = true;
    await this.#stage.writer.data(this.#encoder.delta({}, reason));
  }

  async #toolCall(call: Parameters<typeof toolCallDeltas>[0]): Promise<void> {
    const deltas = toolCallDeltas(call, this.#calls);
    this.#calls += 1;
    this.#said.add(call.name + argumentText(call));
    for (const [at, delta] of deltas.entries()) {
      if (at > 0 && call.pace_ms !== undefined) {
        await this.#delay(call.pace_ms);
      }
      if (this.#stage.signal.aborted) {
        return;
      }
      await this.#delta(delta);
    }
  }

  /** A script's own chunk may hold what the ending would add. */
  #notice(chunk: unknown): void {
    if (typeof chunk !== "object" || chunk === null) {
      return;
    }
    const { error, object, usage, choices } = chunk as Record<string, unknown>;
    this.#closed ||= (error !== undefined && error !== null) || object === "error";
    this.#usageSent ||= usage !== undefined && usage !== null;
    this.#finished ||= Array.isArray(choices) && choices.some((choice) => typeof choice?.finish_reason === "string");
  }

  async #delay(ms: number): Promise<void> {
    if (ms <= 0) {
      await this.#stage.clock.sleep(0, this.#stage.signal);
      return;
    }
    await this.#until(Math.max(this.#due + ms, this.#stage.clock.now() - CATCH_UP_MS));
  }

  async #until(due: number): Promise<void> {
    this.#due = due;
    const wait = due - this.#stage.clock.now();
    if (wait >= 1) {
      await this.#stage.clock.sleep(wait, this.#stage.signal);
    }
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
    } else {
      signal.addEventListener("abort", () => resolve(), { once: true });
    }
  });
}
