import type { Interaction } from "@millrace/agent";
import { type Event, emptyView, evolve, type View } from "@millrace/protocol";
import { type EntryResult, StoreError } from "@millrace/store";
import { describe, expect, it } from "vitest";
import { type InteractionHost, Interactions } from "./interactions.ts";
import type { Untimed } from "./run.ts";

const DAY = 86_400_000;

/** Time that passes when the test says so. */
class FakeTime {
  now = 1_000;
  #timers: { at: number; run: () => void }[] = [];

  after = (ms: number, run: () => void): (() => void) => {
    const timer = { at: this.now + ms, run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  };
  get waiting(): number {
    return this.#timers.length;
  }
  async pass(ms: number): Promise<void> {
    const end = this.now + ms;
    for (;;) {
      const next = this.#timers.toSorted((a, b) => a.at - b.at).find(({ at }) => at <= end);
      if (next === undefined) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.now = Math.max(this.now, next.at);
      next.run();
      await settled();
    }
    this.now = end;
  }
}

const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
};

/** A session with one open run, whose store takes what it is given in the order in which it came. */
class FakeSession implements InteractionHost {
  view: View = emptyView();
  readonly log: Event[] = [];
  readonly #ids = new Map<string, number>();
  readonly #time: FakeTime;
  interactions: Interactions;
  failing = 0;
  takes = true;

  constructor(time: FakeTime, interaction_ms = 0) {
    this.#time = time;
    this.interactions = this.reopened(interaction_ms);
    this.put({ type: "session_start", run_id: "r", message_ids: [], ...start });
  }

