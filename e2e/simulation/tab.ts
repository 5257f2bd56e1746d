import { MillraceClient, type OutboxEntry, type Watch } from "@millrace/client";
import type { View } from "@millrace/protocol";
import { ViewerLedger, WireLedger } from "../kit/oracle.ts";
import { type Link, type Network, Stumble, type Weather } from "./network.ts";

export interface TabContext {
  readonly name: string;
  readonly network: Network;
  readonly random: () => number;
  /** How far this device's clock is off. Milliseconds. */
  readonly skew: number;
  readonly weather: Weather;
  readonly wires: WireLedger[];
}

/** One view of a session in a tab. */
export class Watching {
  readonly session_id: string;
  readonly ledger: ViewerLedger;
  #client: MillraceClient;
  #watch: Watch;
  #epoch: string | null = null;
  #stumbles = false;
  open = true;

  constructor(client: MillraceClient, session_id: string, name: string) {
    this.session_id = session_id;
    this.ledger = new ViewerLedger(name);
    this.#client = client;
    this.#watch = this.#begin(0, null);
  }

  get view(): View {
    return this.ledger.view;
  }

  /** Dies before it takes the next event. */
  stumble(): void {
    this.#stumbles = true;
  }

  /** Does not die after all. */
  steady(): void {
    this.#stumbles = false;
  }

  /** Comes back with what it has: another page, the same view. */
  reopen(client: MillraceClient = this.#client): void {
    const { cursor } = this.#watch;
    this.#epoch = this.#watch.epoch ?? this.#epoch;
    this.#watch.close();
    this.#client = client;
    this.#watch = this.#begin(cursor, this.#epoch);
    this.open = true;
  }

  close(): void {
    this.open = false;
    this.#watch.close();
  }

  #begin(after: number, epoch: string | null): Watch {
    return this.#client.watch(
      this.session_id,
      {
        onEvents: (events) => {
          if (this.#stumbles) {
            this.#stumbles = false;
            queueMicrotask(() => this.open && this.reopen());
            throw new Stumble("This page dies.");
          }
          this.#epoch = this.#watch.epoch;
          for (const event of events) this.ledger.apply(event, this.#epoch);
        },
        onReset: (start) => {
          this.ledger.reset(start, this.#epoch === null || this.#watch.epoch !== this.#epoch);
          this.#epoch = this.#watch.epoch;
        },
        onLive: () => {},
      },
      epoch === null ? { after } : { after, epoch },
    );
  }
}

/** One browser tab: a client with its own network, clock and stored outbox. */
export class Tab {
  readonly name: string;
  readonly weather: Weather;
  readonly watching: Watching[] = [];
  readonly #context: TabContext;
  #client: MillraceClient;
  #stored: readonly OutboxEntry[] = [];
  #link: Link | null = null;
  #connections = 0;
  #views = 0;

  constructor(context: TabContext) {
    this.name = context.name;
    this.weather = context.weather;
    this.#context = context;
    this.#client = this.#load();
  }

  get client(): MillraceClient {
    return this.#client;
  }

  get link(): Link | null {
    return this.#link;
  }

  get online(): boolean {
    return this.#client.connection.get().state === "online";
  }

  /** Nothing of it still waits to be sent. */
  get empty(): boolean {
    return this.#client.outbox.get().every(({ state }) => state === "rejected");
  }

  watch(session_id: string): void {
    this.watching.push(new Watching(this.#client, session_id, `${this.name}.${++this.#views}`));
  }

  viewOf(session_id: string): View | null {
    return this.watching.find((one) => one.open && one.session_id === session_id)?.view ?? null;
  }

  /** The page is loaded again: it keeps its views, cursors and outbox, and nothing else. */
  reload(): void {
    const old = this.#client;
    const open = this.watching.filter((watching) => watching.open);
    this.#client = this.#load();
    for (const watching of open) watching.reopen(this.#client);
    old.close();
  }

  #load(): MillraceClient {
    const { network, random, skew, weather, wires } = this.#context;
    let gone = false;
    const client = new MillraceClient({
      url: "http://gateway.sim",
      WebSocket: network.socketsFor(
        weather,
        () => {
          const wire = new WireLedger(`${this.name}#${++this.#connections}`);
          wires.push(wire);
          return wire;
        },
        (link) => {
          this.#link = link;
        },
      ),
      clock: { now: () => network.time.now() + skew, after: network.time.after },
      random,
      storage: {
        load: () => this.#stored,
        save: (entries) => {
          if (!gone) this.#stored = entries;
        },
      },
    });
    this.#forgetOld();
    this.#forgetOld = () => {
      gone = true;
    };
    client.connect();
    return client;
  }

  /** A page that is gone stores nothing any more. */
  #forgetOld: () => void = () => {};
}
