import { describe, expect, it } from "vitest";
import { Ledger } from "./ledger.ts";
import type { Received } from "./received.ts";

const delta = (seq: number, offset: number, content: string, from?: number): Received => ({
  ...{ type: "text_delta", session_id: "s", run_id: "r", seq, block_id: "b", offset, content },
  ...(from !== undefined && { from }),
});
const step = (seq: number, tokens = 1): Received => ({ type: "step", session_id: "s", run_id: "r", seq, tokens });

function reader(events: readonly Received[], name = "reader"): Ledger {
  const ledger = new Ledger(name);
  ledger.begin("e", 0, false);
  for (const event of events) ledger.apply(event);
  return ledger;
}

const LOG = [step(1), delta(2, 0, "ab"), delta(3, 2, "😀c"), step(4)];
const verdicts = (ledger: Ledger, log = reader(LOG, "log")): string[] =>
  ledger.judge(log).map(({ verdict }) => verdict);

describe("the ledger of a reader", () => {
  it("READ-2: finds nothing where deltas came merged, or from before the cursor on", () => {
    expect(verdicts(reader([step(1), delta(3, 0, "ab😀c", 2), step(4)]))).toEqual([]);
    expect(verdicts(reader([step(1), delta(2, 0, "ab"), delta(3, 0, "ab😀c", 2), step(4)]))).toEqual([]);
  });

  it("LOST: it stopped before the end, or a piece is missing from a delta", () => {
    expect(verdicts(reader(LOG.slice(0, 3)))).toContain("LOST");
    expect(verdicts(reader([step(1), delta(2, 0, "ab"), delta(3, 2, "😀"), step(4)]))).toEqual(["LOST"]);
    expect(verdicts(reader([step(1), delta(2, 0, "a"), delta(3, 2, "😀c"), step(4)]))).toContain("LOST");
  });

  it("DUP: an event came again", () => {
    expect(verdicts(reader([...LOG, step(4)]))).toEqual(["DUP"]);
  });

  it("GAP: an event came too early and is not applied, or the cursor was sent back", () => {
    const ledger = new Ledger("reader");
    ledger.begin("e", 0, false);
    expect([ledger.apply(step(1)), ledger.apply(step(3)), ledger.position]).toEqual([true, false, 1]);
    expect(verdicts(ledger)).toContain("GAP");
    const back = reader(LOG);
    back.begin("e", 0, true);
    for (const event of LOG) back.apply(event);
    expect(verdicts(back)).toEqual(["GAP"]);
    const elsewhere = reader(LOG);
    elsewhere.begin("e", 2, false);
    expect(verdicts(elsewhere)).toEqual(["GAP"]);
  });

  it("GHOST: something that the log does not hold", () => {
    expect(verdicts(reader([...LOG, step(5)]))).toEqual(["GHOST"]);
    expect(verdicts(reader([step(1), delta(2, 0, "xb"), delta(3, 2, "😀c"), step(4)]))).toEqual(["GHOST"]);
    const garbled = reader(LOG);
    garbled.garbled();
    expect(verdicts(garbled)).toEqual(["GHOST"]);
  });

  it("CONFLICT: one place with two contents, or another history", () => {
    expect(verdicts(reader([step(1, 2), ...LOG.slice(1)]))).toEqual(["CONFLICT"]);
    expect(verdicts(reader([step(1), delta(2, 0, "ab"), delta(3, 0, "xb😀c", 2), step(4)]))).toEqual(["CONFLICT"]);
    const other = new Ledger("reader");
    other.begin("another", 0, false);
    for (const event of LOG) other.apply(event);
    expect(verdicts(other)).toEqual(["CONFLICT"]);
  });

  it("takes a new history from its start without a word", () => {
    const ledger = new Ledger("reader");
    ledger.begin("old", 0, false);
    ledger.apply(step(1, 9));
    ledger.begin("e", 0, true);
    for (const event of LOG) ledger.apply(event);
    expect(verdicts(ledger)).toEqual([]);
  });

  it("LOST SUB-1: it was never told where it begins, that it is live, or whether its command was taken", () => {
    const ledger = reader(LOG);
    ledger.untold("that it is live");
    expect(verdicts(ledger)).toEqual(["LOST"]);
  });

  it("DUP SUB-1: it was told twice to be live without having begun anew", () => {
    const ledger = reader(LOG);
    ledger.live(4);
    ledger.begin("e", 4, false);
    ledger.live(4);
    expect(verdicts(ledger)).toEqual([]);
    ledger.live(4);
    expect(verdicts(ledger)).toEqual(["DUP"]);
  });

  it("may stop anywhere, and what it has until there is held against the log", () => {
    const part = (events: readonly Received[]): string[] => {
      const ledger = new Ledger("reader");
      for (const event of events) ledger.apply(event);
      return ledger.judgePart(reader(LOG, "log")).map(({ verdict }) => verdict);
    };
    expect([part([]), part(LOG.slice(0, 2)), part(LOG)]).toEqual([[], [], []]);
    expect(part([step(1, 2)])).toEqual(["CONFLICT"]);
    expect(part([step(1), delta(2, 0, "ax")])).toEqual(["GHOST"]);
    expect(part([step(1), step(3)])).toEqual(["GAP"]);
  });

  it("LOST: it was told to be live and had not been sent everything", () => {
    const ledger = reader(LOG.slice(0, 3));
    ledger.live(4);
    ledger.apply(step(4));
    expect(verdicts(ledger)).toEqual(["LOST"]);
  });
});
