import {
  describe,
  Event,
  fromOf,
  isDelta,
  type NewEvent,
  openCalls,
  type SessionStatus,
  Title,
  type ToolItem,
  type Turn,
} from "@millrace/protocol";
import { placed } from "@millrace/store";
import type { Limits } from "../limits.ts";
import { FoldedLog } from "../session/folded-log.ts";
import { ExportHeader } from "./export-header.ts";
import { ImportError } from "./import-error.ts";

/** A log at rest, as a new session's. */
export interface Imported {
  readonly title: string;
  readonly model: string | null;
  readonly status: SessionStatus;
  readonly events: readonly NewEvent[];
}

/** UTF-16 code units of a delta; no gateway writes longer ones. */
const LONGEST_DELTA = 32 * 1024;
const MOST_RUNS = 20_000;
/** Items that all events look through together: each, those of its run. */
const MOST_ITEMS_SEEN = 100_000_000;
/** Runs that all changes of branches look through together. */
const MOST_RUNS_SEEN = 2_000_000;

const SESSION_EVENTS: ReadonlySet<string> = new Set([
  "user_message",
  "message_withdrawn",
  "branch_selected",
  "session_updated",
]);

/**
 * Makes a new session's log of an exported one, line by line. Each line gets the next position, a merged delta too, and
 * what refers to positions is moved along. Runs get new ids, as files are named after them. Nothing that was allowed
 * for the exported session is allowed for this one. Where the log ends in the middle, it is brought to rest.
 */
export class ImportedLog {
  readonly #ids: () => string;
  readonly #limits: Pick<Limits, "queued_messages">;
  readonly #folded = new FoldedLog();
  readonly #events: NewEvent[] = [];
  /** First and last position of each event in the exported log, both rising. */
  readonly #from: number[] = [];
  readonly #to: number[] = [];
  readonly #runs = new Map<string, string>();
  readonly #messages = new Set<string>();
  #header: ExportHeader | null = null;
  #itemsSeen = 0;
  #runsSeen = 0;

  /** @param ids makes ids of runs */
  constructor(ids: () => string, limits: Pick<Limits, "queued_messages">) {
    this.#ids = ids;
    this.#limits = limits;
  }

