import {
  CLOSE_CODES,
  type Command,
  type ControlFrame,
  type Notice,
  PROTOCOL_VERSION,
  parseCommand,
  type Reject,
  type SessionSummary,
} from "@millrace/protocol";
import type { Logger } from "pino";
import type { Audit } from "../auth/audit.ts";
import { authorize, Denial } from "../auth/authorize.ts";
import type { Principal, PrincipalEnd } from "../auth/principal.ts";
import type { Shares } from "../auth/shares.ts";
import type { Commands } from "../commands.ts";
import { type Later, later } from "../later.ts";
import type { Limits } from "../limits.ts";
import type { DoorMeter } from "../metrics/meters.ts";
import { Rejection } from "../rejection.ts";
import type { Sessions } from "../session/sessions.ts";
import { Subscriptions } from "./subscriptions.ts";
import { TokenBucket } from "./token-bucket.ts";

/** The socket as a connection sees it; an adapter puts a real one behind it. */
export interface Socket {
  /** Sends one text frame, or drops it where the socket is not open. */
  send(frame: string): void;
  /** Bytes handed over that have not left the process yet. */
  readonly buffered: number;
  ping(): void;
  close(code: number, reason: string): void;
  /** Ends the socket at once: for a peer that does not take part any more. */
  terminate(): void;
}

export interface ConnectionContext {
  readonly commands: Commands;
  readonly sessions: Sessions;
  readonly limits: Limits;
  readonly now: () => number;
  /** Timers: the process's own unless a test brings others. */
  readonly later?: Later;
  readonly log: Logger;
  readonly audit: Audit;
  readonly meter: DoorMeter;
  /** How much of the gateway a user may have; without it only this connection's own rate counts. */
  readonly shares?: Pick<Shares, "request">;
}

/** Who is at the other end, and where. */
export interface Peer {
  readonly principal: Principal;
  readonly address: string;
}

/** One client's WebSocket, without the WebSocket: frames in, frames out. Its one `close` is idempotent. */
export class Connection {
  readonly #id: string;
  readonly #peer: Peer;
  readonly #socket: Socket;
  readonly #context: ConnectionContext;
  readonly #subscriptions: Subscriptions;
  readonly #commandRate: TokenBucket;
  readonly #limitedRate: TokenBucket;
  readonly #rejectRate: TokenBucket;
  /** What this listens to. */
  readonly #unlisten: (() => void)[] = [];
  readonly #later: Later;
  #callOffBeat: () => void = () => {};
  #callOffStall: (() => void) | null = null;
  /** A frame was held back for want of room. */
  #full = false;
  /** Length of the last frame that the client had room for. It does not count as waiting: it may be longer than the limit. */
  #lastInTime = 0;
  #missedBeats = 0;
  #open = true;
  /** Commands take effect in the order in which they came: each begins when the one before it has been answered. */
  #commands: Promise<void> = Promise.resolve();

