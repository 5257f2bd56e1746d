import { type Branch, isOpen, type Turn, type View } from "@millrace/protocol";

/** What happened to a run; `key` names a message of `say.*`. */
export interface Announcement {
  readonly key: "branch" | "started" | "step" | "tool_failed" | "done" | "stopped" | "failed" | "interrupted";
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
  const failed = turn.items.findLast(
    (item, index) =>
      item.kind === "tool" &&
      item !== old.items[index] &&
      item.phase.state === "ended" &&
      item.phase.outcome === "failed",
  );
  if (failed?.kind === "tool") return { key: "tool_failed", values: { tool: failed.tool_name } };
  if (turn.step > old.step && turn.step > 1 && sinceStep >= STEP_EVERY)
    return { key: "step", values: { n: turn.step } };
  return null;
}

/** Where another branch is shown that was there before. */
function branchFrom({ aside }: View, { turns }: View): Branch | null {
  const left = new Set(aside.map(({ run_id }) => run_id));
  return turns.find(({ run_id }) => left.has(run_id))?.branch ?? null;
}

function ended({ phase, items }: Turn): Announcement | null {
  switch (phase.state) {
    case "done": {
      const last = items.findLast((item) => item.kind === "text");
      const text = last?.kind === "text" ? last.content : phase.content;
      return { key: "done", values: { answer: firstSentence(text) } };
    }
    case "cancelled":
      return { key: "stopped", values: {} };
    case "error":
      return { key: phase.reason === "interrupted" ? "interrupted" : "failed", values: { reason: phase.message } };
    default:
      return null;
  }
}

/** The first sentence of the first paragraph, without Markdown's marks. */
function firstSentence(markdown: string): string {
  const paragraph = markdown.trim().split(/\n\s*\n/, 1)[0]!;
  const plain = paragraph
    .replace(/[*`#>]/g, "")
    .replace(/\s+/g, " ")
    .trim();
  return /^.{0,200}?[.!?。！？](?=\s|$|\p{Script=Han})/u.exec(plain)?.[0] ?? plain.slice(0, 200);
}
