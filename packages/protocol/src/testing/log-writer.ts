import type { EmittedEvent, Event } from "../events/events.ts";
import type { MessageMode } from "../events/session-events.ts";
import type { ToolOutcome } from "../events/tool-events.ts";
import type { Usage } from "../usage.ts";
import { NO_USAGE } from "../usage-sum.ts";
import { PROTOCOL_VERSION } from "../version.ts";

export type Move =
  | "message"
  | "withdraw"
  | "replace"
  | "select"
  | "text"
  | "thinking"
  | "args"
  | "call"
  | "output"
  | "start"
  | "print"
  | "result"
  | "nested"
  | "ask"
  | "answer"
  | "retry"
  | "stop"
  | "end"
  | "aside";

interface Call {
  readonly id: string;
  readonly name: string;
  readonly args: Record<string, unknown>;
  /** JSON text of the arguments, and how much of it has been streamed. */
  readonly text: string;
  sent: number;
  printed: number;
  state: "preparing" | "called" | "running";
  /** The call whose sub-agent made it. */
  readonly parent: Call | null;
  /** A person did not allow it. */
  refused: boolean;
}

interface Block {
  readonly id: string;
  readonly type: "text_delta" | "thinking";
  length: number;
}

interface Run {
  readonly id: string;
  steps: number;
  /** Set while a model call is open. */
  step: { readonly seq: number; readonly ids: string[]; attempt: number; blocks: Block[]; text: string } | null;
  calls: Call[];
  asked: { readonly id: string; readonly call: Call; readonly confirm: boolean }[];
  said: string;
  stopping: boolean;
}

/** Writes a log move by move. A move that needs a run or a step opens them; one that is not possible does nothing. */
export class LogWriter {
  readonly log: Event[] = [];
  #ts = 1_700_000_000_000;
  #names = 0;
  #queue: { readonly id: string; readonly mode: MessageMode }[] = [];
  /** Messages that began runs, and all that runs have taken. */
  readonly #began: string[] = [];
  readonly #taken: string[] = [];
  #run: Run | null = null;

  /** `text` is what is said, `pick` chooses among the possibilities, `wait` is the time since the last move in ms. */
  play(move: Move, text: string, pick: number, wait: number): void {
    this.#ts += wait;
    this.#moves[move](text, pick);
  }

