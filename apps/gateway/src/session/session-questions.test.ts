import { defineTool, type ModelPort, type Tool } from "@millrace/agent";
import type { SessionSummary } from "@millrace/protocol";
import { GroupCommit, MemoryStore, StoreError } from "@millrace/store";
import pino from "pino";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { DEFAULT_LIMITS } from "../limits.ts";
import type { Agents } from "../models/agents.ts";
import type { Permissions } from "./permit.ts";
import type { Session } from "./session.ts";
import { Sessions } from "./sessions.ts";
import { Settler } from "./settler.ts";

const write = defineTool({
  name: "write",
  description: "Writes.",
  parameters: z.object({}),
  permission: { default: "ask", subjects: () => ["it"], remembered: () => "it" },
  execute: async () => ({ content: "written" }),
}) as Tool;

/** Calls `write`, then is done. */
const model: ModelPort = {
  id: "m",
  async *stream({ messages }) {
    if (messages.at(-1)?.role === "tool") {
      yield [
        { type: "text", text: "Done." },
        { type: "finish", reason: "stop" },
      ];
    } else {
      yield [
        { type: "tool_call", index: 0, id: "c", name: "write", arguments: "{}" },
        { type: "finish", reason: "tool_calls" },
      ];
    }
  },
};

const agents = {
  tools: [write],
  start: () => ({ model: "m", agent: "a", max_steps: 5, token_limit: 100_000, tools: ["write"] }),
  setup: () => ({ model, tools: [write], input: {}, thinking: undefined, observers: [], log_file: null }),
} as unknown as Agents;

/** A session whose run waits for its permission, over a store that a test can break. */
async function asked(store: Permissions["store"] = { list: () => [], add: async () => {} }) {
  const memory = new MemoryStore();
  const log = pino({ level: "silent" });
  let ids = 0;
  const sessions = new Sessions({
    store: memory,
    commits: new GroupCommit(memory, 0),
    settler: new Settler(memory, log),
    agents,
    permissions: { rules: [], store, workspace: "/w" },
    limits: DEFAULT_LIMITS,
    now: () => 0,
    ids: () => `id${++ids}`,
    log,
  });
  const changes: SessionSummary[] = [];
  sessions.onChange("u", (summary) => changes.push(summary));
  const session = await sessions.forMessage("u", "m");
  await session.send({ message_id: "m", content: "Write.", mode: "queue" });
  await until(session, "interaction");
  return { memory, session, changes };
}

/** Waits until the view of the session's only run has an item of that kind, or the run has ended. */
async function until(session: Session, kind: "interaction" | "end"): Promise<void> {
  for (let turn = 0; turn < 1_000; turn++) {
    const run = session.view.turns[0];
    const there = kind === "end" ? run?.ended_seq != null : run?.items.some((item) => item.kind === kind);
    if (there) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error(`no ${kind}`);
}

describe("a session whose run asks", () => {
  it("ASK-2 R6: an answer that cannot be stored is refused and breaks nothing: the run waits for the next one", async () => {
    const { memory, session, changes } = await asked();
    const append = memory.append.bind(memory);
    memory.append = () => Promise.reject(new StoreError("full", "The disk is full."));
    await expect(session.respond("confirm-c", { answer: "deny" })).rejects.toThrow(StoreError);
    expect(session.summary.status).toBe("waiting");
    memory.append = append;
    await session.respond("confirm-c", { answer: "allow_once" });
    await until(session, "end");
    expect(session.view.turns[0]?.phase).toMatchObject({ state: "done", content: "Done." });
    expect(changes.map(({ status }) => status).filter((status, at, all) => status !== all[at - 1])).toEqual([
      "running",
      "waiting",
      "running",
      "idle",
    ]);
  });

  it("ASK-7: an always that cannot be kept is still an answer, and a permission for this call only", async () => {
    const add = (): Promise<void> => Promise.reject(new Error("The disk is full."));
    const { session } = await asked({ list: () => [], add });
    expect(await session.respond("confirm-c", { answer: "allow_always" })).toBeGreaterThan(0);
    await until(session, "end");
    expect(session.view.turns[0]?.phase).toMatchObject({ state: "done" });
  });

  it("ASK-1: a session that waits is not idle, so that it is never forgotten", async () => {
    const { session } = await asked();
    expect(session.idle).toBe(false);
  });

  it("F31 ASK-1: let go of while it asks, the session still takes the answer, for whoever goes on", async () => {
    const { session } = await asked();
    session.suspend();
    await session.rested();
    expect(await session.respond("confirm-c", { answer: "allow_once" })).toBeGreaterThan(0);
    expect(session.view.turns[0]?.ended_seq).toBeNull();
    const again = session.respond("confirm-c", { answer: "deny" });
    await expect(again).rejects.toMatchObject({ code: "already_answered" });
  });
});
