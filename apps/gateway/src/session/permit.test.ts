import { defineTool, type Tool, type ToolTrait } from "@millrace/agent";
import { type Event, emptyView, evolve, type InteractionItem, type View } from "@millrace/protocol";
import type { Rule } from "@millrace/tools";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { KeptPermission } from "./permission-store.ts";
import { SessionPermits } from "./permit.ts";
import type { Untimed } from "./run.ts";

/** A tool that asks for each `what`. */
function asks(name: string, description = "Does it."): Tool {
  return defineTool({
    name,
    description,
    parameters: z.object({ what: z.string() }),
    permission: { default: "ask", subjects: ({ what }) => [what], remembered: ({ what }) => what },
    execute: async () => ({ content: "" }),
  }) as Tool;
}

function withTraits(name: string, traits: readonly ToolTrait[]): Tool {
  const execute = async (): Promise<{ content: string }> => ({ content: "" });
  return defineTool({ name, description: "", parameters: z.object({}), traits, execute }) as Tool;
}

/** One session's permissions over a log that a test writes. */
class Case {
  view: View = emptyView();
  readonly tools = new Map<string, Tool>();
  readonly kept: KeptPermission[] = [];
  readonly rules: Rule[] = [];
  permits: SessionPermits = this.restarted();
  #seq = 0;

  constructor(...tools: Tool[]) {
    for (const tool of tools) this.tools.set(tool.name, tool);
    this.put({ type: "session_start", run_id: "r", message_ids: [], ...start });
  }

  /** The permissions as another process finds them. */
  restarted(): SessionPermits {
    const store = {
      list: (user_id: string) => this.kept.filter((one) => one.user_id === user_id),
      add: async (given: Omit<KeptPermission, "id" | "created_at">) =>
        void this.kept.push({ id: "p", created_at: 0, ...given }),
    };
    const subject = { user_id: "u", view: () => this.view, tool: (name: string) => this.tools.get(name) };
    this.permits = new SessionPermits({ rules: this.rules, store, workspace: "/w" }, subject);
    return this.permits;
  }

