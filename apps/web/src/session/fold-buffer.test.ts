import type { Event, View } from "@millrace/protocol";
import { describe, expect, it } from "vitest";
import { FoldBuffer, RECENT, WAITING } from "./fold-buffer.ts";
import { delta, done, log, sessionStart, step } from "./testing-events.ts";

function frames() {
  const due = new Set<() => void>();
  return {
    due,
    schedule: (callback: () => void) => {
      due.add(callback);
      return () => due.delete(callback);
    },
    run: () => {
      const callbacks = [...due];
      due.clear();
      for (const callback of callbacks) callback();
    },
  };
}

function setup() {
  const clock = frames();
  const views: View[] = [];
  const recent: (readonly Event[])[] = [];
  const buffer = new FoldBuffer(clock.schedule, (folded) => {
    views.push(folded.view);
    recent.push(folded.recent);
  });
  return { ...clock, buffer, views, recent };
}

describe("FoldBuffer", () => {
  it("folds many batches once per frame", () => {
    const { buffer, run, views, due } = setup();
    const events = log([sessionStart(), step(1), delta(0, "He"), delta(2, "llo"), delta(5, "!")]);
    for (const event of events) buffer.push([event]);
    expect(views).toHaveLength(0);
    expect(due.size).toBe(1);
    run();
    expect(views).toHaveLength(1);
    expect(views[0]!.seq).toBe(5);
    expect(views[0]!.turns[0]!.items.at(-1)).toMatchObject({ kind: "text", content: "Hello!" });
  });

  it("keeps what did not change, so that only changed items are drawn again", () => {
    const { buffer, run, views } = setup();
    const events = log([sessionStart(), step(1), delta(0, "a"), delta(0, "b", "second"), delta(1, "c", "second")]);
    buffer.push(events.slice(0, 4));
    run();
    buffer.push(events.slice(4));
    run();
    const [before, after] = views.map((view) => view.turns[0]!.items);
    expect(after![1]).toBe(before![1]);
    expect(after![2]).not.toBe(before![2]);
  });

  it("folds at once where no frame comes, so that a background tab stays bounded", () => {
    const { buffer, views } = setup();
    const pieces = Array.from({ length: WAITING + 3 }, (_, index) => delta(index, "x"));
    for (const event of log([sessionStart(), ...pieces])) buffer.push([event]);
    expect(views).toHaveLength(1);
    buffer.flush();
    expect(views.at(-1)!.turns[0]!.items.at(-1)).toMatchObject({ content: "x".repeat(WAITING + 3) });
  });

  it("drops everything on a reset, waiting events too", () => {
    const { buffer, run, views } = setup();
    buffer.push(log([sessionStart(), step(1)]));
    buffer.reset(0);
    run();
    expect(views.at(-1)).toMatchObject({ seq: 0, turns: [] });
    buffer.push(log([sessionStart()]));
    run();
    expect(views.at(-1)!.turns).toHaveLength(1);
  });

  it("does nothing after close", () => {
    const { buffer, run, views } = setup();
    buffer.push(log([sessionStart()]));
    buffer.close();
    run();
    expect(views).toHaveLength(0);
  });

  it("lists neighbouring deltas as one event with from and seq, and never more than RECENT", () => {
    const { buffer, run, recent } = setup();
    const events = log([sessionStart(), step(1), delta(0, "a"), delta(1, "b"), delta(2, "c"), done()]);
    buffer.push(events.slice(0, 4));
    run();
    buffer.push(events.slice(4));
    run();
    expect(recent.at(-1)!.map(({ type, from, seq }) => [type, from, seq])).toEqual([
      ["session_start", undefined, 1],
      ["step", undefined, 2],
      ["text_delta", 3, 5],
      ["done", undefined, 6],
    ]);
    const many = log([sessionStart(), ...Array.from({ length: RECENT + 40 }, (_, index) => step(index + 1))]);
    const other = setup();
    other.buffer.push(many);
    other.run();
    expect(other.recent.at(-1)).toHaveLength(RECENT);
    expect(other.recent.at(-1)!.at(-1)!.seq).toBe(RECENT + 41);
  });
});
