import type { StreamChunk } from "@millrace/client";
import { describe, expect, it } from "vitest";
import { styleFor } from "./style.ts";
import { NOTHING_SHOWN, show, statusLine, type TerminalView } from "./terminal-view.ts";
import { chunk, usage } from "./testing.ts";

function shown(chunks: StreamChunk[], colours = false): { text: string; view: TerminalView } {
  let view = NOTHING_SHOWN;
  let text = "";
  for (const one of chunks) {
    const next = show(view, one, styleFor(colours), 1_000);
    view = next.view;
    text += next.text;
  }
  return { text, view };
}

const thinking = (content: string) => chunk("thinking", { content });
const says = (content: string) => chunk("text_delta", { content });
const call = (id = "t1", tool_name = "list_files", args: object = { path: "." }) =>
  chunk("tool_call", { tool_call_id: id, tool_name, args });
const result = (fields: object = {}) =>
  chunk("tool_result", {
    ...{ tool_call_id: "t1", tool_name: "list_files", outcome: "completed", success: true, content: "a", error: null },
    ...{ execution_time: 1.23, ...fields },
  });
const done = (fields: object = {}) => chunk("done", { content: "", steps: 2, reason: "completed", usage, ...fields });

describe("a run at a terminal", () => {
  it("shows thinking, tool lines with durations, the answer, and what it took", () => {
    const { text } = shown([thinking("Hm"), thinking("m."), call(), result(), says("Two "), says("files."), done()]);
    expect(text).toBe('[thinking] Hmm.\n✓ list_files path="." 1.2 s\nTwo files.\n2 steps · 12.3k tokens in, 67 out\n');
  });

  it("shows thinking in grey and keeps it apart from the answer, in words where there are no colours", () => {
    const chunks = [thinking("a"), says("b"), thinking("c")];
    expect(shown(chunks, true).text).toBe("\u001b[90ma\u001b[39m\n\nb\n\n\u001b[90mc\u001b[39m");
    expect(shown(chunks).text).toBe("[thinking] a\n\nb\n\n[thinking] c");
  });

  it("says how a tool call ended", () => {
    const failed = result({ outcome: "failed", success: false, error: "no such\nfolder", execution_time: 61 });
    expect(shown([call(), failed]).text).toBe('✗ list_files path="." 1 min 1 s: no such folder\n');
    expect(shown([call(), result({ outcome: "denied", success: false, error: null })]).text).toContain("⊘ list_files");
  });

  it("says that a retry makes void what was said, and forgets the calls it had begun", () => {
    const retry = chunk("retry", { retry_attempt: 1, retry_max_attempts: 5, content: "503", delay_ms: 2_000 });
    const { text, view } = shown([says("Ha"), call(), retry, says("Hello")]);
    expect(text).toBe("Ha\n↻ retry 1/5 in 2.0 s: 503 (what this step had said does not count)\nHello");
    expect(view.tools).toEqual([]);
  });

  it("ends a line before it says that the run was stopped or failed", () => {
    expect(shown([says("Onc"), chunk("cancelled", { content: "Onc", steps: 1, usage })]).text).toBe(
      "Onc\n■ stopped · 1 step · 12.3k tokens in, 67 out\n",
    );
    const error = chunk("error", { code: "x", message: "It broke.", reason: "model_error", retryable: false });
    expect(shown([says("Onc"), error]).text).toBe("Onc\n✗ It broke. (model_error)\n");
    expect(shown([says("Onc\n"), done({ reason: "length" })]).text).toMatch(
      /^Onc\ncut off at the model's length limit/u,
    );
  });

  it("T16: lets nothing through that steers a terminal, and spells out what cannot be seen in a question", () => {
    const evil = "\u001b]52;c;aGk=\u0007\u001b[2J\u009b1A\r\u202eok\u200b";
    expect(shown([says(evil)]).text).toBe("]52;c;aGk=[2J1Aok\u200b");
    const question = chunk("interaction_request", {
      ...{ request_id: "q", interaction_kind: "confirm", content: `bash: rm\u200b${evil}`, options: ["allow_once"] },
    });
    const asked = shown([question]).text;
    expect(asked).toContain("bash: rm\\u{200b}\\u{1b}]52");
    const named = shown([result({ tool_name: evil })]).text;
    for (const text of [asked, named]) expect(text.replaceAll("\n", "")).not.toMatch(/\p{Cc}|\u202e/u);
  });

  it("shows a question with its keys, and what can be remembered", () => {
    const question = chunk("interaction_request", {
      ...{ request_id: "q", interaction_kind: "confirm", content: "write a.txt?", pattern: "*.txt" },
      options: ["allow_once", "allow_session", "allow_always", "deny"],
    });
    const { text, view } = shown([question]);
    expect(text).toBe(
      "? write a.txt?\n  [a] allow once\n  [s] allow session (*.txt)\n  [A] allow always (*.txt)\n  [d] deny\n",
    );
    expect(view.asking).toBe(true);
    expect(shown([question, chunk("user_input_received", { answer: "deny", by: "me" })]).view.asking).toBe(false);
  });

  it("EVENT-2: names what it does not know, and survives fields that are not there", () => {
    expect(shown([chunk("unknown", { event: { type: "brand_new" } })]).text).toBe("∙ brand_new\n");
    expect(shown([chunk("data", { name: "progress", value: { at: 3 } })]).text).toBe('∙ progress: {"at":3}\n');
  });
});

describe("the status line", () => {
  const step = chunk("step", { step: 3, max_steps: 50, tokens: 1_234, token_limit: 128_000 });

  it("shows what runs since when, the step and the context's size, as long as it fits", () => {
    const { view } = shown([step, call(), call("t2", "bash", { command: "ls" })]);
    const line = statusLine(view, 3_500, 200);
    expect(line).toMatch(
      /^\S list_files path="\." 2\.5 s, bash command="ls" 2\.5 s · step 3\/50 · 1234\/128k tokens$/u,
    );
    expect(statusLine(view, 3_500, 20)).toHaveLength(19);
    expect(statusLine(shown([call("t1", "看", { 文件: "很长的名字" })]).view, 3_500, 12)).toBe('⠴ 看 文件="');
  });

  it("says that the connection is lost", () => {
    expect(statusLine(shown([step, call()]).view, 0, 80, true)).toMatch(/^\S connection lost, trying again · step 3/u);
  });

  it("is not drawn into a line of text, and turns", () => {
    expect(statusLine(shown([step, says("half a li")]).view, 0, 80)).toBeNull();
    const { view } = shown([step, says("a line\n")]);
    expect(statusLine(view, 0, 80)).not.toBe(statusLine(view, 100, 80));
  });
});
