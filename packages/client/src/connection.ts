import { IDLE, type PolicyInput, type PolicyState, transition } from "./policy.ts";
import { SocketDriver } from "./socket.ts";
import type { Clock, ConnectionState, Readable, WebSocketFactory } from "./types.ts";
import { createValue } from "./value.ts";

export interface ConnectionOptions {
  url: string;
  WebSocket: WebSocketFactory;
  clock: Clock;
  random: () => number;
  /** A frame of the current socket. */
  onText(text: string): void;
}

/** Feeds the policy with what the socket and the clock do, and performs what it asks for. */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #driver: SocketDriver;
  readonly #shown = createValue<ConnectionState>(IDLE.shown);
  #policy: PolicyState = IDLE;
  #cancelTimer: () => void = () => {};

  readonly state: Readable<ConnectionState> = this.#shown;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#driver = new SocketDriver(options.url, options.WebSocket, {
      onOpen: () => this.input({ type: "heard" }),
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
      if (effect.type === "open") this.#driver.open();
      else if (effect.type === "drop") this.#driver.drop();
      else this.#wake(effect.in_ms);
    }
    this.#shown.set(state.shown);
  }

  /** Whether the text was written to a socket that has been welcomed. */
  send(text: string): boolean {
    return this.online && this.#driver.send(text);
  }

  #wake(in_ms: number | null): void {
    this.#cancelTimer();
    this.#cancelTimer =
      in_ms === null ? () => {} : this.#options.clock.after(in_ms, () => this.input({ type: "fired" }));
  }
}
