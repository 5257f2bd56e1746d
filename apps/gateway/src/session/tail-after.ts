import { allTurns, type Message, type Turn, type View } from "@millrace/protocol";

/**
 * The position after which the last `count` messages of what is shown lie, with every run that they or a run among them
 * overlap, and with whatever was replaced or selected since: the fold from there ends with the branch that is shown.
 *
 * @param before messages at and after this position do not count: for the page before one that begins there
 */
export function tailAfter(view: View, count: number, before: number = Number.POSITIVE_INFINITY): number {
  const messages = [...view.turns.flatMap(messagesOf), ...view.queue]
    .filter(({ seq }) => seq < before)
    .sort((a, b) => a.seq - b.seq);
  const first = messages.at(-count);
  if (first === undefined) return 0;
  const runs = allTurns(view).map((turn) => ({ turn, messages: messagesOf(turn) }));
  const replaced = new Set(view.queue.map(({ replaces }) => replaces));
  let start = first.seq;
  // What comes into sight can name what lies before it.
  for (let held = 0; held !== start; ) {
    held = start;
    for (const { turn, messages } of runs.toReversed()) {
      const begins = Math.min(turn.seq, ...messages.map(({ seq }) => seq));
      const named = turn.chosen_seq >= start || messages.some(({ message_id }) => replaced.has(message_id));
      if (named || turn.ended_seq === null || turn.ended_seq > start) start = Math.min(start, begins);
      if (begins >= start) for (const { replaces } of messages) replaced.add(replaces);
    }
  }
  return start - 1;
}

function messagesOf(turn: Turn): Message[] {
  return turn.items.flatMap((item) => (item.kind === "message" ? [item.message] : []));
}
