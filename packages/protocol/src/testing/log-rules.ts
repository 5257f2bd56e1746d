import type { Event, EventOf } from "../events/events.ts";
import { isDelta, isTerminal } from "../events/kinds.ts";
import { blockOf, fromOf } from "../merge.ts";

/**
 * The rules of SPEC.md that a session's log breaks, as `"RUN-2: …"`; empty for a log that keeps them, merged or not,
 * from its first event to any later one. It reads the log alone, by other code than the fold.
 */
export function brokenRules(log: readonly Event[]): string[] {
  const broken: string[] = [];
  const check: Check = (holds, sentence) => {
    if (!holds) broken.push(sentence);
  };
  const taken = new Set<string>();
  const began = new Set<string>();
  const waiting = new Set<string>();
  const runs = new Map<string, Run>();
  let head = 0;
  let open: Run | null = null;
  for (const event of log) {
    check(fromOf(event) === head + 1, `LOG-1: ${fromOf(event)} follows ${head}`);
    check(event.from === undefined || (isDelta(event) && event.from <= event.seq), `EVENT-3: from at ${event.seq}`);
    head = event.seq;
    if (event.type === "session_start" || event.type === "step") {
      for (const id of event.message_ids ?? []) {
        check(!taken.has(id), `SEND-8: ${id} is taken again at ${head}`);
        taken.add(id);
        waiting.delete(id);
      }
      if (event.type === "session_start") for (const id of event.message_ids.slice(0, 1)) began.add(id);
    }
    if (event.type === "branch_selected" || (event.type === "user_message" && event.replaces !== undefined)) {
      check(open === null && waiting.size === 0, `BRANCH-5: ${event.type} at ${head} while something runs or waits`);
      const named = event.type === "user_message" ? [event.replaces ?? "", began] : [event.message_id, taken];
      const [id, possible] = named as [string, Set<string>];
      check(possible.has(id), `BRANCH-6: ${event.type} at ${head} names ${id}`);
    }
    if (event.type === "user_message") waiting.add(event.message_id);
    if (event.type === "message_withdrawn") waiting.delete(event.message_id);
    if (event.run_id === undefined) continue;
    let run = runs.get(event.run_id);
    if (run === undefined) {
      check(event.type === "session_start", `RUN-1: ${event.run_id} begins with ${event.type}`);
      check(open === null, `RUN-4: ${event.run_id} begins while another run is open`);
      run = new Run(check);
      runs.set(event.run_id, run);
      open = run;
    } else check(event.type !== "session_start", `RUN-1: ${event.run_id} begins again at ${head}`);
    run.see(event);
    if (isTerminal(event) && open === run) open = null;
  }
  return broken;
}

type Check = (holds: boolean, sentence: string) => void;

interface Call {
  seq: number;
  args: EventOf<"tool_call"> | null;
  started: boolean;
  ended: boolean;
}

interface Asked {
  request: EventOf<"interaction_request">;
  answer: unknown;
}

const ALLOWING: readonly unknown[] = ["allow_once", "allow_session", "allow_always"];

class Run {
  readonly #check: Check;
  readonly #calls = new Map<string, Call>();
  readonly #blocks = new Map<string, { seq: number; type: string; text: string }>();
  readonly #asked = new Map<string, Asked>();
  #step: { number: number; seq: number; open: boolean } = { number: 0, seq: 0, open: false };
  #stopping = false;
  #ended = false;

  constructor(check: Check) {
    this.#check = check;
  }

