import { IDLE, type PolicyInput, type PolicyState, transition } from "./policy.ts";
import { SocketDriver } from "./socket.ts";
import type { Clock, ConnectionState, Readable, TokenSource, WebSocketFactory } from "./types.ts";
import { createValue } from "./value.ts";

/** There was nothing to show this time: tried again like a lost connection. */
const NO_TOKEN = 1006;

export interface ConnectionOptions {
  url: string;
  token: TokenSource | undefined;
  WebSocket: WebSocketFactory | undefined;
  clock: Clock;
  random: () => number;
  /** A frame of the current socket. */
  onText(text: string): void;
  /** Write a `ping` by {@link Connection.send}. */
  ping(): void;
}

/** Feeds the policy with what the socket and the clock do, and performs what it asks for. */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #driver: SocketDriver;
  readonly #shown = createValue<ConnectionState>(IDLE.shown);
  #policy: PolicyState = IDLE;
  /** How many were opened: what was asked for one of them is not for the next. */
  #sockets = 0;
  #cancelTimer: () => void = () => {};

  readonly state: Readable<ConnectionState> = this.#shown;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#driver = new SocketDriver(options.url, options.WebSocket, {
      onOpen: () => {
        this.input({ type: "heard" });
        this.#authenticate();
      },
      onText: (text) => {
        this.input({ type: "heard" });
        options.onText(text);
      },
      onClose: (code, reason) => this.input({ type: "closed", code, reason }),
    });
  }

  get online(): boolean {
    return this.#policy.shown.state === "online";
  }

  input(input: PolicyInput): void {
    const { clock, random } = this.#options;
    const { state, effects } = transition(this.#policy, input, clock.now(), random);
    this.#policy = state;
    for (const effect of effects) {
      if (effect.type === "open") this.#open();
      else if (effect.type === "drop") this.#driver.drop();
      else if (effect.type === "ping") this.#options.ping();
      else this.#wake(effect.in_ms);
    }
    this.#shown.set(state.shown);
  }

  /** Whether the text was written to a socket that has been welcomed. */
  send(text: string): boolean {
    if (!this.online || !this.#driver.send(text)) return false;
    this.input({ type: "written", length: text.length });
    return true;
  }

  #open(): void {
    this.#sockets += 1;
    this.#driver.open();
  }

  /** A gateway that knows the socket already only says so. */
  #authenticate(): void {
    const { token } = this.#options;
    if (token === undefined) return;
    if (typeof token === "string") return this.#show(token);
    const socket = this.#sockets;
    const current = (): boolean => socket === this.#sockets;
    const asked = new Promise<string>((resolve) => resolve(token()));
    asked.then(
      (shown) => current() && this.#show(shown),
      () => {
        if (!current()) return;
        this.#driver.drop();
        this.input({ type: "closed", code: NO_TOKEN, reason: "no token" });
      },
    );
  }

  #show(token: string): void {
    this.#driver.send(JSON.stringify({ type: "auth", token }));
  }

  #wake(in_ms: number | null): void {
    this.#cancelTimer();
    this.#cancelTimer =
      in_ms === null ? () => {} : this.#options.clock.after(in_ms, () => this.input({ type: "fired" }));
  }
}