  put(event: Untimed): void {
    this.#seq += 1;
    this.view = evolve(this.view, { v: 1, session_id: "s", seq: this.#seq, ts: 0, ...event } as Event);
  }

  permit(name: string, what: string, interactive = true): ReturnType<SessionPermits["permit"]> {
    const tool = this.tools.get(name) as Tool;
    return this.permits.permit({ tool, args: { what }, tool_call_id: `${name} ${what}` }, interactive);
  }

  /** A call that is asked about and answered. */
  async answered(name: string, what: string, answer: string): Promise<void> {
    const tool_call_id = `${name} ${what}`;
    const asked = this.permit(name, what);
    if (asked.decision !== "ask") throw new Error("not asked");
    const { content, options, pattern, tool_digest } = asked;
    const request_id = `confirm-${tool_call_id}`;
    const run_id = "r";
    this.put({ type: "tool_call", run_id, tool_call_id, tool_name: name, args: {} });
    const digest = tool_digest == null ? {} : { tool_digest };
    const shown = { content, options: [...options], ...(pattern === null ? {} : { pattern }), ...digest };
    this.put({ type: "interaction_request", run_id, request_id, interaction_kind: "confirm", tool_call_id, ...shown });
    const remember = answer === "allow_session" ? "session" : answer === "allow_always" ? "always" : "once";
    this.put({ type: "user_input_received", run_id, request_id, answer, by: "u", remember });
    const item = this.view.turns[0]?.items.findLast((one) => one.kind === "interaction") as InteractionItem;
    await this.permits.remember(item);
  }

  ran(tool_name: string, outcome: "completed" | "failed" | "denied"): void {
    const tool_call_id = `ran ${tool_name} ${outcome} ${this.#seq}`;
    const success = outcome === "completed";
    this.put({ type: "tool_call", run_id: "r", tool_call_id, tool_name, args: {} });
    if (outcome !== "denied") this.put({ type: "tool_start", run_id: "r", tool_call_id });
    const result = { outcome, success, content: "", error: success ? null : "x", execution_time: 0 };
    this.put({ type: "tool_result", run_id: "r", tool_call_id, tool_name, ...result });
  }
}

const start = { model: "m", agent: "a", max_steps: 5, token_limit: 10, tools: [] };

describe("SessionPermits", () => {
  it("ASK-7: asks with what would happen, why, and every duration that may be offered", () => {
    const asked = new Case(asks("write")).permit("write", "a.txt");
    expect(asked).toMatchObject({
      decision: "ask",
      options: ["allow_once", "allow_session", "allow_always", "deny"],
      pattern: "a.txt",
    });
    expect(asked).toMatchObject({ content: expect.stringMatching(/^write \{"what":"a.txt"\}\n./) });
  });

  it("ASK-7: allowed once, the same is asked again; denied too", async () => {
    const given = new Case(asks("write"));
    await given.answered("write", "a.txt", "allow_once");
    await given.answered("write", "b.txt", "deny");
    expect(given.permit("write", "a.txt").decision).toBe("ask");
    expect(given.permit("write", "b.txt").decision).toBe("ask");
    expect(given.kept).toEqual([]);
  });

  it("ASK-7: allowed for the session, the tool's pattern is allowed in it, also after a restart, and nothing else", async () => {
    const given = new Case(asks("write"), asks("bash"));
    await given.answered("write", "a.txt", "allow_session");
    for (const _process of [1, 2]) {
      expect(given.permit("write", "a.txt").decision).toBe("allow");
      expect(given.permit("write", "b.txt").decision).toBe("ask");
      expect(given.permit("bash", "a.txt").decision).toBe("ask");
      given.restarted();
    }
    expect(new Case(asks("write")).permit("write", "a.txt").decision).toBe("ask");
    expect(given.kept).toEqual([]);
  });

  it("ASK-7: allowed for always, it is kept for this user and workspace until it is taken back", async () => {
    const given = new Case(asks("write"));
    await given.answered("write", "a.txt", "allow_always");
    expect(given.kept).toMatchObject([{ user_id: "u", tool: "write", pattern: "a.txt", workspace: "/w" }]);
    given.view = emptyView();
    expect(given.permit("write", "a.txt").decision).toBe("allow");
    const [kept] = given.kept.splice(0) as [KeptPermission];
    expect(given.permit("write", "a.txt").decision).toBe("ask");
    given.kept.push({ ...kept, workspace: "/elsewhere" }, { ...kept, user_id: "other" });
    expect(given.permit("write", "a.txt").decision).toBe("ask");
  });

  it("ASK-7: an always that was given before a restart is not revived by the log once it is taken back", async () => {
    const given = new Case(asks("write"));
    await given.answered("write", "a.txt", "allow_always");
    given.kept.length = 0;
    given.restarted();
    expect(given.permit("write", "a.txt").decision).toBe("ask");
  });

  it.each(["allow_session", "allow_always"])("F87: a tool that changed after %s is asked for again", async (answer) => {
    const given = new Case(asks("write"));
    await given.answered("write", "a.txt", answer);
    given.tools.set("write", asks("write", "Does it, and sends it to me."));
    expect(given.permit("write", "a.txt")).toMatchObject({ decision: "ask" });
  });

  it.each(["allow_session", "allow_always"])(
    "F87 T25: a tool that changed while the gateway was down, or the session unloaded, is asked for again after %s",
    async (answer) => {
      const given = new Case(asks("write"));
      await given.answered("write", "a.txt", answer);
      const shown = given.tools.get("write") as Tool;
      given.restarted();
      given.tools.set("write", asks("write", "Does it, and sends it to me."));
      expect(given.permit("write", "a.txt")).toMatchObject({ decision: "ask" });
      given.restarted();
      given.tools.set("write", shown);
      expect(given.permit("write", "a.txt").decision).toBe("allow");
    },
  );

  it("F87: an answer for the session of which the log does not say what tool was shown allows nothing", () => {
    const given = new Case(asks("write"));
    const run_id = "r";
    const asked = { request_id: "q", interaction_kind: "confirm", tool_call_id: "c", pattern: "a.txt" } as const;
    given.put({ type: "tool_call", run_id, tool_call_id: "c", tool_name: "write", args: {} });
    given.put({ type: "interaction_request", run_id, ...asked, content: "", options: ["allow_session"] });
    const answer = { answer: "allow_session", by: "u", remember: "session" } as const;
    given.put({ type: "user_input_received", run_id, request_id: "q", ...answer });
    expect(given.permit("write", "a.txt").decision).toBe("ask");
  });

  it("F87: what is kept is the tool as it was shown, not as it was when the answer came", async () => {
    const given = new Case(asks("write"));
    const answering = given.answered.bind(given);
    const shown = given.tools.get("write") as Tool;
    const swap = given.put.bind(given);
    given.put = (event) => {
      if (event.type === "user_input_received") given.tools.set("write", asks("write", "Another."));
      swap(event);
    };
    await answering("write", "a.txt", "allow_always");
    expect(given.permit("write", "a.txt").decision).toBe("ask");
    given.tools.set("write", shown);
    expect(given.permit("write", "a.txt").decision).toBe("allow");
  });

  it("TOOL-8: the operator's rules come first, whatever people answered", async () => {
    const given = new Case(asks("write"));
    await given.answered("write", "a.txt", "allow_session");
    given.rules.push({ tool: "write", pattern: "*.txt", action: "deny" });
    expect(given.permit("write", "a.txt")).toMatchObject({ decision: "deny", reason: expect.any(String) });
    given.rules.splice(0, 1, { tool: "write", action: "allow" });
    expect(given.permit("write", "z.md").decision).toBe("allow");
  });

  it("ASK-8: where nobody can be asked, what would ask is denied and says so", () => {
    const given = new Case(asks("write"));
    expect(given.permit("write", "a.txt", false)).toMatchObject({
      decision: "deny",
      reason: expect.stringContaining("nobody can be asked"),
    });
  });

  describe("T28: private data read, a stranger's words read", () => {
    const tools = [
      withTraits("read", ["private"]),
      withTraits("fetch", ["untrusted", "outbound"]),
      withTraits("send", ["outbound"]),
      withTraits("clock", []),
    ];

    it("a tool that carries out is asked for, though a rule allows it, and no answer is remembered", () => {
      const given = new Case(...tools);
      given.rules.push({ tool: "*", action: "allow" });
      given.ran("read", "completed");
      expect(given.permit("send", "").decision).toBe("allow");
      given.ran("fetch", "completed");
      const asked = given.permit("send", "");
      expect(asked).toMatchObject({ decision: "ask", options: ["allow_once", "deny"], pattern: null });
      expect(asked).toMatchObject({ content: expect.stringContaining("private") });
      expect(given.permit("clock", "").decision).toBe("allow");
      expect(given.permit("send", "", false)).toMatchObject({
        decision: "deny",
        reason: expect.stringContaining("nobody can be asked"),
      });
    });

    it("what a failing call said counts, what was denied does not", () => {
      const given = new Case(...tools);
      given.ran("read", "completed");
      given.ran("fetch", "denied");
      expect(given.permit("send", "").decision).toBe("allow");
      given.ran("fetch", "failed");
      expect(given.permit("send", "").decision).toBe("ask");
    });

    it("T26: what another program says of its tools is a stranger's word, before any of them is called", () => {
      const given = new Case(...tools, { ...asks("other__tool"), input_schema: { type: "object" } });
      given.ran("read", "completed");
      expect(given.permit("send", "").decision).toBe("allow");
      const tools_offered = ["read", "send", "other__tool"];
      given.put({ type: "session_start", run_id: "r2", message_ids: [], ...start, tools: tools_offered });
      expect(given.permit("send", "").decision).toBe("ask");
    });

    it("a file that somebody sent counts as a stranger's word, the message itself does not; neither is private", () => {
      const given = new Case(...tools);
      const said = (message_id: string, files: object): void => {
        given.put({ type: "user_message", message_id, content: "Sum this up.", mode: "queue", ...files });
        given.put({ type: "session_start", run_id: message_id, message_ids: [message_id], ...start });
      };
      said("m1", {});
      given.ran("read", "completed");
      expect(given.permit("send", "").decision).toBe("allow");
      const file = { attachment_id: "a_1", name: "letter.txt", media_type: "text/plain", size: 9 };
      said("m2", { attachments: [file] });
      expect(given.permit("send", "")).toMatchObject({ decision: "ask", options: ["allow_once", "deny"] });
      const alone = new Case(...tools);
      given.view = alone.view;
      said("m3", { attachments: [file] });
      expect(given.permit("send", "").decision).toBe("allow");
    });

    it("a tool that is gone is taken for the worst", () => {
      const given = new Case(...tools);
      given.ran("left__the_server", "completed");
      expect(given.permit("send", "").decision).toBe("ask");
    });
  });
});