  /** One line, parsed. @throws ImportError */
  push(value: unknown): void {
    if (this.#header === null) {
      this.#header = parsed(ExportHeader, value, "This is no session that Millrace exported.");
      return;
    }
    const event = parsed(Event, value, "This is no event.");
    const from = fromOf(event);
    const expected = (this.#to.at(-1) ?? 0) + 1;
    if (from !== expected || event.seq < from)
      throw new ImportError(`The event of position ${expected} is expected here.`);
    this.#check(event);
    this.#add(this.#moved(event));
    this.#from.push(from);
    this.#to.push(event.seq);
    this.#bound();
  }

  /** @throws ImportError where something is missing */
  end(): Imported {
    if (this.#header === null) throw new ImportError("There is nothing in it.");
    const { head, title, model } = this.#header;
    if (head > (this.#to.at(-1) ?? 0)) throw new ImportError(`It ends before position ${head}.`);
    const { queue, turns, model: chosen } = this.#folded.view;
    const ts = this.#last;
    const turn = this.#folded.open;
    const rest = turn === null ? [] : interruption(turn, ts);
    for (const { message_id } of queue) rest.push({ type: "message_withdrawn", message_id, ts });
    const end = turn === null ? turns.at(-1)?.phase.state : turn.phase.state === "stopping" ? "cancelled" : "error";
    const named = Title.safeParse(title.slice(0, 200));
    return {
      title: named.success ? named.data : "",
      model: chosen ?? model,
      status: end === "error" ? "failed" : "idle",
      events: [...this.#events, ...rest],
    };
  }

  get #last(): number {
    return this.#events.at(-1)?.ts ?? 0;
  }

  #check(event: Event): void {
    if (isDelta(event) && event.content.length > LONGEST_DELTA) throw new ImportError("Its text is too long.");
    if (event.type === "user_message") {
      if (this.#messages.has(event.message_id)) throw new ImportError("This message is in it already.");
      this.#messages.add(event.message_id);
    }
    if (SESSION_EVENTS.has(event.type)) {
      if (event.run_id !== undefined) throw new ImportError("It belongs to no run.");
      if (event.type === "branch_selected" && this.#folded.open !== null) throw new ImportError("A run is open.");
      return;
    }
    const open = this.#folded.open;
    if (event.run_id === undefined) throw new ImportError("It belongs to a run.");
    if (event.type === "session_start") {
      if (open !== null) throw new ImportError("A run is open already.");
      if (this.#runs.has(event.run_id)) throw new ImportError("This run is in it already.");
      this.#runs.set(event.run_id, this.#ids());
    } else if (open === null || open.run_id !== this.#runs.get(event.run_id)) {
      throw new ImportError("Its run is not open.");
    }
  }

  /** A log that takes longer than its length tells, now and whenever it is loaded, is none. */
  #bound(): void {
    const { queue, open } = this.#folded;
    const { queued_messages } = this.#limits;
    this.#itemsSeen += open?.items.length ?? 0;
    if (queue.length > queued_messages) throw new ImportError(`More than ${queued_messages} messages wait.`);
    if (this.#runs.size > MOST_RUNS) throw new ImportError(`It has more than ${MOST_RUNS} runs.`);
    if (this.#itemsSeen > MOST_ITEMS_SEEN) throw new ImportError("Its runs are too long.");
    if (this.#runsSeen > MOST_RUNS_SEEN) throw new ImportError("Its branches change too often.");
  }

  #moved({ v: _v, session_id: _session, seq: _seq, from: _from, ...event }: Event): NewEvent {
    const run_id = event.run_id === undefined ? undefined : this.#runs.get(event.run_id);
    const moved = { ...event, ...(run_id === undefined ? {} : { run_id }) } as NewEvent;
    switch (moved.type) {
      case "retry":
        return { ...moved, discard_from: this.#from.length - countFrom(this.#from, moved.discard_from) + 1 };
      case "compact":
        return { ...moved, covers_to: Math.max(1, this.#to.length - countFrom(this.#to, moved.covers_to + 1)) };
      case "user_input_received": {
        const { remember: _remember, ...answered } = moved;
        return answered;
      }
      default:
        return moved;
    }
  }

  #add(event: NewEvent): void {
    const seq = this.#events.push(event);
    const moved = placed("imported", { seq, from: seq }, event);
    if (this.#folded.branches(moved)) this.#runsSeen += this.#runs.size;
    this.#folded.push(moved);
  }
}

const EXPORTED = "The session was exported before this ended.";
const INTERRUPTED = {
  type: "error",
  code: "interrupted",
  reason: "interrupted",
  message: EXPORTED,
  retryable: true,
} as const;

/** What ends the open run of a log, and the calls that are open in it. */
function interruption(turn: Turn, ts: number): NewEvent[] {
  const { run_id } = turn;
  const stopping = turn.phase.state === "stopping";
  const calls = openCalls(turn);
  const nested = (call: ToolItem): boolean => call.parent_tool_call_id !== null;
  const results = [...calls.filter(nested), ...calls.filter((one) => !nested(one))].map((call): NewEvent => {
    const { tool_call_id, tool_name, phase } = call;
    const outcome = phase.state === "running" && !stopping ? "unknown" : "cancelled";
    const result = { outcome, success: false, content: "", error: EXPORTED, execution_time: 0 } as const;
    return { type: "tool_result", ts, run_id, tool_call_id, tool_name, ...result };
  });
  return [...results, { ...(stopping ? cancelled(turn) : INTERRUPTED), ts, run_id }];
}

/** The end of a run that somebody had stopped. */
function cancelled({ items, step, usage }: Turn) {
  const said = items.flatMap((item) => (item.kind === "text" ? [item.content] : []));
  return { type: "cancelled", content: said.join("\n\n"), steps: step, usage } as const;
}

/** How many of rising numbers are not below another. */
function countFrom(rising: readonly number[], least: number): number {
  let low = 0;
  let high = rising.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rising[middle] as number) < least) low = middle + 1;
    else high = middle;
  }
  return rising.length - low;
}

function parsed<T>(
  schema: {
    safeParse(value: unknown): { success: true; data: T } | { success: false; error: Parameters<typeof describe>[0] };
  },
  value: unknown,
  what: string,
): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const { message } = describe(result.error);
  throw new ImportError(`${what} ${message.replace(/^The command: /, "")}`.slice(0, 160));
}
