import { type Fault, Faults } from "./fault.ts";
import { ENDS, pieceOf, type Received } from "./received.ts";

/** A message that the gateway accepted, and what is known of its answer. */
export interface Sent {
  readonly message_id: string;
  /** Position that was acknowledged; null where it was not told. */
  readonly seq: number | null;
  /** What the model says; null where nobody knows. */
  readonly expected: string | null;
  /** Its run was told to stop, and the gateway said it would. */
  readonly stopped: boolean;
  /** How often the model was asked about it; null where nobody counted. */
  readonly calls: number | null;
}

/** What is wrong with the log of one session in itself: runs, messages, and what was said. */
export function judgeLog(name: string, events: readonly Received[], sent: readonly Sent[]): readonly Fault[] {
  const faults = new Faults();
  const runs = Map.groupBy(
    events.filter(({ run_id }) => run_id !== undefined),
    ({ run_id = "" }) => run_id,
  );
  for (const [run_id, run] of runs) judgeEnd(`${name}: run ${run_id}`, run, faults);
  for (const message of sent) {
    const about = `${name}: message ${message.message_id}`;
    const stored = events.filter(
      ({ type, message_id }) => type === "user_message" && message_id === message.message_id,
    );
    const taken = events.filter(
      ({ message_ids }) => Array.isArray(message_ids) && message_ids.includes(message.message_id),
    );
    if (stored.length === 0) faults.add("LOST", `${about} was accepted and is not in the log`);
    else if (message.seq !== null && stored[0]?.seq !== message.seq)
      faults.add("CONFLICT", `${about} was accepted at ${message.seq}`);
    if (stored.length > 1) faults.add("DUPRUN", `${about} is ${stored.length} times in the log`);
    if (taken.length > 1) faults.add("DUPRUN", `${about} is taken ${taken.length} times`);
    const run = runs.get(taken[0]?.run_id ?? "");
    if (run === undefined) faults.add("LOST", `${about} was accepted and never run`);
    else judgeRun(about, run, message, faults);
  }
  return faults.list;
}

function judgeEnd(about: string, run: readonly Received[], faults: Faults): void {
  const ends = run.filter(({ type }) => ENDS.has(type)).length;
  if (ends !== 1) faults.add("ENDS", `${about} has ${ends} ends`);
  else if (!ENDS.has(run.at(-1)?.type ?? ""))
    faults.add("ENDS", `${about} goes on with ${run.at(-1)?.type} after its end`);
}

function judgeRun(about: string, run: readonly Received[], { expected, stopped, calls }: Sent, faults: Faults): void {
  const end = run.find(({ type }) => ENDS.has(type))?.type;
  if (stopped && end !== "cancelled") faults.add("ENDS", `${about} was stopped and its run ended with ${end}`);
  const kept = withoutVoid(run);
  const steps = kept.filter(({ type }) => type === "step").length;
  const retried = run.some(({ type }) => type === "retry");
  if (calls !== null && !retried && calls !== steps)
    faults.add("DUPRUN", `${about} was put to the model ${calls} times in ${steps} steps`);
  const said = textOf(kept);
  if (end === "done") {
    const told = kept.reduce(
      (sum, { type, text_length }) => sum + (type === "agent_output" ? Number(text_length) : 0),
      0,
    );
    if (told !== said.length) faults.add("TEXT", `${about} has ${said.length} code units of its answer's ${told}`);
  }
  if (expected === null) return;
  const right = end === "done" ? said === expected : expected.startsWith(said);
  if (!right || end === "error") faults.add("TEXT", `${about} is answered with something else than the model said`);
}

/** What no `retry` took back. */
function withoutVoid(run: readonly Received[]): Received[] {
  const kept: Received[] = [];
  for (const event of run) {
    if (event.type === "retry") {
      while ((kept.at(-1)?.seq ?? 0) >= Number(event.discard_from)) kept.pop();
    } else kept.push(event);
  }
  return kept;
}

/** What a run says, of the events that are its own. */
export function textOf(run: readonly Received[]): string {
  const blocks = new Map<string, string>();
  for (const event of run) {
    const piece = event.type === "text_delta" ? pieceOf(event) : null;
    if (piece === null) continue;
    blocks.set(piece.block, (blocks.get(piece.block) ?? "").slice(0, piece.offset) + piece.content);
  }
  return [...blocks.values()].join("");
}
