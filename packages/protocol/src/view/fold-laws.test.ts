import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Event } from "../events/events.ts";
import { Event as EventSchema } from "../events/events.ts";
import { isDelta } from "../events/kinds.ts";
import { fromOf } from "../merge.ts";
import { brokenInvariants, brokenRules, deepFreeze, hostileLog, regroup, sessionLog } from "../testing.ts";
import { allTurns } from "./branches.ts";
import { evolve, fold, place } from "./evolve.ts";
import { emptyView, type View } from "./view.ts";

const RUNS = { numRuns: 1000 };
const PATIENT = { timeout: 60_000 };
const joins = fc.array(fc.boolean(), { minLength: 1, maxLength: 16, size: "max" });
/** Where in a log, as a share of it. Not `fc.double`: most of what that finds between 0 and 1 is next to 0. */
const cut = fc.nat(1000).map((part) => part / 1000);
const whole = (log: readonly Event[]): View => fold(emptyView(), log);
/** Out and in again as a frame. */
const wire = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

describe("the logs that the laws are tried on", PATIENT, () => {
  it("keep the rules and the schemas, merged and not", () => {
    fc.assert(
      fc.property(sessionLog(), (log) => {
        expect(brokenRules(log)).toEqual([]);
        expect(brokenRules(regroup(log, [true]))).toEqual([]);
        for (const event of log) expect(EventSchema.parse(wire(event))).toEqual(event);
      }),
      { numRuns: 200 },
    );
  });

  it("hold everything that a log can hold", () => {
    const seen = new Map<string, number>();
    const count = (name: string): void => void seen.set(name, (seen.get(name) ?? 0) + 1);
    for (const log of fc.sample(sessionLog(), { seed: 1, numRuns: 300 })) {
      const starts = log.filter((event) => event.type === "session_start");
      if (starts.length > 1) count("several runs");
      if (starts.some((start) => start.message_ids.length > 1)) count("several messages of one run");
      for (const event of log) {
        count(event.type === "tool_result" ? `${event.type} ${event.outcome}` : event.type);
        if (event.type === "step" && event.message_ids !== undefined) count("steered");
        if (event.type === "tool_call" && event.parent_tool_call_id !== undefined) count("nested");
        if (event.type === "retry" && event.discard_from < event.seq) count("voided");
      }
      const between = log.findIndex((event, index) => {
        const next = log[index + 1];
        return (
          event.type === "tool_call_delta" && next?.type === event.type && next.tool_call_id !== event.tool_call_id
        );
      });
      if (between >= 0) count("interleaved arguments");
    }
    const outcomes = ["completed", "failed", "denied", "cancelled", "unknown"].map((name) => `tool_result ${name}`);
    const types = EventSchema.options.map((option) => option.shape.type.value).filter((type) => type !== "tool_result");
    const cases = [
      "several runs",
      "several messages of one run",
      "steered",
      "nested",
      "voided",
      "interleaved arguments",
    ];
    for (const name of [...types, ...outcomes, ...cases])
      expect([name, (seen.get(name) ?? 0) > 4]).toEqual([name, true]);
  });
});

