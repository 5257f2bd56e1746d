import { type Event, isTerminal } from "@millrace/protocol";
import { type Fault, Faults } from "./fault.ts";
import type { LogLedger } from "./oracle-log.ts";

/**
 * One question to the model. `step`: which part of the script it is about. `life`: of the process that asked. `at`:
 * when, on any clock that goes forward.
 */
export interface ModelCall {
  readonly run_id: string;
  readonly step: string;
  readonly life: number;
  readonly at: number;
  /** It broke off or was told to, so that it may be asked again. */
  failed: boolean;
}

interface ToolCall {
  readonly run_id: string;
  readonly tool_call_id: string;
  readonly at: number;
}

interface Stop {
  readonly run_id: string;
  readonly at: number;
}

/** What the model and the tools were asked to do, and what people were told: held against the log at the end. */
export class ModelLedger {
  #calls: ModelCall[] = [];
  #tools: ToolCall[] = [];
  #stops: Stop[] = [];
  #accepted = new Map<string, { session_id: string; seq: number }>();
  #withdrawn = new Set<string>();
  #answers = new Map<string, string>();
  /** What the model says in a step that begins with these words. */
  readonly #expected: (text: string) => string | null;

  /** @param expected the whole text that begins like this one; null where the model says no such thing */
  constructor(expected: (text: string) => string | null) {
    this.#expected = expected;
  }

  asked(call: Omit<ModelCall, "failed">): ModelCall {
    const asked = { ...call, failed: false };
    this.#calls.push(asked);
    return asked;
  }

  toolBegun(call: ToolCall): void {
    this.#tools.push(call);
  }

  /** The gateway said that a run is being stopped. */
  stopped(run_id: string, at: number): void {
    this.#stops.push({ run_id, at });
  }

  /** The gateway said that it has a message. */
  accepted(message_id: string, session_id: string, seq: number): void {
    const before = this.#accepted.get(message_id);
    if (before === undefined) this.#accepted.set(message_id, { session_id, seq });
  }

  /** The gateway said that a message is taken back. */
  withdrawn(message_id: string): void {
    this.#withdrawn.add(message_id);
  }

  /** The gateway said that this is the answer to a question. */
  answered(request_id: string, answer: string): void {
    this.#answers.set(request_id, answer);
  }

  /** An older state of the store came back: what was promised since does not hold. */
  restored(): void {
    this.#calls = [];
    this.#tools = [];
    this.#stops = [];
    this.#accepted = new Map();
    this.#withdrawn = new Set();
    this.#answers = new Map();
  }

  judge(logs: readonly LogLedger[]): readonly Fault[] {
    const faults = new Faults();
    const events = logs.flatMap((log) => log.events);
    this.#judgeRepeats(faults);
    this.#judgeStops(events, faults);
    this.#judgePromises(logs, events, faults);
    for (const log of logs) this.#judgeTexts(log, faults);
    return faults.list;
  }

  #judgeRepeats(faults: Faults): void {
    const whole = new Map<string, number>();
    for (const { run_id, step, life, failed } of this.#calls) {
      if (failed) continue;
      const key = `step ${step} of run ${run_id} in life ${life}`;
      whole.set(key, (whole.get(key) ?? 0) + 1);
    }
    for (const [key, times] of whole) {
      if (times > 1) faults.add("DUPRUN", `the model was asked ${times} times for ${key}`);
    }
    const begun = new Map<string, number>();
    for (const { tool_call_id } of this.#tools) begun.set(tool_call_id, (begun.get(tool_call_id) ?? 0) + 1);
    for (const [id, times] of begun) {
      if (times > 1) faults.add("DUPRUN", `tool call ${id} was carried out ${times} times`);
    }
  }

  #judgeStops(events: readonly Event[], faults: Faults): void {
    for (const { run_id, at } of this.#stops) {
      const end = events.find((event) => event.run_id === run_id && isTerminal(event));
      if (end?.type !== "cancelled") {
        faults.add("ENDS", `run ${run_id} was stopped and ended with ${end?.type ?? "nothing"}`);
      }
      const asked = this.#calls.some((call) => call.run_id === run_id && call.at > at);
      if (asked) faults.add("ENDS", `run ${run_id} asked the model after its stop was acknowledged`);
      const acted = this.#tools.some((call) => call.run_id === run_id && call.at > at);
      if (acted) faults.add("ENDS", `run ${run_id} began a tool after its stop was acknowledged`);
    }
  }

  #judgePromises(logs: readonly LogLedger[], events: readonly Event[], faults: Faults): void {
    for (const [message_id, { session_id, seq }] of this.#accepted) {
      const log = logs.find((one) => one.session_id === session_id);
      const stored = log?.events.find((event) => event.type === "user_message" && event.message_id === message_id);
      if (stored === undefined) faults.add("LOST", `message ${message_id} was accepted and is not in the log`);
      else if (stored.seq !== seq)
        faults.add("CONFLICT", `message ${message_id} was accepted at ${seq}, not ${stored.seq}`);
    }
    for (const event of events) {
      if (event.type !== "session_start" && event.type !== "step") continue;
      for (const id of event.message_ids ?? []) {
        if (this.#withdrawn.has(id)) faults.add("DUPRUN", `message ${id} was taken back and is run`);
      }
    }
    for (const [request_id, answer] of this.#answers) {
      const stored = events.find((event) => event.type === "user_input_received" && event.request_id === request_id);
      const said = stored?.type === "user_input_received" ? stored.answer : undefined;
      if (said === undefined) faults.add("LOST", `the answer to ${request_id} was accepted and is not in the log`);
      else if (JSON.stringify(said) !== JSON.stringify(answer))
        faults.add("CONFLICT", `the answer to ${request_id} is another one in the log`);
    }
  }

  /** A step that was answered holds the model's words to the letter, one that was not a beginning of them. */
  #judgeTexts({ view }: LogLedger, faults: Faults): void {
    for (const { run_id, items } of view.turns) {
      let answered = false;
      let step = 0;
      let said = "";
      const close = (): void => {
        const words = said === "" ? "" : this.#expected(said);
        const right = words !== null && (answered ? words === said : words.startsWith(said));
        if (!right) faults.add("TEXT", `step ${step} of run ${run_id} says ${JSON.stringify(said.slice(0, 60))}…`);
        said = "";
      };
      for (const item of items) {
        if (item.kind === "text") said += item.content;
        if (item.kind !== "step") continue;
        close();
        answered = item.output !== null;
        step = item.step;
      }
      close();
    }
  }
}
