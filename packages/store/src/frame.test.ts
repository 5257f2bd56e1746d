import { Event } from "@millrace/protocol";
import { describe, expect, it } from "vitest";
import { delta, said } from "./contract/given.ts";
import { eventOf, frameOf, placed, rowOf, rowOfEvent } from "./frame.ts";

const texts = ["plain", 'quo"te \\ \n', "\u0000 \ud800 \u2028 😀"];

describe("a row", () => {
  it.each(texts)("becomes a frame and an event of the protocol, whatever it says: %j", (text) => {
    const row = rowOf(delta(0, text), 7);
    const event = eventOf('s"1', row);
    expect(Event.parse(event)).toEqual({ v: 1, session_id: 's"1', seq: 7, ...delta(0, text) });
    expect(JSON.parse(frameOf('s"1', row))).toEqual(event);
    expect(rowOfEvent(event)).toEqual(row);
  });

  it("says where it begins only when it is merged", () => {
    const row = { ...rowOf(delta(0, "abc"), 9), from: 5 };
    const event = eventOf("s", row);
    expect(event).toMatchObject({ from: 5, seq: 9 });
    expect(JSON.parse(frameOf("s", row))).toEqual(event);
    expect(rowOfEvent(event)).toEqual(row);
    expect("from" in eventOf("s", rowOf(said("x"), 1))).toBe(false);
    expect(placed("s", row, delta(0, "abc"))).toEqual(event);
  });
});
