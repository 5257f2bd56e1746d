import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Event, emptyView, fold, isTerminal } from "@millrace/protocol";
import { brokenRules } from "@millrace/protocol/testing";
import { scriptByContent, startScriptedModel } from "@millrace/scripted-model";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { doAsTold } from "./asking-tools.ts";
import { ChildGateway, type ChildOptions, Folder } from "./child-gateway.ts";
import { coverage, upTo, type Viewer } from "./viewer.ts";

interface Stage extends AsyncDisposable {
  readonly requests: readonly unknown[];
  /** Marks that the tools have made. */
  readonly marks: () => number;
  boot(options?: Pick<ChildOptions, "limits" | "env">): Promise<ChildGateway>;
}

/** A model that outlives the gateways, and a data folder that they use one after the other. */
async function stage(): Promise<Stage> {
  const model = await startScriptedModel({ responder: scriptByContent([doAsTold]) });
  const folder = new Folder();
  const booted: ChildGateway[] = [];
  const marks = join(folder.path, "marks");
  return {
    requests: model.requests,
    marks: () => (existsSync(marks) ? readFileSync(marks, "utf8").length : 0),
    boot: async ({ limits = {}, env = {} } = {}) => {
      const wide = { command_burst: 1_000, rejects_per_minute: 1_000, ...limits };
      const gateway = await ChildGateway.start({ data_dir: folder.path, model, tools: true, limits: wide, env });
      booted.push(gateway);
      return gateway;
    },
    [Symbol.asyncDispose]: async () => {
      for (const gateway of booted) await gateway.kill();
      await model.close();
      folder[Symbol.dispose]();
    },
  };
}

const statusOf = async (gateway: ChildGateway, session_id: string): Promise<string> =>
  ((await gateway.http.get(`/api/v1/sessions/${session_id}`)).json as { status: string }).status;

async function waiting(gateway: ChildGateway, content: string): Promise<{ session_id: string; request_id: string }> {
  const viewer = await gateway.connect();
  const { session_id } = await viewer.send(content);
  const { request_id } = await viewer.event("interaction_request");
  return { session_id, request_id };
}

const answer = (gateway: ChildGateway, session_id: string, request_id: string, word: string) =>
  gateway.http.post(`/api/v1/sessions/${session_id}/interactions/${request_id}`, { answer: word });

/** The log of a run that has ended, which a viewer that comes now sees the same. */
async function ended(gateway: ChildGateway, session_id: string): Promise<Event[]> {
  const viewer: Viewer = await gateway.connect();
  await viewer.subscribe(session_id);
  await viewer.until((frame) => isTerminal(frame));
  const log = await gateway.events(session_id);
  expect(brokenRules(log)).toEqual([]);
  expect(coverage(log)).toEqual(upTo(log.at(-1)?.seq ?? 0));
  expect(viewer.view(session_id)).toEqual(fold(emptyView(), log));
  return log;
}

