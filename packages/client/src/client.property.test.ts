import { type Event, emptyView, evolve, fold, place, type View } from "@millrace/protocol";
import { expect, it } from "vitest";
import { ModelServer, type Random, seeded } from "./testing/model-server.ts";
import { Rig } from "./testing/rig.ts";
import type { Watch } from "./types.ts";

const RUNS = 1_500;

/** A watch that folds, and notices what comes twice, too early, or from nowhere. */
class Viewer {
  view: View;
  after: number;
  readonly faults: string[] = [];
  readonly watch: Watch;

  constructor(rig: Rig, tail?: number) {
    this.after = 0;
    this.view = emptyView();
    this.watch = rig.client.watch(
      "s",
      {
        onEvents: (events) => {
          for (const event of events) this.#apply(event);
        },
        onReset: (after) => {
          this.after = after;
          this.view = emptyView(after);
        },
        onLive: (seq) => {
          if (this.view.seq < seq) this.faults.push(`live ${seq} at ${this.view.seq}`);
        },
      },
      tail === undefined ? {} : { tail },
    );
  }

  #apply(event: Event): void {
    const placed = place(this.view, event);
    if (placed !== "next") this.faults.push(`${placed} ${event.from}..${event.seq} at ${this.view.seq}`);
    this.view = evolve(this.view, event);
  }
}

function play(seed: number): { rig: Rig; server: ModelServer; viewers: Viewer[]; sent: string[]; restored: boolean } {
  const random = seeded(seed);
  const rig = new Rig({ random });
  const server = new ModelServer(random);
  const viewers = [new Viewer(rig)];
  const sent: string[] = [];
  let restored = false;
  const connect = connector(rig, server);
  rig.client.connect();
  for (let step = 0; step < 120; step++) {
    connect();
    act(random, [
      [40, () => server.deliver()],
      [20, () => server.grow()],
      [12, () => server.pump(0.05)],
      [12, () => server.read()],
      [6, () => rig.clock.advance(random() * 3_000)],
      [4, () => server.cut()],
      [3, () => server.heartbeat()],
      [2, () => rig.client.retryNow()],
      [2, () => void sent.push(rig.client.send({ content: `m${step}`, session_id: "s" }).message_id)],
      [1, () => void viewers.push(new Viewer(rig, random() < 0.5 ? 1 : undefined))],
      [1, () => viewers.length > 1 && viewers.pop()?.watch.close()],
      [
        0.2,
        () => {
          restored = true;
          server.restore();
        },
      ],
    ]);
  }
  for (let round = 0; round < 60 && !isQuiet(rig, server, viewers); round++) {
    connect();
    server.pump(0);
    while (server.read() || server.deliver()) server.pump(0);
    server.heartbeat();
    while (server.deliver());
    rig.clock.advance(3_000);
  }
  return { rig, server, viewers, sent, restored };
}

/** Lets the server take every socket that the client opened and did not give up. */
function connector(rig: Rig, server: ModelServer): () => void {
  let taken = 0;
  return () => {
    for (; taken < rig.sockets.length; taken++) {
      const socket = rig.sockets[taken];
      if (socket !== undefined && socket.closes === 0) server.connect(socket);
    }
  };
}

function act(random: Random, actions: [weight: number, () => unknown][]): void {
  let dice = random() * actions.reduce((sum, [weight]) => sum + weight, 0);
  for (const [weight, action] of actions) {
    dice -= weight;
    if (dice < 0) return void action();
  }
}

function isQuiet(rig: Rig, server: ModelServer, viewers: Viewer[]): boolean {
  return rig.client.outbox.get().length === 0 && viewers.every((viewer) => viewer.watch.cursor === server.head);
}

it(`every view ends as the log's fold, nothing comes twice, no message is lost or doubled (${RUNS} seeds)`, () => {
  let events = 0;
  for (let seed = 1; seed <= RUNS; seed++) {
    const { rig, server, viewers, sent, restored } = play(seed);
    events += server.head;
    expect(rig.client.outbox.get(), `seed ${seed}: outbox`).toEqual([]);
    for (const { view, after, faults } of viewers) {
      expect(faults, `seed ${seed}`).toEqual([]);
      expect(view, `seed ${seed}`).toEqual(fold(emptyView(after), server.log.slice(after)));
    }
    const stored = server.log.flatMap((event) => (event.type === "user_message" ? [event.message_id] : []));
    if (restored) expect(new Set(stored).size, `seed ${seed}: doubled`).toBe(stored.length);
    else expect(stored, `seed ${seed}: lost, doubled or out of order`).toEqual(sent);
  }
  expect(events).toBeGreaterThan(RUNS * 10);
}, 30_000);
