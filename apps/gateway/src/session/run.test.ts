import type { ModelPort } from "@millrace/agent";
import { type Event, emptyView, evolve, openTurn, type View } from "@millrace/protocol";
import { StoreError } from "@millrace/store";
import pino from "pino";
import { describe, expect, it } from "vitest";
import { Run, type RunHost, type Untimed } from "./run.ts";

type Held = { event: Untimed; stored: PromiseWithResolvers<unknown> };

/** A session whose store answers when the test says so. */
class FakeHost implements RunHost {
  view: View = emptyView();
  readonly log: Event[] = [];
  readonly held: Held[] = [];
  ended = 0;
  #holds: (event: Untimed) => boolean;

  constructor(holds: (event: Untimed) => boolean = () => false) {
    this.#holds = holds;
    this.emit({
      type: "session_start",
      run_id: "r",
      message_ids: [],
      model: "m",
      agent: "a",
      max_steps: 5,
      token_limit: 10,
      tools: [],
    });
  }

  append(event: Untimed): Promise<unknown> {
    this.emit(event);
    if (!this.#holds(event)) return Promise.resolve();
    const stored = Promise.withResolvers<unknown>();
    this.held.push({ event, stored });
    return stored.promise;
  }
  emit(event: Untimed): void {
    const placed = { v: 1, session_id: "s", seq: this.log.length + 1, ts: 0, ...event } as Event;
    this.log.push(placed);
    this.view = evolve(this.view, placed);
  }
  takeSteered(): [] {
    return [];
  }
  runEnded(): void {
    this.ended += 1;
  }
  get types(): string[] {
    return this.log.map(({ type }) => type);
  }
}

/** Says one word, then waits until it is stopped. */
function talking(said: () => void): ModelPort {
  return {
    id: "m",
    async *stream(_request, signal) {
      yield [{ type: "text", text: "Hm" }];
      said();
      await new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(new Error("aborted"))));
    },
  };
}

function begin(host: FakeHost): { run: Run; talks: Promise<void>; driven: Promise<void> } {
  const talks = Promise.withResolvers<void>();
  let ids = 0;
  const run = new Run(host, "r", {
    setup: { model: talking(talks.resolve), tools: [], system: "" },
    now: () => 0,
    ids: () => `id${++ids}`,
    log: pino({ level: "silent" }),
    store_retry_ms: 1,
  });
  const turn = openTurn(host.view);
  if (turn === null) throw new Error("no open turn");
  return { run, talks: talks.promise, driven: run.drive(turn) };
}

const settled = async (promise: Promise<unknown>): Promise<boolean> => {
  let done = false;
  promise.then(
    () => (done = true),
    () => (done = true),
  );
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
  return done;
};

describe("Run", () => {
  it("STOP-1 F38: stop resolves only when the intent is stored", async () => {
    const host = new FakeHost((event) => event.type === "stop_requested");
    const { run, talks, driven } = begin(host);
    await talks;
    const stopping = run.stop("u");
    expect(await settled(stopping)).toBe(false);
    host.held[0]?.stored.resolve(null);
    expect(await stopping).toBe("stopping");
    await driven;
    expect(host.types.slice(-2)).toEqual(["stop_requested", "cancelled"]);
    expect(host.ended).toBe(1);
    expect(await run.stop("u")).toBe("already_ended");
  });

  it("STOP-1: an intent that could not be stored is not acknowledged", async () => {
    const host = new FakeHost((event) => event.type === "stop_requested");
    const { run, talks } = begin(host);
    await talks;
    const stopping = run.stop("u");
    host.held[0]?.stored.reject(new StoreError("full", "The disk is full."));
    await expect(stopping).rejects.toThrow(StoreError);
  });

  it("R6 RUN-2: where an end cannot be stored the run ends with one error when the store works again", async () => {
    let broken = true;
    const host = new FakeHost();
    const append = host.append.bind(host);
    host.append = (event) => {
      if (!broken) return append(event);
      broken = event.type !== "cancelled";
      if (event.type !== "cancelled") return append(event);
      return Promise.reject(new StoreError("full", "The disk is full."));
    };
    const { run, talks, driven } = begin(host);
    await talks;
    await run.stop("u");
    await driven;
    await Promise.resolve();
    expect(host.log.at(-1)).toMatchObject({ type: "error", code: "storage_full", reason: "interrupted" });
    expect(host.types.filter((type) => ["done", "cancelled", "error"].includes(type))).toHaveLength(1);
  });

  it("F31: detached, it writes nothing more and the log stays open", async () => {
    const host = new FakeHost();
    const { run, talks, driven } = begin(host);
    await talks;
    const before = host.types;
    run.detach();
    await driven;
    expect(host.types).toEqual(before);
    expect(openTurn(host.view)).not.toBeNull();
    expect(host.ended).toBe(1);
  });
});
