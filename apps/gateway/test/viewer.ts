import { randomUUID } from "node:crypto";
import {
  type CommandInput,
  type ControlFrame,
  type Event,
  type EventOf,
  type EventType,
  emptyView,
  fold,
  fromOf,
  type RunOptions,
  SUBPROTOCOL,
  type View,
} from "@millrace/protocol";
import { type ClientOptions, WebSocket } from "ws";
import { expectNoSecret } from "./suite-canaries.ts";
import { within } from "./within.ts";

export type Frame = ControlFrame | Event;
type Reply = Extract<ControlFrame, { type: "ack" | "reject" | "subscribed" }>;
type WithoutId<C> = C extends CommandInput ? Omit<C, "id"> : never;
type FrameOf<T extends Frame["type"]> = Extract<Frame, { type: T }>;

export interface ViewerOptions extends ClientOptions {
  readonly protocols?: readonly string[];
}

/** A WebSocket client without any cleverness: it keeps every frame and waits for those a test asks for. */
export class Viewer {
  readonly socket: WebSocket;
  /** Everything that was received, in order. */
  readonly frames: Frame[] = [];
  /** How the server, or the network, ended it. */
  readonly closed: Promise<{ code: number; reason: string }>;
  readonly #waiting = new Set<() => void>();
  #commands = 0;

  constructor(url: string, { protocols = [SUBPROTOCOL], ...options }: ViewerOptions = {}) {
    this.socket = new WebSocket(url, [...protocols], options);
    this.socket.on("message", (data) => {
      const text = String(data);
      expectNoSecret("a frame", text);
      this.frames.push(JSON.parse(text) as Frame);
      for (const check of this.#waiting) check();
    });
    this.socket.on("error", () => {});
    this.closed = new Promise((resolve) => {
      this.socket.on("close", (code, reason) => resolve({ code, reason: String(reason) }));
    });
  }

  /** The first frame, already received or still to come, that fits; `from` skips so many frames. */
  async until<F extends Frame = Frame>(
    fits: (frame: Frame) => boolean,
    { from = 0, what = "a frame", ms = 10_000 }: { from?: number; what?: string; ms?: number } = {},
  ): Promise<F> {
    let next = from;
    const found = new Promise<Frame>((resolve, reject) => {
      const check = (): void => {
        for (; next < this.frames.length; next++) {
          const frame = this.frames[next] as Frame;
          if (!fits(frame)) continue;
          this.#waiting.delete(check);
          return resolve(frame);
        }
      };
      this.#waiting.add(check);
      check();
      void this.closed.then(({ code, reason }) => reject(new Error(`Closed with ${code} ${reason} before ${what}`)));
    });
    const seen = (): string => `${what}; received: ${this.frames.slice(-12).map(({ type }) => type)}`;
    return (await within(found, seen, ms)) as F;
  }

  frame<T extends Frame["type"]>(
    type: T,
    { from = 0, where = () => true }: { from?: number; where?: (frame: FrameOf<T>) => boolean } = {},
  ): Promise<FrameOf<T>> {
    const fits = (frame: Frame): boolean => frame.type === type && where(frame as FrameOf<T>);
    return this.until<FrameOf<T>>(fits, { from, what: type });
  }

  /** The one event of that type, counted from 1, in a session or in all of them. */
  async event<T extends EventType>(type: T, nth = 1): Promise<EventOf<T>> {
    let seen = 0;
    const fits = (frame: Frame): boolean => frame.type === type && ++seen === nth;
    return this.until<EventOf<T>>(fits as (frame: Frame) => boolean, { what: `${type} no. ${nth}` });
  }

  write(frame: unknown): void {
    this.socket.send(typeof frame === "string" ? frame : JSON.stringify(frame));
  }

  /** Sends a command and waits for its reply. */
  async command(command: WithoutId<CommandInput>): Promise<Reply> {
    const id = `c${++this.#commands}`;
    this.write({ ...command, id });
    return this.reply(id);
  }

  reply(id: string | null): Promise<Reply> {
    return this.until<Reply>((frame) => isReply(frame) && frame.id === id, { what: `the reply to ${id}` });
  }

  /** Like {@link command}, for one that must be refused: the code. */
  async refused(command: Record<string, unknown>): Promise<string> {
    const id = `r${++this.#commands}`;
    this.write({ id, ...command });
    const frame = await this.reply("id" in command ? readableId(command.id) : id);
    return frame.type === "reject" ? frame.code : frame.type;
  }

  async send(
    content: string,
    {
      message_id = randomUUID(),
      ...rest
    }: {
      message_id?: string;
      session_id?: string;
      mode?: "steer" | "queue";
      options?: RunOptions;
      attachments?: string[];
    } = {},
  ): Promise<Extract<ControlFrame, { type: "ack" }> & { session_id: string; message_id: string; seq: number }> {
    const reply = await this.command({ type: "send", content, message_id, ...rest });
    if (reply.type !== "ack") throw new Error(`send: ${JSON.stringify(reply)}`);
    return reply as Awaited<ReturnType<Viewer["send"]>>;
  }

  async subscribe(session_id: string, rest: { after?: number; epoch?: string; tail?: number } = {}): Promise<number> {
    const from = this.frames.length;
    const reply = await this.command({ type: "subscribe", session_id, ...rest });
    if (reply.type !== "subscribed") throw new Error(`subscribe: ${JSON.stringify(reply)}`);
    return from;
  }

  /** Events of a session that were received from a frame on, as received. */
  events(session_id: string, from = 0): Event[] {
    return this.frames.slice(from).filter((frame): frame is Event => isEvent(frame) && frame.session_id === session_id);
  }

  view(session_id: string, from = 0): View {
    return fold(emptyView(), this.events(session_id, from));
  }

  terminate(): void {
    this.socket.terminate();
  }
}

/** Asserts nothing: the positions that frames cover, in order, so that a hole or a repeat is seen. */
export function coverage(events: readonly Event[]): number[] {
  return events.flatMap((event) =>
    Array.from({ length: event.seq - fromOf(event) + 1 }, (_, index) => fromOf(event) + index),
  );
}

/** 1, 2, … n */
export function upTo(count: number, first = 1): number[] {
  return Array.from({ length: count - first + 1 }, (_, index) => first + index);
}

export function isEvent(frame: Frame): frame is Event {
  return "seq" in frame && "v" in frame;
}

function isReply(frame: Frame): frame is Reply {
  return frame.type === "ack" || frame.type === "reject" || frame.type === "subscribed";
}

function readableId(id: unknown): string | null {
  return typeof id === "string" && id.length <= 64 ? id : null;
}