  see(event: Event): void {
    const { seq } = event;
    this.#check(!this.#ended, `RUN-2: ${event.type} at ${seq} follows the end of its run`);
    if (isDelta(event)) this.#grow(event);
    if (event.type === "interaction_request") this.#ask(event);
    else if ("tool_call_id" in event) this.#touch(event);
    if (event.type === "user_input_received") this.#answer(event);
    if (event.type === "step") {
      this.#check(event.step === this.#step.number + 1, `RUN-5: step ${event.step} at ${seq}`);
      this.#check(!this.#step.open, `RUN-5: a step at ${seq} while one is open`);
      this.#check(!this.#stopping, `STOP-2: a step at ${seq} after the stop`);
      this.#step = { number: event.step, seq, open: true };
    } else if (event.type === "agent_output") {
      this.#check(this.#step.open && event.step === this.#step.number, `RUN-5: agent_output at ${seq} without a step`);
      this.#step.open = false;
      const texts = [...this.#blocks.values()].filter(
        (block) => block.type === "text_delta" && block.seq > this.#step.seq,
      );
      const length = texts.reduce((sum, { text }) => sum + text.length, 0);
      this.#check(event.text_length === length, `DELTA-3: ${event.text_length} at ${seq} instead of ${length}`);
    } else if (event.type === "retry") {
      const at = event.discard_from;
      this.#check(this.#step.open && at === this.#step.seq + 1, `RUN-7: retry at ${seq} discards from ${at}`);
      for (const [key, block] of this.#blocks) if (block.seq >= at) this.#blocks.delete(key);
      for (const [id, call] of this.#calls) if (call.seq >= at) this.#calls.delete(id);
    } else if (event.type === "stop_requested") this.#stopping = true;
    else if (isTerminal(event)) {
      for (const [id, call] of this.#calls) this.#check(call.ended, `RUN-3: ${id} is open at the end at ${seq}`);
      if (this.#stopping) this.#check(event.type === "cancelled", `STOP-2: ${event.type} at ${seq} after the stop`);
      this.#ended = true;
    }
  }

  #grow(delta: Extract<Event, { offset: number }>): void {
    const key = `${delta.type} ${blockOf(delta)}`;
    const held = this.#blocks.get(key) ?? { seq: fromOf(delta), type: delta.type, text: "" };
    this.#check(delta.offset === held.text.length, `DELTA-1: offset ${delta.offset} at ${delta.seq}`);
    const splits = /[\ud800-\udbff]$/.test(held.text) && /^[\udc00-\udfff]/.test(delta.content);
    this.#check(!splits, `DELTA-2: a pair is split before ${delta.seq}`);
    this.#blocks.set(key, { ...held, text: held.text + delta.content });
  }

  #ask(request: EventOf<"interaction_request">): void {
    const { seq, request_id, tool_call_id } = request;
    this.#check(!this.#asked.has(request_id), `LOG-4: ${request_id} is asked again at ${seq}`);
    this.#asked.set(request_id, { request, answer: undefined });
    if (tool_call_id === undefined) return;
    const call = this.#calls.get(tool_call_id);
    this.#check(
      call !== undefined && call.args !== null && !call.ended,
      `ASK-1: ${request_id} at ${seq} is of no open call`,
    );
  }

  #answer({ seq, request_id, answer }: EventOf<"user_input_received">): void {
    const asked = this.#asked.get(request_id);
    this.#check(asked !== undefined, `ASK-5: ${request_id} is answered at ${seq} and was not asked`);
    if (asked === undefined) return;
    this.#check(asked.answer === undefined, `ASK-2: ${request_id} is answered again at ${seq}`);
    asked.answer = answer;
  }

  #nest({ seq, tool_call_id, parent_tool_call_id }: EventOf<"tool_call">): void {
    if (parent_tool_call_id === undefined) return;
    const parent = this.#calls.get(parent_tool_call_id);
    const holds = parent?.started === true && !parent.ended && parent.args?.parent_tool_call_id === undefined;
    this.#check(holds, `TOOL-7: ${tool_call_id} at ${seq} is in no running call`);
  }

  #touch(event: Extract<Event, { tool_call_id: string }>): void {
    const { seq, tool_call_id: id } = event;
    const call = this.#calls.get(id) ?? { seq: fromOf(event), args: null, started: false, ended: false };
    this.#calls.set(id, call);
    this.#check(!call.ended, `TOOL-3: ${event.type} at ${seq} follows the result of ${id}`);
    switch (event.type) {
      case "tool_call": {
        this.#check(call.args === null, `TOOL-1: ${id} is called again at ${seq}`);
        call.args = event;
        this.#nest(event);
        const text = this.#blocks.get(`tool_call_delta ${id}`)?.text;
        if (text !== undefined) this.#check(reads(text, event.args), `DELTA-4: other arguments at ${seq}`);
        return;
      }
      case "tool_start":
        this.#check(call.args !== null && !call.started, `TOOL-2: ${id} starts at ${seq}`);
        this.#check(!this.#stopping, `STOP-2: ${id} starts at ${seq} after the stop`);
        for (const { request, answer } of this.#asked.values()) {
          const decides = request.tool_call_id === id && request.args_digest !== undefined;
          this.#check(!decides || ALLOWING.includes(answer), `ASK-7: ${id} starts at ${seq} without a person's word`);
        }
        call.started = true;
        return;
      case "tool_output_delta":
        this.#check(call.started, `TOOL-2: ${id} prints at ${seq} before it starts`);
        return;
      case "tool_result":
        this.#check(
          call.started || event.outcome !== "completed",
          `TOOL-2: ${id} is completed at ${seq} without a start`,
        );
        this.#check(!call.started || event.outcome !== "denied", `TOOL-8: ${id} is denied at ${seq} after its start`);
        for (const [inner, { args, ended }] of this.#calls)
          this.#check(ended || args?.parent_tool_call_id !== id, `TOOL-7: ${inner} is open when ${id} ends at ${seq}`);
        this.#check(event.success === (event.outcome === "completed"), `TOOL-4: success at ${seq}`);
        this.#check(event.success === (event.error === null), `TOOL-4: error at ${seq}`);
        call.ended = true;
        return;
    }
  }
}

/** Whether a text is JSON of these arguments; text that is not JSON has none to compare. */
function reads(text: string, args: Record<string, unknown>): boolean {
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch {
    return true;
  }
  return (
    JSON.stringify(read) === JSON.stringify(args) || typeof read !== "object" || read === null || Array.isArray(read)
  );
}