  readonly #moves: Record<Move, (text: string, pick: number) => void> = {
    message: (text, pick) => this.#message(text, pick),
    withdraw: (_, pick) => this.#withdraw(pick),
    replace: (text, pick) => this.#replace(text, pick),
    select: (text, pick) => this.#select(text, pick),
    text: (text, pick) => this.#say("text_delta", text, pick),
    thinking: (text, pick) => this.#say("thinking", text, pick),
    args: (text, pick) => this.#args(text, pick),
    call: (text, pick) => this.#call(text, pick),
    output: (_, pick) => this.#output(pick),
    start: (_, pick) => this.#start(pick),
    print: (text, pick) => this.#print(text, pick),
    result: (text, pick) => this.#result(text, pick),
    nested: (text, pick) => this.#nested(text, pick),
    ask: (text, pick) => this.#ask(text, pick),
    answer: (text, pick) => this.#answer(text, pick),
    retry: (text, pick) => this.#retry(text, pick),
    stop: () => this.#stop(),
    end: (text, pick) => this.#end(text, pick),
    aside: (text, pick) => this.#aside(text, pick),
  };

  #write(fields: EmittedEvent, run: Run | null = this.#run): number {
    const seq = this.log.length + 1;
    const envelope = { v: PROTOCOL_VERSION, session_id: "s1", seq, ts: this.#ts } as const;
    this.log.push((run === null ? { ...envelope, ...fields } : { ...envelope, run_id: run.id, ...fields }) as Event);
    return seq;
  }

  #name(prefix: string): string {
    this.#names += 1;
    return `${prefix}_${this.#names}`;
  }

  #message(text: string, pick: number, replaces?: string): void {
    this.#names += 1;
    const message_id = `00000000-0000-4000-8000-${String(this.#names).padStart(12, "0")}`;
    const mode = pick % 3 === 0 && replaces === undefined ? "steer" : "queue";
    const options = pick % 5 === 0 ? { options: { model: "m2", max_steps: 3 } } : {};
    const file = { attachment_id: "a_1", name: "a.txt", media_type: "text/plain", size: 3 };
    const attachments = pick % 7 === 0 ? { attachments: [file] } : {};
    const place = replaces === undefined ? {} : { replaces };
    this.#write(
      { type: "user_message", message_id, content: text || "hello", mode, ...options, ...place, ...attachments },
      null,
    );
    this.#queue.push({ id: message_id, mode });
  }

  /** Branches are made and chosen where nothing runs and nothing waits. */
  #rest(text: string, pick: number): void {
    this.#end(text, pick);
    while (this.#queue.length > 0) this.#withdraw(pick);
  }

  #replace(text: string, pick: number): void {
    if (this.#began.length === 0) return;
    this.#rest(text, pick);
    this.#message(text, pick, this.#began[pick % this.#began.length]);
  }

  #select(text: string, pick: number): void {
    const message_id = this.#taken[pick % this.#taken.length];
    if (message_id === undefined) return;
    this.#rest(text, pick);
    this.#write({ type: "branch_selected", message_id }, null);
  }

  #withdraw(pick: number): void {
    const [message] = this.#queue.splice(pick % Math.max(1, this.#queue.length), 1);
    if (message !== undefined) this.#write({ type: "message_withdrawn", message_id: message.id }, null);
  }

  #openRun(pick: number): Run {
    if (this.#run !== null) return this.#run;
    if (this.#queue.length === 0) this.#message("hello", pick);
    const taken = this.#queue.splice(0, 1 + (pick % this.#queue.length));
    this.#run = {
      id: this.#name("run"),
      steps: 0,
      step: null,
      calls: [],
      asked: [],
      said: "",
      stopping: false,
    };
    const message_ids = taken.map(({ id }) => id);
    this.#began.push(...message_ids.slice(0, 1));
    this.#taken.push(...message_ids);
    const tools = ["bash", "ask_user"];
    const limits = { max_steps: 50, token_limit: 100_000 };
    this.#write({ type: "session_start", message_ids, model: "m1", agent: "default", tools, ...limits });
    return this.#run;
  }

  /** The run with a model call open, or null where none may begin now. */
  #openStep(pick: number): (Run & { step: NonNullable<Run["step"]> }) | null {
    const run = this.#openRun(pick);
    if (run.step === null) {
      if (run.stopping || run.calls.length > 0) return null;
      const steered = this.#queue.filter(({ mode }) => mode === "steer").map(({ id }) => id);
      this.#queue = this.#queue.filter(({ mode }) => mode !== "steer");
      run.steps += 1;
      this.#taken.push(...steered);
      const message_ids = steered.length > 0 ? { message_ids: steered } : {};
      const limits = { max_steps: 50, token_limit: 100_000 };
      const seq = this.#write({ type: "step", step: run.steps, tokens: pick, ...limits, ...message_ids });
      run.step = { seq, ids: [], attempt: 0, blocks: [], text: "" };
    }
    return run as Run & { step: NonNullable<Run["step"]> };
  }

  #say(type: Block["type"], content: string, pick: number): void {
    const run = this.#openStep(pick);
    if (run === null) return;
    const { blocks } = run.step;
    let block = blocks.filter((held) => held.type === type).at(pick % 7 === 0 ? 0 : -1);
    if (block === undefined || pick % 5 === 0) {
      // Providers that number the blocks of each kind by themselves give a thought and a text the same name.
      block = { id: `${run.steps}.${blocks.filter((held) => held.type === type).length}`, type, length: 0 };
      blocks.push(block);
    }
    for (const piece of pieces(content, pick)) {
      this.#write({ type, block_id: block.id, offset: block.length, content: piece });
      block.length += piece.length;
    }
    if (type === "text_delta") run.step.text += content;
  }

  #newCall(run: Run, text: string, pick: number, parent: Call | null = null): Call {
    const args = { text, n: pick, deep: [{ text }] };
    const name = pick % 2 === 0 ? "bash" : "ask_user";
    const call: Call = {
      id: this.#name("call"),
      name,
      args,
      text: JSON.stringify(args),
      sent: 0,
      printed: 0,
      state: "preparing",
      parent,
      refused: false,
    };
    run.calls.push(call);
    run.step?.ids.push(call.id);
    return call;
  }

  #args(text: string, pick: number): void {
    const run = this.#openStep(pick);
    if (run === null) return;
    const preparing = run.calls.filter((call) => call.state === "preparing");
    const call = preparing[pick % Math.max(1, preparing.length * 2)] ?? this.#newCall(run, text, pick);
    this.#stream(call, 1 + (pick % 9));
  }

  #stream(call: Call, length: number): void {
    const end = call.sent + length;
    const splits = /[\ud800-\udbff]/.test(call.text.charAt(end - 1));
    const content = call.text.slice(call.sent, splits ? end + 1 : end);
    if (content === "") return;
    this.#write({
      type: "tool_call_delta",
      tool_call_id: call.id,
      tool_name: call.name,
      offset: call.sent,
      content,
    });
    call.sent += content.length;
  }

  #called(call: Call): void {
    if (call.sent > 0) this.#stream(call, call.text.length);
    const { id: tool_call_id, name: tool_name, args, parent } = call;
    const parent_tool_call_id = parent === null ? {} : { parent_tool_call_id: parent.id };
    this.#write({ type: "tool_call", tool_call_id, tool_name, args, ...parent_tool_call_id });
    call.state = "called";
  }

  #call(text: string, pick: number): void {
    const run = this.#openStep(pick);
    if (run === null) return;
    const preparing = run.calls.filter((call) => call.state === "preparing");
    this.#called(preparing[pick % Math.max(1, preparing.length)] ?? this.#newCall(run, text, pick));
  }

  #output(pick: number): void {
    const run = this.#run;
    if (run === null || run.step === null) return;
    for (const call of run.calls) if (call.state === "preparing") this.#called(call);
    const { text, ids } = run.step;
    this.#write({
      type: "agent_output",
      step: run.steps,
      finish_reason: ids.length > 0 ? "tool_calls" : "stop",
      usage: pick % 4 === 0 ? null : usage(pick),
      text_length: text.length,
      tool_call_ids: ids,
    });
    run.said += text;
    run.step = null;
  }

  /** One of the calls in a state. Completes the model call that made them: tools begin when it is over. */
  #pickCall(pick: number, ...states: Call["state"][]): { run: Run; call: Call } | null {
    const run = this.#run;
    if (run === null || run.calls.length === 0) return null;
    if (run.step !== null) this.#output(pick);
    const calls = run.calls.filter(({ state }) => states.includes(state));
    const call = calls[pick % Math.max(1, calls.length)];
    return call === undefined ? null : { run, call };
  }

  #start(pick: number): void {
    const found = this.#pickCall(pick, "called");
    if (found === null || found.run.stopping || found.call.refused) return;
    if (found.run.asked.some(({ call }) => call === found.call)) return;
    this.#write({ type: "tool_start", tool_call_id: found.call.id });
    found.call.state = "running";
  }

  #print(content: string, pick: number): void {
    const found = this.#pickCall(pick, "running");
    if (found === null) return;
    const { call } = found;
    for (const piece of pieces(content, pick)) {
      this.#write({ type: "tool_output_delta", tool_call_id: call.id, offset: call.printed, content: piece });
      call.printed += piece.length;
    }
  }

  #result(content: string, pick: number): void {
    const found = this.#pickCall(pick, "called", "running");
    if (found === null || found.run.asked.some(({ call }) => call === found.call)) return;
    const outcomes: ToolOutcome[] =
      found.call.state === "running" ? ["completed", "failed", "unknown"] : ["denied", "failed"];
    this.#close(found.run, found.call, outcomes[pick % outcomes.length] ?? "failed", content);
  }

  /** Closes what its sub-agent has open before. */
  #close(run: Run, call: Call, outcome: ToolOutcome, content: string): void {
    const inside = run.calls.filter(({ parent }) => parent === call);
    for (const inner of inside) this.#close(run, inner, run.stopping ? "cancelled" : "failed", content);
    const success = outcome === "completed";
    this.#write({
      type: "tool_result",
      tool_call_id: call.id,
      tool_name: call.name,
      outcome,
      success,
      content,
      error: success ? null : outcome,
      execution_time: 0.25,
      ...(content.length > 10 ? { truncated: true } : {}),
    });
    run.calls = run.calls.filter((open) => open !== call);
    run.asked = run.asked.filter((question) => question.call !== call);
  }

  #nested(text: string, pick: number): void {
    const found = this.#pickCall(pick, "running");
    if (found === null || found.run.stopping || found.call.parent !== null) return;
    this.#called(this.#newCall(found.run, text, pick, found.call));
  }

  #ask(content: string, pick: number): void {
    const found = this.#pickCall(pick, "called", "running");
    if (found === null || found.run.stopping) return;
    const { call, run } = found;
    const confirm = call.state === "called";
    const question = { id: this.#name("request"), call, confirm };
    this.#write({
      type: "interaction_request",
      request_id: question.id,
      interaction_kind: confirm ? "confirm" : pick % 2 === 0 ? "question" : "feedback",
      content,
      options: confirm ? ["allow_once", "allow_session", "allow_always", "deny"] : [],
      tool_call_id: call.id,
      ...(confirm ? { args_digest: `digest of ${call.id}`, expires_at: this.#ts + 60_000 } : {}),
    });
    run.asked.push(question);
  }

  #answer(text: string, pick: number): void {
    const run = this.#run;
    const question = run?.asked[pick % run.asked.length];
    if (run === null || question === undefined) return;
    const said = pick % 2 === 0 ? "allow_once" : "deny";
    const answer = question.confirm ? said : { answer: "yes", comment: text };
    if (question.confirm && said === "deny") question.call.refused = true;
    this.#write({ type: "user_input_received", request_id: question.id, answer, by: "u1" });
    run.asked = run.asked.filter((open) => open !== question);
  }

  #retry(content: string, pick: number): void {
    const run = this.#run;
    if (run === null || run.step === null || run.stopping) return;
    const { seq, attempt } = run.step;
    this.#write({
      type: "retry",
      retry_attempt: attempt + 1,
      retry_max_attempts: attempt + 2,
      content,
      delay_ms: pick,
      discard_from: seq + 1,
    });
    run.step = { seq, ids: [], attempt: attempt + 1, blocks: [], text: "" };
    run.calls = [];
  }

  #stop(): void {
    const run = this.#run;
    if (run === null || run.stopping) return;
    this.#write({ type: "stop_requested", by: "u1" });
    run.stopping = true;
  }

  #end(text: string, pick: number): void {
    const run = this.#run;
    if (run === null) return;
    if (!run.stopping && pick % 3 !== 0) this.#output(pick);
    const said = run.said + (run.step?.text ?? "");
    const own = run.calls.filter(({ parent }) => parent === null);
    for (const call of own) this.#close(run, call, run.stopping ? "cancelled" : "failed", text);
    const steps = run.steps;
    if (run.stopping) this.#write({ type: "cancelled", content: said, steps, usage: usage(pick) });
    else if (pick % 3 === 0) {
      const codes = { code: "upstream", reason: "model_error", retryable: pick % 2 === 0 };
      this.#write({ type: "error", message: text, ...codes });
    } else {
      const reasons = ["completed", "length", "content_filter"] as const;
      const reason = reasons[pick % reasons.length] ?? "completed";
      const cost = pick % 2 === 0 ? { cost: 0.5 } : {};
      this.#write({ type: "done", content: said, steps, reason, usage: usage(pick), ...cost });
    }
    this.#run = null;
  }

  /** Events that stand beside the conversation's course. */
  #aside(text: string, pick: number): void {
    const run = this.#run;
    if (run === null || pick % 6 === 0) {
      const update = pick % 2 === 0 ? { title: text } : { model: "m2" };
      this.#write({ type: "session_updated", ...update }, null);
    } else if (pick % 6 === 1) this.#write({ type: "data", name: "n", value: { text, list: [pick] } });
    else if (pick % 6 === 2) this.#write({ type: "log_file", log_file: text });
    else if (run.step !== null) return;
    else if (pick % 6 === 3) {
      const counts = { original_messages: 9, compacted_messages: 2, estimated_tokens_saved: pick };
      this.#write({ type: "compact", ...counts, content: text, covers_to: 1 + (pick % this.log.length) });
    } else if (pick % 6 === 4) {
      this.#write({ type: "prune", tool_call_ids: ["call_1"], estimated_tokens_saved: pick });
    } else this.#write({ type: "circuit_breaker", reason: "loop", content: text, limit: 1, value: pick });
  }
}

/** A text in up to three pieces, no surrogate pair split; some pieces are empty. */
function pieces(text: string, pick: number): string[] {
  const letters = [...text];
  const [first, second] = [pick % (letters.length + 1), pick % (letters.length + 2)].toSorted((a, b) => a - b);
  if (pick % 3 === 0) return [text];
  return [letters.slice(0, first), letters.slice(first, second), letters.slice(second)].map((piece) => piece.join(""));
}

const usage = (pick: number): Usage => ({
  ...NO_USAGE,
  input_tokens: pick,
  total_tokens: pick,
  ...(pick % 2 === 0 ? { reasoning_tokens: 3 } : { cached_tokens: 1 }),
});
