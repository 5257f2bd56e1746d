import { defineTool, type Interaction, type ModelPort, type Permit, type Tool, toMessages } from "@millrace/agent";
import { type Event, emptyView, evolve, openTurn, type View } from "@millrace/protocol";
import { StoreError } from "@millrace/store";
import pino from "pino";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { later } from "../later.ts";
import type { RunObserver } from "../models/run-observer.ts";
import { Run, type RunHost, type Untimed } from "./run.ts";
import { StoredEvent } from "./stored-event.ts";

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
  permit(): Permit {
    return { decision: "allow" };
  }
  ask(_run_id: string, _request: Interaction, signal: AbortSignal): Promise<never> {
    return new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
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

function given(
  host: FakeHost,
  tools: readonly Tool[] = [],
  observers: readonly RunObserver[] = [],
  said: () => void = () => {},
): Run {
  let ids = 0;
  return new Run(host, "r", {
    setup: { model: talking(said), tools, input: {}, thinking: undefined, observers, log_file: null },
    interactive: true,
    now: () => 0,
    ids: () => `id${++ids}`,
    later,
    random: Math.random,
    log: pino({ level: "silent" }),
    store_retry_ms: 1,
  });
}

function begin(
  host: FakeHost,
  tools: readonly Tool[] = [],
  observers: readonly RunObserver[] = [],
): { run: Run; talks: Promise<void>; driven: Promise<void> } {
  const talks = Promise.withResolvers<void>();
  const run = given(host, tools, observers, talks.resolve);
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

  it.each(["before", "while it is suspended"])(
    "RUN-1 R6 F32: of one whose beginning could not be stored, %s, nothing is written",
    async (when) => {
      const host = new FakeHost();
      host.log.length = 0;
      host.view = emptyView();
      const run = given(host);
      if (when === "while it is suspended") run.suspend();
      run.broke(new StoreError("full", "The disk is full."));
      await settled(Promise.resolve());
      expect(host.types).toEqual([]);
    },
  );

  it("R6 STOP-2: where the end of a stopped run cannot be stored it is cancelled once when the store works again", async () => {
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
    expect(host.log.at(-1)).toMatchObject({ type: "cancelled", content: "Hm", steps: 1 });
    expect(host.types.filter((type) => ["done", "cancelled", "error"].includes(type))).toHaveLength(1);
  });

  it("R6 RUN-2: a run that breaks off ends with one error, and a stop that comes meanwhile finds it ended", async () => {
    const host = new FakeHost((event) => event.type === "error");
    const { run, talks, driven } = begin(host);
    await talks;
    run.broke(new StoreError("full", "The disk is full."));
    await driven;
    await settled(driven);
    expect(await run.stop("u")).toBe("already_ended");
    host.held[0]?.stored.resolve(null);
    await settled(driven);
    expect(host.log.at(-1)).toMatchObject({ type: "error", code: "storage_full", reason: "interrupted" });
    expect(host.types.filter((type) => type === "error" || type === "stop_requested")).toHaveLength(1);
    expect(host.ended).toBe(1);
  });

  it("R6 TOOL-3: a call whose end cannot be stored is closed with words for the model, and what it had spent", async () => {
    const host = new FakeHost();
    const { run, talks, driven } = begin(host);
    await talks;
    const usage = { input_tokens: 1, output_tokens: 2, total_tokens: 3 };
    const call = { run_id: "r", tool_name: "t", args: {} };
    host.emit({ type: "tool_call", ...call, tool_call_id: "c" });
    host.emit({ type: "tool_call", ...call, tool_call_id: "n", parent_tool_call_id: "c", model_usage: usage });
    run.broke(new StoreError("unavailable", "The store is away."));
    await driven;
    await Promise.resolve();
    const read = toMessages(host.view).find(({ role }) => role === "tool")?.content;
    expect(read).toMatch(/^The store is away\. .*may have done all, part or none/);
    expect(host.view.turns[0]?.usage).toEqual(usage);
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

  it("tells who watches where it begins, what is emitted, and what is stored but for deltas", async () => {
    const host = new FakeHost();
    const told: unknown[] = [];
    const listening: RunObserver = {
      begun: (seq) => told.push(["begun", seq]),
      emitted: ({ type }) => told.push(["emitted", type]),
      left: () => told.push(["left"]),
    };
    const { run, talks, driven } = begin(
      host,
      [],
      [{}, listening, { stored: ({ seq }) => told.push(["stored", seq]) }],
    );
    await talks;
    for (const event of host.log) {
      const { seq } = event;
      run.stored(StoredEvent.committed("s", { seq, from: seq, body: "" }, event));
    }
    run.left();
    expect(host.types).toEqual(["session_start", "step", "text_delta"]);
    expect(told).toEqual([
      ["begun", 1],
      ["emitted", "step"],
      ["emitted", "text_delta"],
      ["stored", 1],
      ["stored", 2],
      ["left"],
    ]);
    run.detach();
    await driven;
  });

  it("a token asks nobody where nobody hears what is emitted", async () => {
    const asked: PropertyKey[] = [];
    const deaf = new Proxy<RunObserver>({}, { get: (_target, name) => void asked.push(name) });
    const host = new FakeHost();
    const { run, talks, driven } = begin(host, [], [deaf]);
    await talks;
    expect(host.types).toContain("text_delta");
    expect(asked).toEqual(["emitted", "begun"]);
    run.detach();
    await driven;
  });

  describe("suspended while a question is open", () => {
    const tool = (name: string, only_asks: boolean): Tool =>
      defineTool({
        name,
        description: "",
        parameters: z.object({}),
        only_asks,
        execute: async () => ({ content: "" }),
      }) as Tool;
    const tools = [tool("asks", true), tool("works", false)];
    const ask = (tool_call_id: string | null): Untimed => ({
      type: "interaction_request",
      run_id: "r",
      request_id: `about-${tool_call_id}`,
      interaction_kind: "confirm",
      content: "?",
      options: [],
      ...(tool_call_id === null ? {} : { tool_call_id }),
    });
    const call = (tool_name: string): Untimed => ({
      type: "tool_call",
      run_id: "r",
      tool_call_id: tool_name,
      tool_name,
      args: {},
    });
    const started = (tool_call_id: string): Untimed => ({ type: "tool_start", run_id: "r", tool_call_id });
    const ended = (tool_call_id: string): Untimed => ({
      type: "tool_result",
      run_id: "r",
      tool_call_id,
      tool_name: tool_call_id,
      outcome: "completed",
      success: true,
      content: "",
      error: null,
      execution_time: 0,
    });

    it.each<[string, Untimed[], boolean]>([
      ["about a call that has not begun", [call("works"), ask("works")], true],
      ["about the run itself", [ask(null)], true],
      ["of a tool that does nothing but ask", [call("asks"), started("asks"), ask("asks")], true],
      ["of a tool that does more", [call("works"), started("works"), ask("works")], false],
      ["beside a tool that works", [call("asks"), ask("asks"), call("works"), started("works")], false],
      ["beside a tool that worked", [call("asks"), ask("asks"), call("works"), started("works"), ended("works")], true],
      ["that was not asked", [call("works")], false],
    ])("F31 F36: %s", async (_which, events, letGo) => {
      const host = new FakeHost();
      const { run, talks } = begin(host, tools);
      await talks;
      for (const event of events) host.emit(event);
      run.suspend();
      expect(host.ended).toBe(letGo ? 1 : 0);
      run.detach();
    });

    it("F31: asked while it is being suspended, it rests as soon as the question is stored", async () => {
      const host = new FakeHost();
      const { run, talks } = begin(host, tools);
      await talks;
      run.rest();
      expect(host.ended).toBe(0);
      run.suspend();
      host.emit(ask(null));
      run.rest();
      expect(host.ended).toBe(1);
    });
  });
});