describe("one kill -9 with a question open at each point", () => {
  const kinds = {
    "a call's permission": ["do careful_mark a", "allow_once"],
    "a tool's question": ["do ask_user Why?", "because"],
    "a limit": ["do mark 1; mark 2; mark 3", "continue"],
    "a call that is stopped": ["do careful_mark b", ""],
    "a call that is refused": ["do careful_mark c", "deny"],
  } as const;
  type Kind = keyof typeof kinds;
  let at: Stage;
  let second: ChildGateway;
  const open = new Map<Kind, { session_id: string; request_id: string; log: Event[] }>();
  const of = (kind: Kind) => open.get(kind) ?? { session_id: "", request_id: "", log: [] };
  let asked: number;

  beforeAll(async () => {
    at = await stage();
    const env = { TEST_TOOL_CALLS: "2" };
    const first = await at.boot({ env });
    for (const [kind, [content]] of Object.entries(kinds) as [Kind, (typeof kinds)[Kind]][]) {
      const { session_id, request_id } = await waiting(first, content);
      open.set(kind, { session_id, request_id, log: await first.events(session_id) });
    }
    const { session_id, log } = of("a call that is stopped");
    const run_id = log.at(-1)?.run_id ?? "";
    await first.http.post(`/api/v1/sessions/${session_id}/stop`, { run_id });
    await first.kill();
    asked = at.requests.length;
    second = await at.boot({ env });
  });
  afterAll(() => at[Symbol.asyncDispose]());

  it.each(["a call's permission", "a tool's question", "a limit"] as const)(
    "F36 ASK-1: %s waits on, asked once and nothing spent, and is answered once",
    async (kind) => {
      const { session_id, request_id, log } = of(kind);
      expect(await statusOf(second, session_id)).toBe("waiting");
      const before = await second.events(session_id);
      expect(before).toEqual(log);
      const word = kinds[kind][1];
      expect(await answer(second, session_id, request_id, word)).toMatchObject({ status: 200 });
      expect(await answer(second, session_id, request_id, word)).toMatchObject({ status: 409 });
      const after = await ended(second, session_id);
      expect(after.at(-1)).toMatchObject({ type: "done", content: "All done." });
      expect(after.filter(({ type }) => type === "interaction_request")).toHaveLength(1);
      expect(after.filter(({ type }) => type === "user_input_received")).toHaveLength(1);
      expect(await statusOf(second, session_id)).toBe("idle");
      const results = after.filter((event) => event.type === "tool_result");
      expect(results.every(({ outcome }) => outcome === "completed")).toBe(true);
      for (const { tool_call_id } of results) {
        const starts = after.filter((event) => event.type === "tool_start" && event.tool_call_id === tool_call_id);
        expect(starts).toHaveLength(1);
      }
    },
  );

  it("BREAK-2 F36: continued after the restart, no finished call runs again", async () => {
    const after = await ended(second, of("a limit").session_id);
    expect(after.filter(({ type }) => type === "circuit_breaker")).toHaveLength(1);
    expect(after.filter(({ type }) => type === "tool_start")).toHaveLength(3);
    // Three of `mark`, one of the call that was allowed.
    expect(at.marks()).toBe(4);
  });

  it("TOOL-8 F36: refused after the restart, it does not run", async () => {
    const { session_id, request_id } = of("a call that is refused");
    await answer(second, session_id, request_id, "deny");
    const after = await ended(second, session_id);
    expect(after.filter(({ type }) => type === "tool_result")).toMatchObject([{ outcome: "denied" }]);
    expect(after.some(({ type }) => type === "tool_start")).toBe(false);
  });

  it("F38 STOP-6 ASK-5: stopped right before the kill, it is cancelled and cannot be answered", async () => {
    const { session_id, request_id } = of("a call that is stopped");
    const after = await ended(second, session_id);
    expect(after.at(-1)).toMatchObject({ type: "cancelled" });
    expect(after.filter(({ type }) => type === "tool_result")).toMatchObject([{ outcome: "cancelled" }]);
    expect(await answer(second, session_id, request_id, "allow_once")).toMatchObject({ status: 404 });
  });

  it("ASK-1: while it waited no model was asked", () => {
    // Two of the limited run, one of each other run that went on.
    expect(at.requests.length - asked).toBe(5);
  });
});