  constructor(id: string, peer: Peer, socket: Socket, context: ConnectionContext) {
    const { limits, now, sessions } = context;
    this.#id = id;
    this.#peer = peer;
    this.#socket = socket;
    this.#context = context;
    this.#later = context.later ?? later;
    this.#commandRate = new TokenBucket(limits.commands_per_minute, limits.command_burst, now());
    this.#limitedRate = new TokenBucket(limits.commands_per_minute, 2 * limits.commands_per_minute, now());
    this.#rejectRate = new TokenBucket(limits.rejects_per_minute, limits.rejects_per_minute, now());
    this.#subscriptions = new Subscriptions(peer.principal, sessions, limits.subscriptions, {
      send: (frame) => this.#write(frame),
      control: (frame) => this.#send(frame),
      writable: () => {
        if (!this.#open) return false;
        if (socket.buffered < limits.socket_high_water) return true;
        this.#full = true;
        return false;
      },
      failed: (error) => {
        context.log.error({ connection_id: id, error }, "a cursor could not read");
        this.close(CLOSE_CODES.internal, "internal");
      },
    });
    const { principal } = peer;
    this.#unlisten.push(sessions.onChange(principal.user_id, (summary) => this.#sessionChanged(summary)));
    this.#beatLater();
    this.#send({
      type: "welcome",
      protocol: PROTOCOL_VERSION,
      connection_id: id,
      heartbeat_ms: limits.heartbeat_ms,
      limits: {
        frame_bytes: limits.frame_bytes,
        json_depth: limits.json_depth,
        commands_per_minute: limits.commands_per_minute,
        command_burst: limits.command_burst,
        subscriptions: limits.subscriptions,
        attachments: limits.attachments,
        attachment_image_bytes: limits.attachment_image_bytes,
        attachment_text_bytes: limits.attachment_text_bytes,
      },
      user: { id: principal.user_id },
    });
    this.#unlisten.push(principal.onEnd((end) => this.#end(end)));
  }

  /** The socket said who it is by an `auth` frame, which had that id. */
  authenticated(id: string | undefined): void {
    if (id !== undefined) this.#send({ type: "ack", id });
  }

  /** One text frame from the client. */
  receive(text: string): void {
    if (!this.#open) return;
    this.alive();
    const parsed = parseCommand(text);
    if (parsed.kind === "bad_frame") return this.close(CLOSE_CODES.bad_frame, parsed.message);
    const { now, shares } = this.#context;
    const wait = this.#commandRate.take(now()) || (shares?.request(this.#peer.principal) ?? 0);
    if (wait > 0) return this.#limited(parsed.kind === "command" ? parsed.command.id : parsed.id, wait);
    if (parsed.kind === "reject") {
      if (!isAuth(text)) return this.#reject(parsed.id, parsed.code, parsed.message);
      return this.#reject(parsed.id, "bad_request", "It is known already who you are.");
    }
    const { command } = parsed;
    this.#commands = this.#commands.then(() => this.#carryOut(command));
  }

  /** Any sign of life: a frame or a pong. */
  alive(): void {
    this.#missedBeats = 0;
  }

  /** What was handed to the socket has left it, all or in part. */
  drained(): void {
    // Called for every frame, and most of the time nothing waits.
    if (!this.#full && this.#callOffStall === null) return;
    if (!this.#open || this.#socket.buffered >= this.#context.limits.socket_high_water) return;
    this.#full = false;
    this.#callOffStall?.();
    this.#callOffStall = null;
    this.#subscriptions.wake();
  }

  /** Tells the client something about the gateway. */
  notice(notice: Notice): void {
    this.#send(notice);
  }

  /** Tells the client to come back in a moment, then lets it go. */
  drain(in_ms: number): void {
    this.#send({ type: "draining", in_ms });
  }

  close(code: number, reason: string): void {
    if (!this.#open) return;
    this.closed();
    this.#socket.close(code, reason);
  }

  /** The socket is gone, whoever closed it. */
  closed(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#callOffBeat();
    this.#callOffStall?.();
    for (const unlisten of this.#unlisten) unlisten();
    this.#subscriptions.close();
  }

  #end(end: PrincipalEnd): void {
    this.close(CLOSE_CODES[end === "expired" ? "token_expired" : "revoked"], end);
  }

  async #carryOut(command: Command): Promise<void> {
    const { principal, address } = this.#peer;
    try {
      authorize(principal, command.type, null);
      await this.#perform(command);
    } catch (error) {
      if (error instanceof Denial) {
        const session_id = "session_id" in command ? command.session_id : undefined;
        this.#context.audit.denied({ address, connection_id: this.#id }, principal, error, session_id);
        if (principal.ended !== null) return this.#end(principal.ended);
      }
      if (error instanceof Rejection) return this.#reject(command.id, error.code, error.message, error.retry_after_ms);
      this.#context.log.error({ connection_id: this.#id, type: command.type, error }, "a command failed");
      this.close(CLOSE_CODES.internal, "internal");
    }
  }

  async #perform(command: Command): Promise<void> {
    const { commands } = this.#context;
    const user = this.#peer.principal;
    const { id } = command;
    switch (command.type) {
      case "ping":
        return this.#send({ type: "ack", id });
      case "subscribe":
        return this.#subscriptions.subscribe(command);
      case "unsubscribe":
        this.#subscriptions.unsubscribe(command.session_id);
        return this.#send({ type: "ack", id, session_id: command.session_id });
      case "send": {
        if (command.session_id === undefined) this.#subscriptions.assertRoom();
        const { session, accepted } = await commands.send(user, command);
        this.#send({ type: "ack", id, ...accepted });
        if (command.session_id === undefined) this.#subscriptions.follow(session);
        return;
      }
      case "unsend":
        return this.#send({
          type: "ack",
          id,
          ...(await commands.unsend(user, command.session_id, command.message_id)),
        });
      case "select_branch": {
        const { session_id, message_id } = command;
        return this.#send({ type: "ack", id, ...(await commands.selectBranch(user, session_id, message_id)) });
      }
      case "stop":
        return this.#send({ type: "ack", id, ...(await commands.stop(user, command.session_id, command.run_id)) });
      case "update_session": {
        const { session_id, title, model } = command;
        const change = { ...(title === undefined ? {} : { title }), ...(model === undefined ? {} : { model }) };
        return this.#send({ type: "ack", id, ...(await commands.update(user, session_id, change)) });
      }
      case "delete_session":
        return this.#send({ type: "ack", id, ...(await commands.remove(user, command.session_id)) });
      case "respond": {
        const { session_id, request_id } = command;
        return this.#send({ type: "ack", id, ...(await commands.respond(user, session_id, request_id, command)) });
      }
    }
  }

  #limited(id: string | null, retry_after_ms: number): void {
    if (this.#limitedRate.take(this.#context.now()) > 0) return this.close(CLOSE_CODES.rate_limited, "rate limited");
    this.#context.meter.rejected("ws", "rate_limited");
    this.#send({ type: "reject", id, code: "rate_limited", message: "Too many commands.", retry_after_ms });
  }

  #reject(id: string | null, code: Reject["code"], message: string, retry_after_ms?: number): void {
    this.#context.meter.rejected("ws", code);
    this.#send({ type: "reject", id, code, message, ...(retry_after_ms === undefined ? {} : { retry_after_ms }) });
    if (this.#rejectRate.take(this.#context.now()) > 0) this.close(CLOSE_CODES.too_many_errors, "too many errors");
  }

  #sessionChanged(summary: SessionSummary): void {
    if (summary.status === "deleted") this.#subscriptions.unsubscribe(summary.session_id);
    this.#send({ type: "session_changed", ...summary });
  }

  #beatLater(): void {
    this.#callOffBeat = this.#later(this.#context.limits.heartbeat_ms, () => {
      this.#beatLater();
      this.#beat();
    });
  }

  #beat(): void {
    if (this.#missedBeats >= 2) {
      this.close(CLOSE_CODES.heartbeat_timeout, "heartbeat timeout");
      return this.#socket.terminate();
    }
    this.#missedBeats += 1;
    this.#send({ type: "heartbeat", heads: this.#subscriptions.heads() });
    this.#socket.ping();
  }

  #send(frame: ControlFrame): void {
    this.#write(JSON.stringify(frame));
  }

  #write(frame: string): void {
    if (!this.#open) return;
    const { socket_high_water, outgoing_bytes, outgoing_ms } = this.#context.limits;
    const { buffered } = this.#socket;
    if (buffered < socket_high_water) this.#lastInTime = frame.length;
    if (buffered > outgoing_bytes + this.#lastInTime) return this.#tooSlow();
    this.#socket.send(frame);
    if (buffered + 3 * frame.length >= socket_high_water && this.#socket.buffered >= socket_high_water)
      this.#callOffStall ??= this.#later(outgoing_ms, () => this.#tooSlow());
  }

  #tooSlow(): void {
    if (!this.#open) return;
    this.#context.log.info({ connection_id: this.#id, buffered: this.#socket.buffered }, "closed a slow viewer");
    this.close(CLOSE_CODES.slow_consumer, "slow consumer");
    // The close frame waits behind everything the client did not read, so it may never arrive.
    this.#socket.terminate();
  }
}

/** An `auth` belongs before the first command; here it is a frame of another kind. */
function isAuth(text: string): boolean {
  const frame = JSON.parse(text) as { readonly type?: unknown };
  return frame.type === "auth";
}
