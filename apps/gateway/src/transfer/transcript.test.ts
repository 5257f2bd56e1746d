import { redactor } from "@millrace/agent";
import { emptyView, fold, type SessionSummary } from "@millrace/protocol";
import { sessionLog } from "@millrace/protocol/testing";
import { eventOf, rowOf } from "@millrace/store";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { runEvents } from "../../test/seeded-log.ts";
import { transcript } from "./transcript.ts";

const summary = { title: "A # title" } as SessionSummary;
const write = (view: Parameters<typeof transcript>[0], redact = redactor([])): string =>
  [...transcript(view, summary, 0, redact)].join("");

describe("a transcript", () => {
  it("T24: says what was said, folds tool calls away, warns, and takes known keys out", () => {
    const events = [...runEvents(1, 2)].map((event, index) => eventOf("s", rowOf(event, index + 1)));
    const text = write(fold(emptyView(), events), redactor(["noonday"]));
    expect(text).toContain("# A \\# title\n");
    expect(text).toContain("**Tool output can hold secrets.**");
    expect(text).toContain("## You · 2023-11-14 22:13 UTC\n\n> Question 1\n");
    expect(text).toContain(
      '<details><summary>Tool <code>current_time</code> · completed, 0.0 s</summary>\n\n```json\n{\n  "timezone": "UTC"\n}\n```\n\n```text\nnoon\n```\n\n</details>',
    );
    expect(text).toContain("twenty characters of twenty characters of ");
    const canary = `sk-${"a".repeat(40)}`;
    const leaky = events.map((event) => JSON.parse(JSON.stringify(event).replaceAll("noon", `noonday ${canary}`)));
    const clean = write(fold(emptyView(), leaky), redactor(["noonday"]));
    expect(clean).toContain("[redacted] [redacted]");
    expect(clean).not.toContain(canary);
    expect(clean).not.toContain("noonday");
  });

  it("CTX-4: has nothing of what a provider wants back", () => {
    const provider_data = { from: "p/m", extra_content: { google: { thought_signature: "signed" } } };
    const usage = { input_tokens: 1, output_tokens: 1, total_tokens: 2 };
    const call = { tool_call_id: "c", tool_name: "add", args: {}, provider_data };
    const events = [
      { type: "user_message", run_id: undefined, message_id: "a", content: "Add", mode: "queue" },
      { type: "session_start", message_ids: ["a"], model: "m", agent: "a", max_steps: 1, token_limit: 9, tools: [] },
      { type: "step", step: 1, max_steps: 1, tokens: 1, token_limit: 9 },
      { type: "tool_call", ...call },
      { type: "agent_output", step: 1, finish_reason: "stop", usage, text_length: 0, tool_call_ids: [], provider_data },
    ].map((event, seq) => ({ session_id: "s", run_id: "r", seq: seq + 1, ts: 0, ...event }));
    const view = fold(emptyView(), events as never);
    expect(JSON.stringify(view).split("signed")).toHaveLength(3);
    const text = write(view);
    expect(text).toContain("<code>add</code>");
    expect(text).not.toMatch(/signed|provider_data|extra_content/);
  });

  it("BRANCH-3: has the branch that is shown, and says how many it leaves out", () => {
    const asked = (id: string, replaces?: string): object[] => [
      { type: "user_message", message_id: id, content: `Say ${id}`, mode: "queue", ...(replaces && { replaces }) },
      { type: "session_start", run_id: id, message_ids: [id], model: "m", agent: "a", max_steps: 1, tools: [] },
      { type: "done", run_id: id, content: "", steps: 0, reason: "completed", usage: {} },
    ];
    const text = (...events: object[]): string =>
      write(
        fold(emptyView(), events.map((event, seq) => ({ session_id: "s", seq: seq + 1, ts: 0, ...event })) as never),
      );
    expect(text(...asked("a"), ...asked("b"))).not.toContain("Left out");
    const one = text(...asked("a"), ...asked("b"), ...asked("B", "b"));
    expect(one).toContain("*Left out: 1 other branch of this conversation.*");
    expect(one).toContain("> Say B");
    expect(one).not.toContain("> Say b");
  });

  it("of whatever log ends every code block and every fold that it begins", () => {
    fc.assert(
      fc.property(sessionLog(), (log) => {
        let fence: string | null = null;
        let open = 0;
        for (const line of write(fold(emptyView(), log)).split("\n")) {
          const mark = /^(`{3,})(.*)$/.exec(line);
          if (mark === null || (fence !== null && line !== fence)) {
            if (fence === null && line.startsWith("<details>")) open += 1;
            if (fence === null && line === "</details>") open -= 1;
          } else fence = fence === null ? (mark[1] ?? null) : null;
        }
        expect({ fence, open }).toEqual({ fence: null, open: 0 });
      }),
    );
  });
});
