import type { ControlFrame, Event } from "@millrace/protocol";

export type Frame = { kind: "control"; control: ControlFrame } | { kind: "event"; event: Event };

type Fields = Readonly<Record<string, unknown>>;

const isText = (value: unknown): boolean => typeof value === "string";
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isObject = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** What must be right in a control frame for this client to act on it; the rest is shown, not decided by. */
const CONTROL: Readonly<Record<ControlFrame["type"], (frame: Fields) => boolean>> = {
  welcome: (frame) =>
    isText(frame.connection_id) && isCount(frame.heartbeat_ms) && frame.heartbeat_ms > 0 && isObject(frame.user),
  ack: (frame) => isText(frame.id),
  reject: (frame) => isText(frame.id) && isText(frame.code),
  subscribed: (frame) => isText(frame.id) && isText(frame.epoch) && isCount(frame.after) && isCount(frame.head),
  live: (frame) => isText(frame.session_id) && isCount(frame.seq),
  heartbeat: (frame) => isObject(frame.heads),
  session_changed: (frame) => isText(frame.session_id),
  notice: (frame) => isText(frame.code),
  draining: () => true,
};

/**
 * One text frame of the server, or null where it cannot be acted on: the caller ignores it. Never throws.
 * An event only has to be placed (`session_id`, `seq`, `from`): its own fields are for `evolve` to judge.
 */
export function readFrame(text: string): Frame | null {
  let frame: unknown;
  try {
    frame = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isObject(frame) || typeof frame.type !== "string") return null;
  if (Object.hasOwn(CONTROL, frame.type)) {
    const control = frame as unknown as ControlFrame;
    return CONTROL[control.type](frame) ? { kind: "control", control } : null;
  }
  const { seq, from = seq } = frame;
  const placed = isText(frame.session_id) && isCount(seq) && isCount(from) && from <= seq;
  return placed ? { kind: "event", event: frame as unknown as Event } : null;
}
