import { allTurns, type Event, emptyView, fold, isOpen, settle, type View } from "@millrace/protocol";
import { brokenRules, sessionLog } from "@millrace/protocol/testing";
import { placed } from "@millrace/store";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ExportHeader } from "./export-header.ts";
import { ImportError } from "./import-error.ts";
import { type Imported, ImportedLog } from "./imported-log.ts";

const HEADER: ExportHeader = {
  millrace_export: 1,
  session_id: "s1",
  epoch: "e",
  title: "A title",
  model: "m1",
  head: 0,
  created_at: 0,
  exported_at: 0,
};

const limits = { queued_messages: 1_000 };

const ENDED = { type: "error", run_id: "r", code: "c", message: "m", reason: "r", retryable: false };

function imported(log: readonly unknown[], header: object = HEADER): Imported {
  let runs = 0;
  const importing = new ImportedLog(() => {
    runs += 1;
    return `new${runs}`;
  }, limits);
  for (const line of [header, ...log]) importing.push(JSON.parse(JSON.stringify(line)));
  return importing.end();
}

const viewOf = ({ events }: Imported): View => fold(emptyView(), logOf(events));
const logOf = (events: Imported["events"]): Event[] =>
  events.map((event, index) => placed("s2", { seq: index + 1, from: index + 1 }, event));

/** What of a view has nothing to do with positions, ids of runs and sessions, and what was allowed. */
function comparable(value: unknown): unknown {
  const left = [
    "seq",
    "last_seq",
    "ended_seq",
    "chosen_seq",
    "session_id",
    "run_id",
    "parent",
    "covers_to",
    "remember",
  ];
  return JSON.parse(JSON.stringify(value, (key, part: unknown) => (left.includes(key) ? undefined : part)));
}

describe("an imported log", () => {
  it("BRANCH-3: folds to what the exported one does, keeps the rules of a log, and is at rest", () => {
    fc.assert(
      fc.property(sessionLog({ moves: 200 }), fc.boolean(), (log, merged) => {
        const rows = merged ? settle(log) : log;
        const before = fold(emptyView(), log);
        const result = imported(rows);
        const after = viewOf(result);
        expect(brokenRules(logOf(result.events))).toEqual([]);
        expect(after.turns.every((turn) => !isOpen(turn))).toBe(true);
        expect(after.queue).toEqual([]);
        const over = before.turns.filter((turn) => !isOpen(turn));
        expect(comparable(after.turns.slice(0, over.length))).toEqual(comparable(over));
        expect([after.title, after.model, after.turns.length]).toEqual([
          before.title,
          before.model,
          before.turns.length,
        ]);
        expect(comparable(after.aside)).toEqual(comparable(before.aside));
        expect(allTurns(after).every(({ run_id }, index) => run_id === `new${index + 1}`)).toBe(true);
        const open = before.turns.at(-1);
        if (open === undefined || !isOpen(open)) return;
        const last = after.turns.at(-1);
        if (open.phase.state === "stopping") expect(last?.phase).toMatchObject({ state: "cancelled" });
        else expect(last?.phase).toMatchObject({ state: "error", code: "interrupted", reason: "interrupted" });
        expect(comparable(last?.items.map(({ kind }) => kind))).toEqual(open.items.map(({ kind }) => kind));
        expect(result.status).toBe(open.phase.state === "stopping" ? "idle" : "failed");
      }),
      { numRuns: 300 },
    );
  });

  it("T17: allows nothing that was allowed for the exported session", () => {
    const answer = {
      type: "user_input_received",
      run_id: "r",
      request_id: "q",
      answer: "allow_session",
      by: "u",
      remember: "session",
    };
    const { events } = imported([start(1), at(2, answer)]);
    expect(events[1]).toEqual({
      ts: 0,
      type: "user_input_received",
      run_id: "new1",
      request_id: "q",
      answer: "allow_session",
      by: "u",
    });
  });

  it("T24: names no run as its file says: files are named after runs", () => {
    const { events } = imported([{ ...start(1), run_id: "../../x" }]);
    expect(events.map((event) => event.run_id)).toEqual(["new1", "new1"]);
  });

  it("of a session without a title or events is one", () => {
    expect(imported([], { ...HEADER, title: "", model: null })).toEqual({
      title: "",
      model: null,
      status: "idle",
      events: [],
    });
  });

  it.each<[string, unknown[], object?]>([
    ["no session that Millrace exported", [], { millrace_export: 2 }],
    ["ends before position 3", [start(1)], { ...HEADER, head: 3 }],
    ["no event", [at(1, { type: "new_thing" })]],
    ["no event", [{ ...start(1), max_steps: "fifty" }]],
    ["no event", [[]]],
    ["position 1 is expected", [start(2)]],
    ["position 2 is expected", [start(1), at(3, { type: "session_updated", title: "t" })]],
    ["position 2 is expected", [start(1), at(1, { type: "session_updated", title: "t" })]],
    ["Its run is not open", [at(1, { type: "stop_requested", run_id: "r", by: "u" })]],
    ["It belongs to a run", [at(1, { type: "stop_requested", by: "u" })]],
    ["It belongs to no run", [start(1), at(2, { type: "session_updated", run_id: "r" })]],
    ["A run is open already", [start(1), { ...start(2), run_id: "r2" }]],
    ["This message is in it", [said(1), said(2)]],
    ["This run is in it", [start(1), at(2, ENDED), start(3)]],
    [
      "too long",
      [start(1), at(2, { type: "text_delta", run_id: "r", block_id: "b", offset: 0, content: "x".repeat(40_000) })],
    ],
  ])("that is wrong is refused: %s", (message, log, header) => {
    expect(() => imported(log, header)).toThrow(ImportError);
    expect(() => imported(log, header)).toThrow(message);
  });
});

