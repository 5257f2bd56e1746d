import type { Context } from "./context.ts";
import { Ledger } from "./ledger.ts";
import { ask, Refused } from "./place.ts";
import { isEvent, type Received } from "./received.ts";
import { VerifySocket } from "./socket.ts";

interface Control {
  readonly type: string;
  readonly epoch?: string;
  readonly after?: number;
}

interface Tail {
  readonly epoch: string;
  readonly after: number;
  readonly events: readonly Received[];
}

const TAIL_MS = 10_000;

/**
 * Reads a session as a page does that shows its end first: the last message over a WebSocket, then what lies before it in
 * pages, one message each. Together they are the log.
 */
export async function readFromTail(context: Context, session_id: string, name: string): Promise<Ledger> {
  const { place, gate, counts } = context;
  const ledger = new Ledger(name);
  const { epoch, after, events } = await gate.patiently(place, () => tail(context, session_id, ledger));
  ledger.begin(epoch, 0, false);
  const pages: (readonly Received[])[] = [events];
  for (let before = after + 1; before > 1; ) {
    const path = `sessions/${session_id}/events?before=${before}&tail=1`;
    const { body, headers } = await ask<Received[]>(place, gate, path);
    const begin = Number(headers.get("millrace-after"));
    // A page that does not lead further back would be asked for without an end.
    if (!(begin < before - 1)) break;
    pages.unshift(body);
    before = begin + 1;
  }
  for (const event of pages.flat()) ledger.apply(event);
  counts.frames += pages.flat().length;
  return ledger;
}

/** What is there after so long although `live` never came is the tail all the same. @throws Refused */
async function tail({ place }: Context, session_id: string, ledger: Ledger): Promise<Tail> {
  const read = Promise.withResolvers<boolean>();
  const events: Received[] = [];
  let begun: Control | null = null;
  const onText = (text: string): void => {
    const frame = JSON.parse(text) as Control;
    if (frame.type === "welcome") socket.send({ type: "subscribe", id: "tail", session_id, tail: 1 });
    else if (frame.type === "subscribed") begun = frame;
    else if (frame.type === "live" || frame.type === "reject") read.resolve(true);
    else if (isEvent(frame)) events.push(frame);
  };
  const socket = await VerifySocket.open(place, { onText, onClose: () => read.resolve(false) });
  const timer = setTimeout(() => {
    ledger.untold("that it is live");
    read.resolve(true);
  }, TAIL_MS);
  const whole = await read.promise;
  clearTimeout(timer);
  socket.cut("close");
  if (!whole) throw new Refused(0, undefined);
  const { epoch = "", after = 0 } = (begun ?? {}) as Partial<Control>;
  return { epoch, after, events };
}
