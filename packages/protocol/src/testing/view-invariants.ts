import { allTurns, firstMessage } from "../view/branches.ts";
import { type Item, isOpen, type ToolItem, type Turn, type View } from "../view/view.ts";

/**
 * What is wrong with a view, one sentence each; empty for the fold of any prefix of a log that keeps the rules.
 * It judges the view alone: whether it is the right one, only the log can tell.
 */
export function brokenInvariants(view: View): string[] {
  const broken: string[] = [];
  const check = (holds: boolean, sentence: string): void => {
    if (!holds) broken.push(sentence);
  };
  const all = allTurns(view);
  check(Number.isSafeInteger(view.seq) && view.seq >= 0, "the cursor is a position");
  check(view.session_id !== null || all.length + view.queue.length === 0, "what is shown belongs to a session");
  check(ascending([...view.queue.map(({ seq }) => seq), view.seq + 1]), "the queue is in order and before the cursor");
  check(ascending([...view.turns.map(({ seq }) => seq), view.seq + 1]), "turns are in order and before the cursor");
  check(ascending(view.aside.map(({ seq }) => seq)), "turns aside are in order");
  check(unique(all.map(({ run_id }) => run_id)), "a run is one turn");
  check(
    view.aside.every((turn) => !isOpen(turn)),
    "no branch that was left is open",
  );
  check(
    view.turns.every(({ parent }, index) => parent === (view.turns[index - 1]?.run_id ?? null)),
    "what is shown is one branch",
  );
  check(
    view.turns.slice(0, -1).every((turn) => !isOpen(turn)),
    "only the last turn is open",
  );
  const messages = all.flatMap((turn) => turn.items.filter((item) => item.kind === "message"));
  const ids = [...messages.map(({ message }) => message), ...view.queue].map(({ message_id }) => message_id);
  check(unique(ids), "a message is in the queue or in one turn, once");
  const calls = all.flatMap((turn) => turn.items.filter((item) => item.kind === "tool"));
  check(unique(calls.map(({ tool_call_id }) => tool_call_id)), "a tool call is shown once");
  for (const turn of all) checkTurn(turn, view.seq, check);
  for (const turn of all) checkBranch(turn, all, check);
  return broken;
}

type Check = (holds: boolean, sentence: string) => void;

function checkBranch(turn: Turn, all: readonly Turn[], check: Check): void {
  const { branch, run_id, parent } = turn;
  if (branch === null) return;
  const { index, count, siblings } = branch;
  check(count > 1 && siblings.length === count && unique(siblings), `${run_id} is one of several`);
  check(siblings[index] === firstMessage(turn), `${run_id} knows its place`);
  const held = all.filter((other) => siblings.includes(firstMessage(other) ?? ""));
  check(
    held.every((other) => other.branch?.count === count && other.parent === parent),
    `those beside ${run_id} are told the same and follow the same run`,
  );
}

function checkTurn(turn: Turn, cursor: number, check: Check): void {
  const { items, phase, run_id } = turn;
  const of = `of ${run_id}`;
  const positions = items.map(({ seq }) => seq);
  check(
    positions.every((seq, index) => seq >= (positions[index - 1] ?? turn.seq) && seq <= cursor),
    `items ${of} are in order, after its start and before the cursor`,
  );
  const steps = items.filter((item) => item.kind === "step");
  check(
    steps.every(({ step }, index) => step === index + 1) && turn.step === steps.length,
    `steps ${of} are counted from 1`,
  );
  check(
    steps.slice(0, -1).every(({ output }) => output !== null),
    `a step ${of} begins when the one before is complete`,
  );
  items.forEach((item, index) => {
    const last = index === items.length - 1;
    if (item.kind === "text" || item.kind === "thinking") {
      check(item.ended_at !== null || (last && isOpen(turn)), `a block ${of} that something follows has ended`);
    }
    if (item.kind === "tool") checkCall(item, check);
  });
  check((turn.ended_seq === null) === isOpen(turn), `${run_id} has an end where it is over`);
  check(
    (turn.ended_seq ?? turn.seq + 1) > turn.seq && (turn.ended_seq ?? 0) <= cursor,
    `the end ${of} follows its start`,
  );
  if (isOpen(turn)) return;
  check(
    items.every((item) => !isOpenCall(item)),
    `every call ${of} ended before it did`,
  );
  check(phase.state !== "done" || steps.every(({ output }) => output !== null), `every step ${of} is complete`);
}

function checkCall(call: ToolItem, check: Check): void {
  const { phase, tool_call_id: id } = call;
  check(phase.state !== "preparing" || call.args === null, `${id} has no arguments before they are complete`);
  check((phase.state !== "called" && phase.state !== "running") || call.args !== null, `${id} has its arguments`);
  check(call.output === "" || ("started_at" in phase && phase.started_at !== null), `${id} printed while it ran`);
  if (phase.state !== "ended") return;
  check(phase.success === (phase.outcome === "completed"), `${id} succeeded or did not`);
  check(phase.success === (phase.error === null), `${id} has an error where it failed`);
  check(phase.outcome !== "completed" || phase.started_at !== null, `${id} ran before it was completed`);
}

const isOpenCall = (item: Item): boolean => item.kind === "tool" && item.phase.state !== "ended";

const unique = (names: readonly string[]): boolean => new Set(names).size === names.length;

const ascending = (numbers: readonly number[]): boolean =>
  numbers.every((number, index) => number > (numbers[index - 1] ?? 0));
