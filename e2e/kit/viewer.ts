import { MillraceClient, type Watch } from "@millrace/client";
import { type Event, emptyView, evolve, isDelta, place, type View } from "@millrace/protocol";

/** What one viewer received, as received, and what it made of it. */
export class Viewer {
  readonly session_id: string;
  readonly client: MillraceClient;
  readonly events: Event[] = [];
  readonly faults: string[] = [];
  view: View = emptyView();
  resets = 0;
  #watch: Watch;

  constructor(url: string, session_id: string) {
    this.session_id = session_id;
    this.client = new MillraceClient({ url });
    this.client.connect();
    this.#watch = this.#open(0);
  }

  /** Like a tab that keeps its view and cursor but loses everything else. */
  reopen(): void {
    const epoch = this.#watch.epoch;
    this.#watch.close();
    this.#watch = this.#open(this.view.seq, epoch);
  }

  close(): void {
    this.#watch.close();
    this.client.close();
  }

  #open(after: number, epoch: string | null = null): Watch {
    const handlers = {
      onEvents: (events: readonly Event[]) => {
        for (const event of events) this.#apply(event);
      },
      onReset: (start: number) => {
        this.resets += 1;
        this.view = emptyView(start);
      },
      onLive: () => {},
    };
    return this.client.watch(this.session_id, handlers, epoch === null ? { after } : { after, epoch });
  }

  #apply(event: Event): void {
    this.events.push(event);
    const where = place(this.view, event);
    if (where === "hole") this.faults.push(`GAP at ${this.view.seq}: ${event.from ?? event.seq}..${event.seq}`);
    if (where === "seen") this.faults.push(`DUP at ${this.view.seq}: ${event.type} ${event.seq}`);
    if (event.from !== undefined && !isDelta(event)) this.faults.push(`a merged ${event.type}`);
    this.view = evolve(this.view, event);
  }
}