describe("kill -9", () => {
  it("F36 ASK-2: right after an answer was acked, the answer holds: nothing is asked again, nothing runs twice", async () => {
    await using at = await stage();
    const first = await at.boot();
    const open = [];
    for (const n of upTo(5)) open.push(await waiting(first, `do careful_mark ${n}`));
    await Promise.all(open.map(({ session_id, request_id }) => answer(first, session_id, request_id, "allow_once")));
    await first.kill();
    const second = await at.boot();
    for (const { session_id, request_id } of open) {
      const log = await ended(second, session_id);
      expect(log.filter(({ type }) => type === "interaction_request")).toHaveLength(1);
      expect(log.filter(({ type }) => type === "user_input_received")).toMatchObject([{ answer: "allow_once" }]);
      expect(log.filter(({ type }) => type === "tool_start")).toHaveLength(1);
      expect(await answer(second, session_id, request_id, "deny")).toMatchObject({ status: 409 });
    }
    expect(at.marks()).toBeLessThanOrEqual(5);
  });

  it("ASK-6: a question whose time is over by the next boot is denied then", async () => {
    await using at = await stage();
    const limits = { interaction_ms: 1_500 };
    const first = await at.boot({ limits });
    const { session_id } = await waiting(first, "do careful_mark a");
    await first.kill();
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    const log = await ended(await at.boot({ limits }), session_id);
    expect(log.find(({ type }) => type === "user_input_received")).toMatchObject({ answer: "deny", by: "expiry" });
    expect(log.filter(({ type }) => type === "tool_result")).toMatchObject([{ outcome: "denied" }]);
    expect(at.marks()).toBe(0);
  });

  it("ASK-6: a question whose time is not over is watched on", async () => {
    await using at = await stage();
    const limits = { interaction_ms: 4_000 };
    const first = await at.boot({ limits });
    const { session_id } = await waiting(first, "do careful_mark a");
    await first.kill();
    // The time is the question's own: that of another configuration does not change it.
    const second = await at.boot();
    const log = await ended(second, session_id);
    const asked = log.find((event) => event.type === "interaction_request");
    const expired = log.find((event) => event.type === "user_input_received");
    expect(expired).toMatchObject({ by: "expiry" });
    expect(expired?.ts).toBeGreaterThanOrEqual(asked?.expires_at ?? Number.POSITIVE_INFINITY);
  });

  it("ASK-7: what was allowed for always holds after it, and what for the session too", async () => {
    await using at = await stage();
    const first = await at.boot();
    const { session_id, request_id } = await waiting(first, "do careful_mark a; careful_mark b; careful_mark b");
    await answer(first, session_id, request_id, "allow_always");
    const viewer = await first.connect();
    await viewer.subscribe(session_id);
    const second_request = await viewer.event("interaction_request", 2);
    await answer(first, session_id, second_request.request_id, "allow_session");
    await viewer.event("done");
    await first.kill();
    const second = await at.boot();
    const after = await second.connect();
    await after.subscribe(session_id);
    await after.frame("live");
    const from = after.frames.length;
    await after.send("do careful_mark a, careful_mark b", { session_id });
    await after.frame("done", { from });
    expect(after.frames.slice(from).some(({ type }) => type === "interaction_request")).toBe(false);
    const elsewhere = await second.connect();
    await elsewhere.send("do careful_mark a; careful_mark b");
    expect(await elsewhere.event("interaction_request")).toMatchObject({ pattern: "b" });
  });
});

describe("SIGTERM", () => {
  it("F31 F36: with a question open the process ends soon, and the question waits for the next one", async () => {
    await using at = await stage();
    const first = await at.boot();
    const questions = [];
    for (const content of ["do careful_mark a", "do ask_user Why?"]) questions.push(await waiting(first, content));
    const begun = performance.now();
    expect(await first.kill("SIGTERM", 15_000)).toMatchObject({ code: 0 });
    // A drain waits 25 s for runs that work.
    expect(performance.now() - begun).toBeLessThan(12_000);
    const second = await at.boot();
    for (const { session_id, request_id } of questions) {
      expect(await statusOf(second, session_id)).toBe("waiting");
      await answer(second, session_id, request_id, "allow_once");
      const log = await ended(second, session_id);
      expect(log.at(-1)).toMatchObject({ type: "done" });
      expect(log.filter(({ type }) => type === "tool_start")).toHaveLength(1);
    }
  });
});
