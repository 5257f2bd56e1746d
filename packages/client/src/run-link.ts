import type { Outcome, Request } from "./requests.ts";
import type { Clock, OutgoingMessage, SentMessage, Watch, WatchFrom, WatchHandlers } from "./types.ts";

export type StopRequest = Extract<Request, { type: "stop" | "unsend" }>;

/** What a run is followed through, whatever the wire is. */
export interface RunLink {
  readonly clock: Clock;
  /** Opens the connection where nobody did. */
  connect(): void;
  send(message: OutgoingMessage): SentMessage;
  /** Takes a message back that was never on the wire; false where the server may have it. */
  takeBack(message_id: string): boolean;
  watch(session_id: string, handlers: WatchHandlers, from: WatchFrom): Watch;
  /** Calls back once; false where there is no connection, and nobody is called. */
  ask(request: StopRequest, onOutcome: (outcome: Outcome) => void): boolean;
  /** `up`: what could not be asked can be asked again. An error: nothing arrives any more. Returns its undo. */
  follow(listener: (change: "up" | Error) => void): () => void;
}
