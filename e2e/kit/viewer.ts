import { MillraceClient, type Watch } from "@millrace/client";
import type { View } from "@millrace/protocol";
import { ViewerLedger } from "./oracle.ts";

/** A page that watches one session through the real client, and writes down what it is handed. */
export class Viewer {
  readonly session_id: string;
  readonly client: MillraceClient;
  readonly ledger: ViewerLedger;
  #watch: Watch;
  #epoch: string | null = null;
  /** How often it got a connection. */
  connections = 0;

  constructor(url: string, session_id: string, name = "viewer") {
    this.session_id = session_id;
    this.ledger = new ViewerLedger(name);
    this.client = new MillraceClient({ url });
    this.client.connection.subscribe(() => {
      if (this.client.connection.get().state === "online") this.connections += 1;
    });
    this.client.connect();
    this.#watch = this.#open(0);
  }

  get view(): View {
    return this.ledger.view;
  }

  /** Like a tab that keeps its view and cursor but loses everything else. */
  reopen(): void {
    const { cursor } = this.#watch;
    this.#watch.close();
    this.#watch = this.#open(cursor);
  }

  /** Whether it has everything up to a position within so many milliseconds. */
  async reaches(seq: number, ms = 15_000): Promise<boolean> {
    for (let waited = 0; this.view.seq < seq && waited < ms; waited += 20) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return this.view.seq >= seq;
  }

  close(): void {
    this.#watch.close();
    this.client.close();
  }

  #open(after: number): Watch {
    const handlers = {
      onEvents: (events: Parameters<Parameters<MillraceClient["watch"]>[1]["onEvents"]>[0]) => {
        this.#epoch = this.#watch.epoch;
        for (const event of events) this.ledger.apply(event, this.#epoch);
      },
      onReset: (start: number) => {
        this.ledger.reset(start, this.#epoch === null || this.#watch.epoch !== this.#epoch);
        this.#epoch = this.#watch.epoch;
      },
      onLive: () => {},
    };
    const from = this.#epoch === null ? { after } : { after, epoch: this.#epoch };
    return this.client.watch(this.session_id, handlers, from);
  }
}