  /** The questions as another process finds them. */
  reopened(interaction_ms = 0): Interactions {
    const context = { now: () => this.#time.now, after: this.#time.after, interaction_ms, store_retry_ms: 100 };
    this.interactions = new Interactions(this, context);
    return this.interactions;
  }

  put(event: Untimed): Event {
    const placed = { v: 1, session_id: "s", seq: this.log.length + 1, ts: this.#time.now, ...event } as Event;
    this.log.push(placed);
    this.view = evolve(this.view, placed);
    this.interactions.see(placed);
    return placed;
  }

  async append(event: Untimed, { id }: { id?: string } = {}): Promise<EntryResult> {
    await Promise.resolve();
    if (this.failing > 0) {
      this.failing -= 1;
      throw new StoreError("unavailable", "The store failed.");
    }
    const known = id === undefined ? undefined : this.#ids.get(id);
    if (known !== undefined) return { duplicate: true, seq: known };
    const { seq } = this.put(event);
    if (id !== undefined) this.#ids.set(id, seq);
    return { duplicate: false, row: { seq, from: seq, body: "" } };
  }

  takesAnswers(): boolean {
    return this.takes;
  }

  of<T extends Event["type"]>(type: T): Extract<Event, { type: T }>[] {
    return this.log.filter((event): event is Extract<Event, { type: T }> => event.type === type);
  }
}

const start = { model: "m", agent: "a", max_steps: 5, token_limit: 10, tools: [] };
const question: Interaction = {
  request_id: "confirm-c",
  interaction_kind: "confirm",
  content: "May I?",
  options: ["allow_once", "deny"],
  tool_call_id: "c",
  args_digest: "d",
};
const forever = new AbortController().signal;

function given(interaction_ms = 0): { time: FakeTime; session: FakeSession } {
  const time = new FakeTime();
  return { time, session: new FakeSession(time, interaction_ms) };
}

describe("Interactions", () => {
  it("ASK-1 ASK-2: the request is stored, then the answer, then the run goes on with it", async () => {
    const { session, time } = given();
    const asking = session.interactions.ask("r", question, forever);
    await settled();
    expect(session.of("interaction_request")).toMatchObject([{ ...question, run_id: "r" }]);
    expect(session.of("interaction_request")[0]).not.toHaveProperty("expires_at");
    expect(time.waiting).toBe(0);
    const answer = { answer: "deny", comment: "Not today." };
    const { seq } = await session.interactions.respond("confirm-c", { answer }, "u");
    expect(session.log.at(-1)).toMatchObject({ type: "user_input_received", seq, run_id: "r", answer, by: "u" });
    expect(await asking).toEqual({ answer: "deny", comment: "Not today.", by: "u" });
  });

  it("ASK-1 F36: asked again by another process it is one request, and waits", async () => {
    const { session } = given();
    session.interactions.ask("r", question, forever).catch(() => {});
    await settled();
    const asking = session.reopened().ask("r", question, forever);
    await settled();
    await session.interactions.respond("confirm-c", { answer: "allow_once" }, "u");
    expect(await asking).toEqual({ answer: "allow_once", comment: null, by: "u" });
    expect(session.of("interaction_request")).toHaveLength(1);
  });

  it("ASK-1 F36: an answer that came while nobody waited is found", async () => {
    const { session } = given();
    session.interactions.ask("r", question, forever).catch(() => {});
    await settled();
    await session.reopened().respond("confirm-c", { answer: "allow_once" }, "u");
    expect(await session.reopened().ask("r", question, forever)).toMatchObject({ answer: "allow_once" });
    expect(session.of("interaction_request")).toHaveLength(1);
  });

  it("ASK-2 F37: of many answers at once the first counts, and the others hear of it", async () => {
    const { session } = given();
    const asking = session.interactions.ask("r", question, forever);
    await settled();
    const all = await Promise.allSettled([
      session.interactions.respond("confirm-c", { answer: "deny" }, "first"),
      session.interactions.respond("confirm-c", { answer: "allow_once" }, "second"),
      session.interactions.respond("confirm-c", { answer: "allow_once" }, "third"),
    ]);
    expect(all.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected"]);
    const message = "Already answered by first at 1970-01-01T00:00:01.000Z.";
    expect(all[1]).toMatchObject({ reason: { code: "already_answered", message } });
    expect(await asking).toMatchObject({ answer: "deny", by: "first" });
    expect(session.of("user_input_received")).toHaveLength(1);
    await expect(session.interactions.respond("confirm-c", { answer: "deny" }, "u")).rejects.toMatchObject({ message });
  });

  it("ASK-5 B57: what nobody asked is not_found, and so is what a run asked that takes no answer any more", async () => {
    const { session } = given();
    session.interactions.ask("r", question, forever).catch(() => {});
    await settled();
    await expect(session.interactions.respond("none", { answer: "x" }, "u")).rejects.toMatchObject({
      code: "not_found",
    });
    session.takes = false;
    const answering = session.interactions.respond("confirm-c", { answer: "deny" }, "u");
    await expect(answering).rejects.toMatchObject({ code: "not_found" });
    session.takes = true;
    session.put({ type: "cancelled", run_id: "r", content: "", steps: 1, usage });
    await expect(session.interactions.respond("confirm-c", { answer: "deny" }, "u")).rejects.toMatchObject({
      code: "not_found",
    });
    expect(session.of("user_input_received")).toEqual([]);
  });

  it("F38: a stop ends the waiting, and leaves no timer", async () => {
    const { session, time } = given(DAY);
    const stop = new AbortController();
    const asking = session.interactions.ask("r", question, stop.signal);
    await settled();
    expect(time.waiting).toBe(1);
    stop.abort(new Error("stopped"));
    await expect(asking).rejects.toThrow("stopped");
    expect(time.waiting).toBe(0);
    await expect(session.interactions.ask("r", question, stop.signal)).rejects.toThrow("stopped");
  });

  it("LOG-4: a request_id of another run is not asked under", async () => {
    const { session } = given();
    session.interactions.ask("r", question, forever).catch(() => {});
    await settled();
    await expect(session.interactions.ask("r2", question, forever)).rejects.toThrow("another run");
  });

  it("ASK-6: what nobody answers in time is denied by expiry, and later answers hear of it", async () => {
    const { session, time } = given(DAY);
    const asking = session.interactions.ask("r", question, forever);
    await settled();
    expect(session.of("interaction_request")).toMatchObject([{ expires_at: 1_000 + DAY }]);
    await time.pass(DAY - 1);
    expect(session.of("user_input_received")).toEqual([]);
    await time.pass(1);
    expect(await asking).toEqual({ answer: "deny", comment: null, by: "expiry" });
    const late = session.interactions.respond("confirm-c", { answer: "allow_once" }, "u");
    await expect(late).rejects.toMatchObject({
      code: "already_answered",
      message: "Nobody answered in time: denied at 1970-01-02T00:00:01.000Z.",
    });
  });

  it("ASK-6: an answer in time calls the expiry off", async () => {
    const { session, time } = given(DAY);
    const asking = session.interactions.ask("r", question, forever);
    await settled();
    await session.interactions.respond("confirm-c", { answer: "allow_once" }, "u");
    await asking;
    expect(time.waiting).toBe(0);
  });

  it("ASK-6: an answer after its time is too late, also where the timer has not gone off yet", async () => {
    const { session, time } = given(DAY);
    session.interactions.ask("r", question, forever).catch(() => {});
    await settled();
    session.interactions.close();
    time.now += DAY;
    const late = session.interactions.respond("confirm-c", { answer: "allow_once" }, "u");
    await expect(late).rejects.toMatchObject({ code: "already_answered" });
    expect(session.of("user_input_received")).toMatchObject([{ answer: "deny", by: "expiry" }]);
  });

  it("ASK-6: a boot watches the rest of the time; what is over by then expires at once", async () => {
    const { session, time } = given(DAY);
    session.interactions.ask("r", question, forever).catch(() => {});
    await settled();
    session.interactions.close();
    expect(time.waiting).toBe(0);
    time.now += DAY / 2;
    session.reopened().resume();
    await time.pass(DAY / 2 - 1);
    expect(session.of("user_input_received")).toEqual([]);
    session.interactions.close();
    time.now += DAY;
    session.reopened().resume();
    await time.pass(0);
    expect(session.of("user_input_received")).toMatchObject([{ answer: "deny", by: "expiry" }]);
    expect(await session.interactions.ask("r", question, forever)).toMatchObject({ by: "expiry" });
  });

  it("ASK-6: a time longer than a timer can be is kept", async () => {
    const { session, time } = given(60 * DAY);
    const asking = session.interactions.ask("r", question, forever);
    await settled();
    await time.pass(59 * DAY);
    expect(session.of("user_input_received")).toEqual([]);
    await time.pass(DAY);
    expect(await asking).toMatchObject({ by: "expiry" });
  });

  it("ASK-6: an expiry that could not be stored is tried again", async () => {
    const { session, time } = given(DAY);
    const asking = session.interactions.ask("r", question, forever);
    await settled();
    session.failing = 2;
    await time.pass(DAY);
    expect(session.of("user_input_received")).toEqual([]);
    await time.pass(200);
    expect(await asking).toMatchObject({ by: "expiry" });
  });

  it("ASK-2: an answer that could not be stored is not one: the question stays open", async () => {
    const { session } = given();
    const asking = session.interactions.ask("r", question, forever);
    await settled();
    session.failing = 1;
    await expect(session.interactions.respond("confirm-c", { answer: "deny" }, "u")).rejects.toThrow(StoreError);
    await session.interactions.respond("confirm-c", { answer: "allow_once" }, "u");
    expect(await asking).toMatchObject({ answer: "allow_once" });
  });
});

const usage = { input_tokens: 0, output_tokens: 0, total_tokens: 0 };
