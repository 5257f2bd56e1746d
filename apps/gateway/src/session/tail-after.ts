import type { Message, Turn, View } from "@millrace/protocol";

/**
 * The position after which the last `count` messages lie, with every run that they or a run among them overlap.
 *
 * @param before messages at and after this position do not count: for the page before one that begins there
 */
export function tailAfter(view: View, count: number, before: number = Number.POSITIVE_INFINITY): number {
  const messages = [...view.turns.flatMap(messagesOf), ...view.queue]
    .filter(({ seq }) => seq < before)
    .sort((a, b) => a.seq - b.seq);
  const first = messages.at(-count);
  if (first === undefined) return 0;
  let start = first.seq;
  for (const turn of view.turns.toReversed()) {
    const begins = Math.min(turn.seq, ...messagesOf(turn).map((message) => message.seq));
    if (turn.ended_seq === null || turn.ended_seq > start) start = Math.min(start, begins);
  }
  return start - 1;
}

function messagesOf(turn: Turn): Message[] {
  return turn.items.flatMap((item) => (item.kind === "message" ? [item.message] : []));
}
