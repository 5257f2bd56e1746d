import type { FlowAnswer, FlowSnapshot } from "@millrace/flow";
import type { InteractionItem, Turn } from "@millrace/protocol";
import { commentOf, wordOf } from "../session/answer.ts";

/** The name of the `data` events that tell which step of a flow begins, or goes on with an answer. */
export const FLOW_STEP = "flow_step";

/** Where a run of a flow goes on. */
export type FlowTakeUp =
  /** Nothing has begun yet. */
  | { readonly kind: "start" }
  /** It waits for an answer, or has not yet been given it. `answers`: those that the step that asks was given before. */
  | {
      readonly kind: "resume";
      readonly snapshot: FlowSnapshot;
      readonly answers: Readonly<Record<string, FlowAnswer>>;
    }
  | { readonly kind: "interrupted"; readonly message: string }
  /** A stop was asked for. */
  | { readonly kind: "stop" };

/** The `request_id` of a flow's question: unique in the session, the same after a restart. */
export const requestId = (run_id: string, request_id: string): string => `flow-${run_id}-${request_id}`;

const WORKED = "The server stopped while the flow worked. What it had done by then stays done; it was not begun again.";
const NOT_KEPT = "The server stopped while the flow waited for an answer, and its state could not be kept.";

/** Reads off a turn where its flow goes on. A question whose answer the flow was given is behind it. */
export function flowTakeUp(turn: Turn): FlowTakeUp {
  const { run_id, items, agent } = turn;
  if (turn.phase.state === "stopping") return { kind: "stop" };
  if (!items.some(({ kind }) => kind === "step")) return { kind: "start" };
  const asked = items.filter((item) => item.kind === "interaction" && ofFlow(item, run_id)) as InteractionItem[];
  const taken = new Set(items.flatMap((item) => (item.kind === "data" ? [answeredOf(item.value)] : [])));
  const last = asked.at(-1);
  if (last === undefined || taken.has(last.request_id)) return { kind: "interrupted", message: WORKED };
  const put = (item: Turn["items"][number]): boolean =>
    item.kind === "text" || (item.kind === "data" && (item.name === FLOW_STEP || item.name === agent));
  if (items.some((item) => item.seq > last.seq && put(item))) return { kind: "interrupted", message: WORKED };
  const snapshot = last.snapshot as FlowSnapshot | undefined;
  if (snapshot === undefined) return { kind: "interrupted", message: NOT_KEPT };
  const known = asked.filter(({ request_id, answer }) => taken.has(request_id) && answer?.by !== "expiry");
  const answers = known.map((item) => [item.request_id.slice(requestId(run_id, "").length), answerOf(item)]);
  return { kind: "resume", snapshot, answers: Object.fromEntries(answers) };
}

function ofFlow({ request_id }: InteractionItem, run_id: string): boolean {
  return request_id.startsWith(requestId(run_id, ""));
}

function answerOf({ answer }: InteractionItem): FlowAnswer {
  return { answer: wordOf(answer?.value), comment: commentOf(answer?.value), by: answer?.by ?? "" };
}

function answeredOf(value: unknown): unknown {
  return typeof value === "object" && value !== null && "answered" in value ? value.answered : null;
}