/** Every line of the log is pushed: what is refused is refused by the last. */
function refused(log: readonly object[]): string {
  let runs = 0;
  const importing = new ImportedLog(() => `new${++runs}`, limits);
  importing.push(HEADER);
  for (const line of log.slice(0, -1)) importing.push(line);
  try {
    importing.push(log.at(-1));
  } catch (error) {
    if (error instanceof ImportError) return error.message;
    throw error;
  }
  return "";
}

describe("F53: an imported log that would take the square of its length", () => {
  const messages = (count: number): object[] =>
    Array.from({ length: count }, (_, index) => said(index + 1, `m${index}`));

  it("has at most as many waiting messages as a session", () => {
    expect(imported(messages(1_000)).events).toHaveLength(2_000);
    expect(refused(messages(1_001))).toBe("More than 1000 messages wait.");
    const withdrawn = Array.from({ length: 3_000 }, (_, index) =>
      index % 2 === 0
        ? said(index + 1, `m${index}`)
        : at(index + 1, { type: "message_withdrawn", message_id: `m${index - 1}` }),
    );
    expect(imported(withdrawn).events).toHaveLength(3_000);
  });

  it("has at most 20,000 runs", () => {
    const runs = Array.from({ length: 40_002 }, (_, index) => {
      const run_id = `r${index >> 1}`;
      return index % 2 === 0 ? { ...start(index + 1), run_id } : { ...at(index + 1, ENDED), run_id };
    });
    expect(refused(runs.slice(0, 40_000))).toBe("");
    expect(refused(runs.slice(0, 40_001))).toBe("It has more than 20000 runs.");
  });

  it("has no run of very many items, and no endless changes of branches", () => {
    const data = (seq: number): object => at(seq, { type: "data", run_id: "r", name: "d", value: 0 });
    const items = [start(1), ...Array.from({ length: 14_200 }, (_, index) => data(index + 2))];
    expect(refused(items.slice(0, 10_000))).toBe("");
    expect(() => imported(items)).toThrow("Its runs are too long.");
    const runs = Array.from({ length: 4_000 }, (_, index) => {
      const run_id = `r${index >> 1}`;
      return index % 2 === 0 ? { ...start(index + 1), run_id } : { ...at(index + 1, ENDED), run_id };
    });
    const chosen = Array.from({ length: 1_001 }, (_, index) =>
      at(index + 4_001, { type: "branch_selected", message_id: "m" }),
    );
    expect(refused([...runs, ...chosen.slice(0, 1_000)])).toBe("");
    expect(refused([...runs, ...chosen])).toBe("Its branches change too often.");
  });
});

function at(seq: number, fields: object): object {
  return { v: 1, session_id: "s1", seq, ts: 0, ...fields };
}

function start(seq: number): object {
  const limits = { max_steps: 1, token_limit: 1, tools: [] };
  return at(seq, { type: "session_start", run_id: "r", message_ids: [], model: "m", agent: "a", ...limits });
}

function said(seq: number, message_id = "m"): object {
  return at(seq, { type: "user_message", message_id, content: "hello", mode: "queue" });
}