describe("laws of the fold", PATIENT, () => {
  it("FOLD-1: fold(a ++ b) is fold(b) begun with fold(a)", () => {
    fc.assert(
      fc.property(fc.oneof(sessionLog(), hostileLog() as fc.Arbitrary<Event[]>), cut, (log, at) => {
        const middle = Math.round(at * log.length);
        expect(fold(whole(log.slice(0, middle)), log.slice(middle))).toEqual(whole(log));
      }),
      RUNS,
    );
  });

  it("FOLD-2, READ-1: what was seen changes nothing, however it is grouped", () => {
    fc.assert(
      fc.property(sessionLog(), cut, joins, (log, at, groups) => {
        const view = whole(log);
        const seen = [...log, ...regroup(log, groups)];
        expect(seen.filter((event) => place(view, event) !== "seen" || evolve(view, event) !== view)).toEqual([]);
        const middle = Math.round(at * log.length);
        const again = log.toSpliced(middle, 0, ...log.slice(0, middle));
        expect(whole(again)).toEqual(view);
      }),
      RUNS,
    );
  });

  it("FOLD-3: every prefix is a valid view, at the position of its last event", () => {
    fc.assert(
      fc.property(sessionLog(), (log) => {
        let view = emptyView();
        for (const event of log) {
          view = evolve(view, event);
          const broken = brokenInvariants(view);
          if (broken.length > 0 || view.seq !== event.seq) expect({ at: event, broken, seq: view.seq }).toEqual(null);
        }
      }),
      RUNS,
    );
  });

  it("FOLD-3, FOLD-6: the view holds the text of the log, without what a retry voided", () => {
    fc.assert(
      fc.property(sessionLog(), (log) => {
        const texts = allTurns(whole(log)).flatMap((turn) => turn.items.flatMap(textsOf));
        expect(texts.toSorted()).toEqual(textsIn(log).toSorted());
      }),
      RUNS,
    );
  });

  it("FOLD-4: never throws and changes no argument, whatever JSON comes", () => {
    fc.assert(
      fc.property(hostileLog(), joins, (log, skip) => {
        let view = deepFreeze(emptyView());
        for (const [index, event] of (deepFreeze(log) as Event[]).entries()) {
          const next = deepFreeze(evolve(view, event));
          if (next.seq < view.seq || (next.seq === view.seq && next !== view)) expect({ view, event }).toBe(next);
          if (skip[index % skip.length]) view = next;
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("FOLD-4: changes no argument on a real log", () => {
    fc.assert(
      fc.property(sessionLog(), (log) => {
        let view = deepFreeze(emptyView());
        for (const event of deepFreeze(log)) view = deepFreeze(evolve(view, event));
        expect(view).toEqual(whole(log));
      }),
      RUNS,
    );
  });

  it("FOLD-4, LOG-5: reads no clock: times do not order", () => {
    fc.assert(
      fc.property(sessionLog(), fc.array(fc.nat(), { minLength: 1 }), (log, times) => {
        const moved = log.map((event, index) => ({ ...event, ts: times[index % times.length] ?? 0 }));
        expect(whole(moved).turns.map((turn) => turn.items.map(({ kind, seq }) => [kind, seq]))).toEqual(
          whole(log).turns.map((turn) => turn.items.map(({ kind, seq }) => [kind, seq])),
        );
      }),
      RUNS,
    );
  });

  it("FOLD-5, READ-3: an event after a hole or of another session changes nothing", () => {
    fc.assert(
      fc.property(sessionLog(), cut, fc.integer({ min: 2, max: 9 }), (log, at, ahead) => {
        const middle = Math.round(at * log.length);
        const view = whole(log.slice(0, middle));
        const moved = log.flatMap((event) => [
          { ...event, seq: view.seq + ahead },
          ...(view.session_id === null ? [] : [{ ...event, session_id: "s2", seq: view.seq + 1 }]),
        ]);
        const later = log.slice(middle + 1);
        expect(later.filter((event) => place(view, event) !== "hole")).toEqual([]);
        expect([...later, ...moved].filter((event) => evolve(view, event) !== view)).toEqual([]);
      }),
      RUNS,
    );
  });

  it("EVENT-2: an unknown type moves the cursor and nothing else, unknown fields change nothing", () => {
    const type = fc.oneof(fc.string(), fc.constantFrom("__proto__", "toString", "constructor", "tool_progress"));
    fc.assert(
      fc.property(sessionLog(), cut, type, fc.jsonValue(), (log, at, name, extra) => {
        fc.pre(!EventSchema.options.some((option) => option.shape.type.value === name));
        const view = whole(log.slice(0, Math.round(at * log.length)));
        const run_id = view.turns.at(-1)?.run_id ?? "run_1";
        const strange = { v: 1, session_id: "s1", run_id, seq: view.seq + 1, ts: 1, type: name, extra };
        const next = evolve(view, strange as unknown as Event);
        expect(next).toEqual({ ...view, session_id: "s1", seq: view.seq + 1 });
        expect(next.turns).toBe(view.turns);
        expect(next.aside).toBe(view.aside);
        expect(next.queue).toBe(view.queue);
        expect(whole(log.map((event) => ({ ...event, extra })))).toEqual(whole(log));
      }),
      RUNS,
    );
  });

  it("FOLD-6: what a retry voids might as well never have been understood", () => {
    fc.assert(
      fc.property(sessionLog(), (log) => {
        const blank = log.map((event) =>
          isVoid(event, log) ? ({ ...event, type: "future" } as unknown as Event) : event,
        );
        expect(whole(blank)).toEqual(whole(log));
      }),
      RUNS,
    );
  });
});

type AnyItem = View["turns"][number]["items"][number];

function textsOf(item: AnyItem): string[] {
  if (item.kind === "tool") return [`args ${item.args_text}`, `output ${item.output}`];
  return item.kind === "text" || item.kind === "thinking" ? [`${item.kind} ${item.content}`] : [];
}

/** The same by looking through the log, with no fold. */
function textsIn(log: readonly Event[]): string[] {
  const texts = new Map<string, string>();
  for (const event of log.filter((held) => !isVoid(held, log))) {
    if (event.type === "tool_call_delta" || event.type === "tool_call") {
      for (const name of ["args", "output"]) {
        const key = `${name} ${event.tool_call_id}`;
        texts.set(key, texts.get(key) ?? `${name} `);
      }
    }
    if (!isDelta(event)) continue;
    const [name, id] =
      event.type === "text_delta"
        ? ["text", `${event.run_id} ${event.block_id}`]
        : event.type === "thinking"
          ? ["thinking", `${event.run_id} ${event.block_id}`]
          : [event.type === "tool_call_delta" ? "args" : "output", event.tool_call_id];
    const key = `${name} ${id}`;
    texts.set(key, (texts.get(key) ?? `${name} `) + event.content);
  }
  return [...texts.values()];
}

function isVoid(event: Event, log: readonly Event[]): boolean {
  if (event.type === "retry" || event.type === "stop_requested" || event.run_id === undefined) return false;
  return log.some(
    (later) =>
      later.type === "retry" &&
      later.run_id === event.run_id &&
      later.seq > event.seq &&
      fromOf(event) >= later.discard_from,
  );
}
