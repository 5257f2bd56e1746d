import { describe, expect, it } from "vitest";
import { CallIds } from "./call-ids.ts";
import { PRUNED, toMessages } from "./messages.ts";
import { runAgent } from "./run-agent.ts";
import { invalidMessages } from "./testing/invalid-messages.ts";
import { call, FakeModel, finish, TestLog, USAGE } from "./testing/test-log.ts";

/** A run that calls a tool, then says its own name. */
function answered(log: TestLog, id: string, replaces?: string): void {
  log.add({ type: "user_message", message_id: id, content: `ask ${id}`, mode: "queue", ...(replaces && { replaces }) });
  log.start([id], `run ${id}`);
  const add = (event: Parameters<TestLog["add"]>[0]): void => log.add(event, `run ${id}`);
  const call = { tool_call_id: `call ${id}`, tool_name: "read" };
  add({ type: "step", step: 1, max_steps: 9, tokens: 1, token_limit: 9 });
  add({ type: "tool_call", ...call, args: {} });
  add({ type: "agent_output", step: 1, finish_reason: "tool_calls", usage: null, text_length: 0, tool_call_ids: [] });
  add({ type: "tool_start", tool_call_id: call.tool_call_id });
  const ok = { outcome: "completed", success: true, error: null, execution_time: 0 } as const;
  add({ type: "tool_result", ...call, ...ok, content: `output ${id}` });
  add({ type: "step", step: 2, max_steps: 9, tokens: 1, token_limit: 9 });
  add({ type: "text_delta", block_id: "b", offset: 0, content: `say ${id}` });
  const length = `say ${id}`.length;
  add({ type: "agent_output", step: 2, finish_reason: "stop", usage: null, text_length: length, tool_call_ids: [] });
}

const ended = (log: TestLog, id: string): void =>
  log.add({ type: "done", content: `say ${id}`, steps: 2, reason: "completed", usage: USAGE }, `run ${id}`);

const read = ({ view }: TestLog): string[] => {
  const messages = toMessages(view);
  expect(invalidMessages(messages)).toEqual([]);
  return messages.map(({ content }) => content).filter((content) => content !== "");
};

describe("what a model reads of a session with branches", () => {
  const compact = { type: "compact", original_messages: 4, compacted_messages: 1, estimated_tokens_saved: 9 } as const;

  it("BRANCH-2: is the one that is shown, and nothing of the others", () => {
    const log = new TestLog();
    for (const id of ["a", "b"]) {
      answered(log, id);
      ended(log, id);
    }
    answered(log, "B", "b");
    ended(log, "B");
    expect(read(log)).toEqual(["ask a", "output a", "say a", "ask B", "output B", "say B"]);
    log.add({ type: "branch_selected", message_id: "b" });
    expect(read(log)).toEqual(["ask a", "output a", "say a", "ask b", "output b", "say b"]);
  });

  it("BRANCH-7: a summary and what was left out hold in the branches that their run is in", () => {
    const log = new TestLog();
    answered(log, "a");
    ended(log, "a");
    answered(log, "b");
    log.add({ type: "prune", tool_call_ids: ["call a"], estimated_tokens_saved: 1 }, "run b");
    log.add({ ...compact, content: "of a", covers_to: 3 }, "run b");
    ended(log, "b");
    answered(log, "c");
    ended(log, "c");
    expect(read(log)[0]).toContain("of a");
    answered(log, "C", "c");
    ended(log, "C");
    expect(read(log)[0]).toContain("of a");
    expect(read(log)).toContain(PRUNED);
    answered(log, "B", "b");
    ended(log, "B");
    expect(read(log)).toEqual(["ask a", "output a", "say a", "ask B", "output B", "say B"]);
    log.add({ type: "branch_selected", message_id: "c" });
    expect(read(log)[0]).toContain("of a");
    expect(read(log).at(-1)).toBe("say c");
  });

  it("BRANCH-3, LOG-4: ids of calls and of questions are not used again in another branch", async () => {
    const log = new TestLog();
    answered(log, "a");
    log.add({ type: "circuit_breaker", reason: "loop", content: "", limit: 1, value: 2 }, "run a");
    ended(log, "a");
    log.add({ type: "user_message", message_id: "A", content: "again", mode: "queue", replaces: "a" });
    log.start(["A"]);
    expect(log.view.turns).toHaveLength(1);
    expect(new CallIds(log.view, () => "new").claim("call a")).toBe("new");
    const asked: string[] = [];
    const model = new FakeModel([call(0, "x", "none", "{}"), finish("tool_calls"), { type: "usage", usage: USAGE }]);
    await runAgent(
      log.input(model, {
        limits: { token_limit: 1 },
        interact: async ({ request_id }) => {
          asked.push(request_id);
          return { answer: "end", comment: null, by: "u" };
        },
      }),
    );
    expect(asked).toEqual(["breaker-2"]);
  });
});
