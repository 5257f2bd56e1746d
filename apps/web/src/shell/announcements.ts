import { type Branch, isOpen, type Turn, type View } from "@millrace/protocol";

/** What happened to a run, beside what it says and calls; `key` names a message of `say.*`. */
export interface Announcement {
  readonly key: "branch" | "started" | "step" | "done" | "stopped" | "failed" | "interrupted";
  readonly values: Readonly<Record<string, string | number>>;
}

/** What must be heard at once. */
export function isUrgent({ key }: Announcement): boolean {
  return key === "interrupted";
}

/** Milliseconds between two announced steps of a long run. */
const STEP_EVERY = 20_000;

/** What happened between two views of a live session that is worth saying; the last one where it was much. */
export function announce(before: View, after: View, sinceStep: number): Announcement | null {
  const turn = after.turns.at(-1);
  if (turn === undefined) return null;
  const branch = before.aside === after.aside ? null : branchFrom(before, after);
  if (branch !== null) return { key: "branch", values: { n: branch.index + 1, m: branch.count } };
  const old = before.turns.find((other) => other.run_id === turn.run_id);
  if (turn === old) return null;
  if (!isOpen(turn)) return old !== undefined && !isOpen(old) ? null : ended(turn);
  if (old === undefined) return { key: "started", values: {} };
  if (turn.step > old.step && turn.step > 1 && sinceStep >= STEP_EVERY)
    return { key: "step", values: { n: turn.step } };
  return null;
}

/** Where another branch is shown that was there before. */
function branchFrom({ aside }: View, { turns }: View): Branch | null {
  const left = new Set(aside.map(({ run_id }) => run_id));
  return turns.find(({ run_id }) => left.has(run_id))?.branch ?? null;
}

function ended({ phase }: Turn): Announcement | null {
  switch (phase.state) {
    case "done":
      return { key: "done", values: {} };
    case "cancelled":
      return { key: "stopped", values: {} };
    case "error":
      return { key: phase.reason === "interrupted" ? "interrupted" : "failed", values: { reason: phase.message } };
    default:
      return null;
  }
}
