import { type Event, fromOf, settle } from "@millrace/protocol";
import { describe, expect, it } from "vitest";
import { type Body, call, delta, done, log, result, sessionStart, start, step } from "../session/testing-events.ts";
import { EventList, MOST } from "./event-list.ts";

const events = log([sessionStart(), step(1), delta(0, "Hello"), call("a"), start("a"), result("a"), done()]);
const listed = (list: EventList) => list.get().shown.map((event) => [fromOf(event), event.seq]);
const filter = (text: string, ...families: ("run" | "model" | "tools" | "people")[]) => ({
  text,
  families: new Set(families),
});
const texts = (count: number): Event[] => log(Array.from({ length: count }, (_, index) => step(index + 1)));

describe("EventList", () => {
  it("follows the log's end; a delta that has grown takes its place", () => {
    const list = new EventList();
    const grown = log([sessionStart(), step(1), delta(0, "He"), delta(2, "llo")]);
    list.follow(grown.slice(0, 3));
    list.follow(settle(grown));
    expect(listed(list)).toEqual([
      [1, 1],
      [2, 2],
      [3, 4],
    ]);
    expect(list.get().counts).toEqual({ run: 2, model: 1, tools: 0, people: 0 });
  });

  it("keeps what slides out of the last events, and starts anew where a hole would be", () => {
    const list = new EventList();
    const long = texts(50);
    list.follow(long.slice(0, 10));
    list.follow(long.slice(5, 15));
    expect(list.get()).toMatchObject({ total: 15, first: 1 });
    list.follow(long.slice(30, 40));
    expect(list.get()).toMatchObject({ total: 10, first: 31 });
  });

  it("goes back with a replay", () => {
    const list = new EventList();
    list.follow(events);
    list.follow(events.slice(0, 4));
    expect(list.get()).toMatchObject({ total: 4, counts: { tools: 1 } });
    list.follow(events.slice(0, 1));
    list.follow(events);
    expect(list.get().total).toBe(7);
  });

  it("takes older events at its beginning", () => {
    const list = new EventList();
    list.follow(events.slice(4));
    list.prepend(events.slice(0, 5));
    expect(listed(list).map(([, seq]) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(list.get().first).toBe(1);
  });

  it("filters by family, by text and by position, also what comes later", () => {
    const list = new EventList();
    list.follow(events.slice(0, 3));
    list.filter(filter("", "tools"));
    list.follow(events);
    expect(list.get().shown.map(({ type }) => type)).toEqual(["tool_call", "tool_start", "tool_result"]);
    list.filter(filter("HELLO"));
    expect(listed(list)).toEqual([[3, 3]]);
    list.filter(filter("6"));
    expect(listed(list)).toEqual([[6, 6]]);
    list.filter(filter(""));
    expect(list.get().shown).toHaveLength(7);
  });

  it("lists nothing new while it is paused, and all of it afterwards", () => {
    const list = new EventList();
    list.follow(events.slice(0, 3));
    list.pause(true);
    list.follow(events);
    expect(list.get()).toMatchObject({ paused: true, waiting: 4, total: 7 });
    expect(list.get().shown).toHaveLength(3);
    list.pause(false);
    expect(list.get().shown).toHaveLength(7);
  });

  it("knows what a retry made void, in what comes later too", () => {
    const list = new EventList();
    const retry: Body = {
      type: "retry",
      retry_attempt: 1,
      retry_max_attempts: 3,
      content: "",
      delay_ms: 0,
      discard_from: 3,
    };
    const all = log([sessionStart(), step(1), delta(0, "gone"), retry]);
    list.follow(all.slice(0, 3));
    expect(list.get().voided).toEqual([]);
    list.follow(all);
    expect(list.get().voided).toEqual([{ run_id: "run", from: 3, to: 4 }]);
    list.follow(all.slice(0, 3));
    expect(list.get().voided).toEqual([]);
  });

  it("is bounded, and looks at each event once while it grows", () => {
    const list = new EventList();
    const many = texts(MOST + 600);
    for (let end = 500; end <= many.length; end += 300) list.follow(many.slice(end - 500, end));
    expect(list.get().total).toBeLessThanOrEqual(MOST);
    expect(list.get().shown.at(-1)!.seq).toBeGreaterThan(MOST);
  });

  it("tells each change with a new object, and nothing otherwise", () => {
    const list = new EventList();
    list.follow(events);
    const before = list.get();
    list.follow(events);
    expect(list.get()).toBe(before);
    let told = 0;
    const undo = list.subscribe(() => {
      told += 1;
    });
    list.follow(events.slice(0, 2));
    undo();
    list.follow(events);
    expect(told).toBe(1);
    expect(list.get()).not.toBe(before);
  });
});
