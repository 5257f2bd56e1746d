import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { addUsage, emptyView, fold, NO_USAGE, type ToolItem, type Usage, type View } from "@millrace/protocol";
import { type Responder, recordingResponder, text } from "@millrace/scripted-model";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { GatewayUnderTest } from "./gateway-under-test.ts";

/** Recorded streams of many providers; not part of the project. */
const FOLDER = join(import.meta.dirname, "../../../../shared/recordings");

interface Expected {
  readonly text: { readonly sha256: string };
  readonly reasoning: { readonly sha256: string };
  readonly tool_calls: readonly { name: string; arguments: unknown }[];
  readonly function_call: { name: string; arguments: unknown } | null;
  readonly finish_reason: string | null;
  readonly usage: unknown;
  readonly refusal: string | null;
  readonly error: unknown;
}

const absent = !existsSync(FOLDER);
const names = absent
  ? []
  : readdirSync(FOLDER).flatMap((file) => (file.endsWith(".jsonl") ? [file.slice(0, -".jsonl".length)] : []));

const sha256 = (content: string): string => createHash("sha256").update(content).digest("hex");

/** What the run's first step brought. */
function firstStep(view: View) {
  const items = view.turns[0]?.items ?? [];
  const steps = items.flatMap((item, index) => (item.kind === "step" ? [index] : []));
  const own = items.slice(steps[0], steps[1]);
  const joined = (kind: "text" | "thinking"): string =>
    own.map((item) => (item.kind === kind ? item.content : "")).join("");
  const calls = own.filter((item): item is ToolItem => item.kind === "tool");
  const step = own[0]?.kind === "step" ? own[0] : null;
  return { text: joined("text"), thinking: joined("thinking"), calls, output: step?.output ?? null };
}

describe.skipIf(absent)("recordings through the gateway", () => {
  let gateway: GatewayUnderTest;
  beforeAll(async () => {
    const replay: Responder = (request, context) => {
      const asked = request.messages.findLast(({ role }) => role === "user")?.content;
      const answered = request.messages.at(-1)?.role === "tool";
      if (answered) return text("Thank you.");
      return recordingResponder(join(FOLDER, `${String(asked)}.jsonl`), { timing: "fast" })(request, context);
    };
    gateway = await GatewayUnderTest.start({ responder: replay });
  });
  afterAll(() => gateway[Symbol.asyncDispose]());

  it.each(names)("%s gives the text, reasoning and calls that are in it", async (name) => {
    const expected = JSON.parse(readFileSync(join(FOLDER, `${name}.expected.json`), "utf8")) as Expected;
    const { json } = await gateway.http.post("/api/v1/agent/run", { message: name });
    const { session_id } = json as { session_id: string };
    const view = fold(emptyView(), await gateway.events(session_id));
    const { phase, usage } = view.turns[0] as View["turns"][number];
    if (expected.error !== null) {
      expect(phase).toMatchObject({ state: "error", reason: "model_error" });
      return;
    }
    const { text: said, thinking, calls, output } = firstStep(view);
    // A refusal is shown like an answer; how the run ends tells what it is.
    const { refusal } = expected;
    expect(phase).toMatchObject({ state: "done", ...(refusal !== null && { reason: "content_filter" }) });
    expect(sha256(said.trim())).toBe(refusal === null ? expected.text.sha256 : sha256(refusal));
    expect(sha256(thinking)).toBe(expected.reasoning.sha256);
    const legacy = expected.function_call === null ? [] : [expected.function_call];
    expect(calls.map((call) => [call.tool_name, call.args])).toEqual(
      [...expected.tool_calls, ...legacy].map((call) => [call.name, call.arguments]),
    );
    // Nobody offered these tools: each call is closed all the same.
    for (const call of calls) expect(call.phase).toMatchObject({ state: "ended", outcome: "failed" });
    const used = view.turns[0]?.items.flatMap((item) => (item.kind === "step" ? [item.output?.usage ?? NO_USAGE] : []));
    expect(usage).toEqual((used as Usage[]).reduce(addUsage, NO_USAGE));
    expect(output?.usage === null).toBe(expected.usage === null);
  });
});

it.runIf(absent)("recordings are absent: none went through the gateway", () => {
  expect(names).toEqual([]);
});
