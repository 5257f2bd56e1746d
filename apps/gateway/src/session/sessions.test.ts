import { GroupCommit, type LogStore, MemoryStore, StoreError } from "@millrace/store";
import pino from "pino";
import { describe, expect, it } from "vitest";
import { Principal } from "../auth/principal.ts";
import { DEFAULT_LIMITS } from "../limits.ts";
import type { Agents } from "../models/agents.ts";
import type { Permissions } from "./permit.ts";
import { Sessions } from "./sessions.ts";
import { Settler } from "./settler.ts";

const [u, other] = ["u", "other"].map((user_id) => new Principal({ user_id, via: "oidc" })) as [Principal, Principal];

function over(store: LogStore, agents: Agents = {} as Agents): Sessions {
  const commits = new GroupCommit(store, 0);
  const log = pino({ level: "silent" });
  const settler = new Settler(store, log);
  const permissions = {} as Permissions;
  const stores = { store, commits, settler };
  const given = { agents, permissions, limits: DEFAULT_LIMITS, now: () => 0, ids: () => "id", log };
  return new Sessions({ ...stores, ...given });
}

/** A store that is slow to look into its index, as a database on another machine is. */
function slow(memory: MemoryStore): { store: LogStore; answer: () => void } {
  const gate = Promise.withResolvers<void>();
  const { sessions } = memory;
  const get = async (session_id: string) => {
    await gate.promise;
    return sessions.get(session_id);
  };
  const store: LogStore = {
    append: (batch) => memory.append(batch),
    read: (session_id, after, limit) => memory.read(session_id, after, limit),
    settle: (session_id, rows) => memory.settle(session_id, rows),
    close: () => memory.close(),
    sessions: { ...sessions, get },
  };
  return { store, answer: gate.resolve };
}

describe("Sessions", () => {
  it("SEND-5 F19: the same message twice at once makes one session", async () => {
    const { store, answer } = slow(new MemoryStore());
    const sessions = over(store);
    const asked = [1, 2, 3].map(() => sessions.forMessage("u", "m"));
    answer();
    const [a, b, c] = await Promise.all(asked);
    expect(b).toBe(a);
    expect(c).toBe(a);
    expect((await sessions.forMessage("u2", "m")).session_id).not.toBe(a?.session_id);
  });

  it("a stored session asked for twice at once is loaded once", async () => {
    const memory = new MemoryStore();
    const create = { user_id: "u", title: "", epoch: "e", created_at: 0 };
    await memory.append([{ session_id: "s_1", create, entries: [] }]);
    const { store, answer } = slow(memory);
    const sessions = over(store);
    const asked = [1, 2].map(() => sessions.get(u, "read", "s_1"));
    answer();
    const [a, b] = await Promise.all(asked);
    expect(b).toBe(a);
  });

  it("RUN-4 F25: a command that comes while a boot takes up what was open finds the run taken up, not at rest", async () => {
    const memory = new MemoryStore();
    const create = { user_id: "u", title: "", epoch: "e", created_at: 0 };
    const message = { type: "user_message", message_id: "m", content: "x", mode: "queue", ts: 0 } as const;
    const open = { entries: [{ event: message }], summary: { status: "running" } } as const;
    await memory.append([{ session_id: "s_1", create, ...open }]);
    const { store, answer } = slow(memory);
    const taken: string[] = [];
    const agents = {
      setup: () => ({ observers: [], log_file: null }),
      start: (_options: unknown, run_id: string) => {
        taken.push(run_id);
        return { model: "m", agent: "a", max_steps: 1, token_limit: 1, tools: [] };
      },
    } as unknown as Agents;
    const sessions = over(store, agents);
    const [booted, found] = [sessions.resume(), sessions.get(u, "read", "s_1")];
    answer();
    await found;
    expect(taken).toHaveLength(1);
    await booted;
    expect(taken).toHaveLength(1);
  });

  it("CMD-7: somebody else's session is not found", async () => {
    const sessions = over(new MemoryStore());
    const { session_id } = await sessions.create(u, "Mine");
    expect((await sessions.get(u, "read", session_id)).summary.title).toBe("Mine");
    await expect(sessions.get(other, "read", session_id)).rejects.toMatchObject({ code: "not_found" });
  });

  it("a session whose first event could not be stored does not exist", async () => {
    const memory = new MemoryStore();
    const sessions = over(memory);
    const session = await sessions.forMessage("u", "m");
    memory.append = () => Promise.reject(new StoreError("full", "The disk is full."));
    const sent = session.update({ title: "Mine" });
    await expect(sent).rejects.toThrow(StoreError);
    await expect(sessions.get(u, "read", session.session_id)).rejects.toMatchObject({ code: "not_found" });
  });
});
