import { isTerminal } from "@millrace/protocol";
import { brokenRules } from "@millrace/protocol/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { BarrierStore } from "./barrier-store.ts";
import { Gate, gated } from "./gate.ts";
import { GatewayUnderTest } from "./gateway-under-test.ts";
import { within } from "./within.ts";

const ROUNDS = 500;
/** Turns of the event loop by which one side is ahead of the other, at most. */
const MOST_AHEAD = 12;

const store = new BarrierStore();
let lastWords = new Gate();
let gateway: GatewayUnderTest;

beforeAll(async () => {
  gateway = await GatewayUnderTest.start({
    store,
    limits: { commit_window_ms: 1 },
    rules: [
      { when: "race", script: (_r, { signal }) => gated([{ text: "one " }, lastWords, { text: "two" }], signal) },
    ],
  });
});
afterAll(() => gateway[Symbol.asyncDispose]());

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** The commit that is held up while the other side comes: that of the end, of the stop, or one before both. */
const HELD = ["done", "stop_requested", "text_delta"] as const;

it(`F39 RUN-2: stop commits while done commits, ${ROUNDS} times at a barrier: one end, and it is cancelled where the ack said stopping`, {
  timeout: 120_000,
}, async () => {
  const outcomes: Record<string, number> = {};
  for (let round = 0; round < ROUNDS; round++) {
    const held = HELD[round % HELD.length] ?? "done";
    const ahead = (Math.floor(round / HELD.length) % (2 * MOST_AHEAD + 1)) - MOST_AHEAD;
    const racer = await gateway.connect();
    lastWords = new Gate();
    const { session_id } = await racer.send("race");
    const { run_id = "" } = await racer.event("text_delta");
    const barrier = store.holdAt(held);
    const stop = (): void => racer.write({ type: "stop", id: "stop", session_id, run_id });
    if (held === "done") {
      lastWords.open();
      await within(barrier.reached, "the commit of the end");
      stop();
      await turns(Math.abs(ahead));
    } else if (held === "stop_requested") {
      stop();
      await within(barrier.reached, "the commit of the stop");
      lastWords.open();
      await turns(Math.abs(ahead));
    } else {
      // Both find the store busy, and meet in its next commit.
      if (ahead > 0) stop();
      await turns(ahead);
      lastWords.open();
      await turns(-ahead);
      if (ahead <= 0) stop();
      await turns(MOST_AHEAD);
    }
    barrier.open();
    const ack = await racer.reply("stop");
    const end = await racer.until((frame) => isTerminal(frame));
    racer.terminate();
    const log = await gateway.events(session_id);
    expect(brokenRules(log)).toEqual([]);
    expect(log.filter((event) => isTerminal(event))).toHaveLength(1);
    const outcome = ack.type === "ack" ? (ack.outcome ?? "") : ack.type;
    expect([held, outcome, end.type]).toEqual([held, outcome, outcome === "stopping" ? "cancelled" : "done"]);
    const kind = `${held}: ${outcome}`;
    outcomes[kind] = (outcomes[kind] ?? 0) + 1;
  }
  process.stdout.write(`F39: ${ROUNDS} rounds, ${JSON.stringify(outcomes)}\n`);
  expect(Object.keys(outcomes).toSorted()).toEqual([
    "done: already_ended",
    "stop_requested: stopping",
    "text_delta: already_ended",
    "text_delta: stopping",
  ]);
});
