import type { Event, EventOf } from "../events/events.ts";
import { fromOf } from "../merge.ts";
import { NO_USAGE } from "../usage-sum.ts";
import { addTurn, selectBranch } from "./branches.ts";
import { evolveTurn } from "./evolve-turn.ts";
import { isOpen, type Message, openTurn, type Turn, type View } from "./view.ts";

/**
 * The view after one more event. Total, pure, synchronous; reads no clock and never throws. It returns the same
 * view for an event that is already in it, that leaves a hole after its cursor or that belongs to another session;
 * an event that is not understood moves the cursor and nothing else.
 */
export function evolve(view: View, event: Event): View {
  if (!isPlaced(event)) return view;
  if (view.session_id !== null && event.session_id !== view.session_id) return view;
  if (event.seq <= view.seq || fromOf(event) > view.seq + 1) return view;
  let next: View;
  try {
    next = apply(view, event);
  } catch {
    // A frame that lies about its own shape changes nothing, but the cursor must not stick to it.
    next = view;
  }
  return { ...next, session_id: event.session_id, seq: event.seq };
}

/** The view after a list of events. */
export function fold(view: View, events: Iterable<Event>): View {
  let next = view;
  for (const event of events) next = evolve(next, event);
  return next;
}

/** Whether an event can be applied to a view, is already in it, or comes after a hole. */
export function place(
  view: Pick<View, "seq">,
  event: { seq: number; from?: number | undefined },
): "next" | "seen" | "hole" {
  if (event.seq <= view.seq) return "seen";
  return fromOf(event) <= view.seq + 1 ? "next" : "hole";
}

function isPlaced(event: Event): boolean {
  return (
    typeof event === "object" &&
    event !== null &&
    typeof event.session_id === "string" &&
    Number.isSafeInteger(event.seq) &&
    (event.from === undefined || (Number.isSafeInteger(event.from) && event.from <= event.seq))
  );
}

function apply(view: View, event: Event): View {
  switch (event.type) {
    case "user_message":
      return { ...view, queue: [...view.queue, message(event)] };
    case "message_withdrawn":
      return { ...view, queue: view.queue.filter((queued) => queued.message_id !== event.message_id) };
    case "session_updated":
      return { ...view, title: event.title ?? view.title, model: event.model ?? view.model };
    case "branch_selected":
      return openTurn(view) === null ? selectBranch(view, event.message_id, event.seq) : view;
    case "session_start":
      return start(view, event);
    case "step":
      return take(view, event.run_id, event.message_ids ?? [], event);
    default:
      return withTurn(view, event.run_id, (turn) => evolveTurn(turn, event));
  }
}

const NO_ATTACHMENTS: Message["attachments"] = [];

function message(event: EventOf<"user_message">): Message {
  const { message_id, content, mode, options, attachments = NO_ATTACHMENTS, replaces = null, seq, ts } = event;
  return { message_id, content, mode, options: options ?? null, attachments, replaces, seq, ts };
}

function start(view: View, event: EventOf<"session_start">): View {
  const { run_id, message_ids, model, agent, max_steps, token_limit, tools, seq, ts } = event;
  const same = (turn: Turn): boolean => turn.run_id === run_id;
  if (run_id === undefined || view.turns.some(same) || view.aside.some(same)) return view;
  const turn: Turn = {
    run_id,
    seq,
    model,
    agent,
    max_steps,
    token_limit,
    tools,
    started_at: ts,
    phase: { state: "running" },
    ended_seq: null,
    step: 0,
    tokens: 0,
    usage: NO_USAGE,
    items: [],
    parent: null,
    chosen_seq: seq,
    branch: null,
  };
  const { taken } = divided(view.queue, message_ids);
  const replaces = taken.find((message) => message.replaces !== null)?.replaces ?? null;
  return take(addTurn(view, turn, taken[0]?.message_id, replaces), run_id, message_ids, event);
}

/** Moves messages from the queue into a turn, then lets the turn see the event. */
function take(view: View, run_id: string | undefined, ids: readonly string[], event: Event): View {
  const { taken, left } = divided(view.queue, ids);
  const moved = withTurn(view, run_id, (turn) => {
    const items = taken.map((message) => ({ kind: "message" as const, message, seq: event.seq, ts: message.ts }));
    return evolveTurn(items.length > 0 ? { ...turn, items: [...turn.items, ...items] } : turn, event);
  });
  if (taken.length === 0 || moved === view) return moved;
  return { ...moved, queue: left };
}

function divided(queue: View["queue"], ids: readonly string[]): { taken: readonly Message[]; left: View["queue"] } {
  if (queue.length === 0 || ids.length === 0) return { taken: [], left: queue };
  const named = new Set(ids);
  const isNamed = ({ message_id }: Message): boolean => named.has(message_id);
  return { taken: queue.filter(isNamed), left: queue.filter((queued) => !isNamed(queued)) };
}

function withTurn(view: View, run_id: string | undefined, change: (turn: Turn) => Turn): View {
  const index = view.turns.findLastIndex((turn) => turn.run_id === run_id);
  const turn = view.turns[index];
  if (turn === undefined || !isOpen(turn)) return view;
  const changed = change(turn);
  return changed === turn ? view : { ...view, turns: view.turns.with(index, changed) };
}
