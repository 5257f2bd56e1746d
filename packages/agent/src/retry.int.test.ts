import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { brokenRules } from "@millrace/protocol/testing";
import { type Action, failure, type Script, startScriptedModel, text } from "@millrace/scripted-model";
import { describe, expect, it } from "vitest";
import type { RunAgentInput } from "./input.ts";
import type { OpenAiModelOptions } from "./model/openai-model.ts";
import { KEY, type Ran, runAt, shown } from "./testing/run-at.ts";

/** A run whose endpoint answers its first request with the first script, and so on, the last one for ever. */
async function run(
  scripts: readonly Script[],
  options: Partial<OpenAiModelOptions> = {},
  change: Partial<RunAgentInput> = {},
): Promise<Ran & { readonly asked: number }> {
  let asked = 0;
  await using server = await startScriptedModel({
    responder: () => scripts[Math.min(asked++, scripts.length - 1)]!,
  });
  const ran = await runAt(server.url, options, change);
  expect(brokenRules(ran.log.events)).toEqual([]);
  expect(JSON.stringify(ran.log.events)).not.toContain(KEY);
  return { ...ran, asked };
}

const OK = text("ok");

describe("before anything is shown", () => {
  it.each<[string, Record<string, string>, number]>([
    ["2", { "retry-after": "2" }, 2_000],
    ["none", {}, 500],
    ["negative", { "retry-after": "-2" }, 500],
    ["abc", { "retry-after": "abc" }, 500],
    ["150 ms", { "retry-after-ms": "150", "retry-after": "2" }, 150],
  ])("F55: 429 with Retry-After %s waits as told, else by itself", async (_, headers, delay_ms) => {
    const ran = await run([failure(429, "slow down", { headers }), OK]);
    expect(ran.log.types()).toEqual(["step", "retry", "text_delta", "agent_output", "done"]);
    expect(ran.retries).toMatchObject([{ delay_ms, retry_attempt: 1, retry_max_attempts: 3, content: "slow down" }]);
    expect(ran.waits).toEqual([delay_ms]);
  });

  it("F55: 429 with Retry-After as a date waits until then, by the clock given", async () => {
    const now = Date.UTC(2026, 0, 15, 12);
    const headers = { "retry-after": new Date(now + 30_000).toUTCString() };
    const ran = await run([failure(429, "slow down", { headers }), OK], { now: () => now });
    expect(ran.waits).toEqual([30_000]);
    expect(ran.end.type).toBe("done");
  });

  it("F55: 429 with Retry-After 3600 is an error at once", async () => {
    const ran = await run([failure(429, "slow down", { headers: { "retry-after": "3600" } }), OK]);
    expect(ran.end).toMatchObject({ type: "error", code: "rate_limited", reason: "model_error", retryable: true });
    expect(ran).toMatchObject({ asked: 1, retries: [], waits: [] });
  });

  it.each([408, 409, 500, 502, 503, 529])("F56: %d with an HTML body is asked again", async (status) => {
    const page = `<html><style>p{}</style><p>Bad &nbsp;day, Bearer abc.def, ${KEY}</p>${"x ".repeat(5_000)}</html>`;
    const html: Action = { status, headers: { "content-type": "text/html" }, body: page };
    const ran = await run([[html], [html], OK]);
    expect(ran.log.types()).toEqual(["step", "retry", "retry", "text_delta", "agent_output", "done"]);
    expect(ran.waits).toEqual([500, 1_000]);
    const { content } = ran.retries[0]!;
    expect(content).toMatch(/^Bad day, Bearer \[redacted\], \[redacted\] x x/);
    expect(Buffer.byteLength(content)).toBeLessThanOrEqual(2048);
  });

  it("F56: 503 for ever is an error after three attempts", async () => {
    const ran = await run([failure(503, "overloaded")]);
    expect(ran.end).toMatchObject({ type: "error", code: "upstream_error", message: "overloaded", retryable: true });
    expect(ran.asked).toBe(3);
  });

  it.each<[string, Action[], string]>([
    ["400 context length", failure(400, "maximum context length is 10 tokens"), "context_length"],
    ["400", failure(400, "bad field"), "bad_request"],
    ["401", failure(401, `wrong key ${KEY}`), "unauthorized"],
    ["402", failure(402, "pay"), "payment_required"],
    ["403", failure(403, "no"), "forbidden"],
    ["404 model", failure(404, "no such model"), "unknown_model"],
    ["429 without credit", failure(429, "pay", { code: "insufficient_quota" }), "payment_required"],
  ])("F57: %s is not asked again", async (_, script, code) => {
    const ran = await run([script, OK]);
    expect(ran.end).toMatchObject({ type: "error", code, reason: "model_error", retryable: false });
    expect(ran).toMatchObject({ asked: 1, retries: [] });
  });

  it("F58: silence instead of headers is asked again", async () => {
    const ran = await run([[{ hang: true }], OK], { first_byte_ms: 100 });
    expect(ran.log.types()).toEqual(["step", "retry", "text_delta", "agent_output", "done"]);
  });

  it.each<[string, Script]>([
    ["no content", [{ finish: "stop" }]],
    ["white space", text(" \n")],
  ])("F78: an empty answer, %s, is asked again once", async (_, empty) => {
    expect((await run([empty, OK])).end).toMatchObject({ type: "done", content: "ok" });
    const ran = await run([empty]);
    expect(ran.end).toMatchObject({ type: "error", code: "empty_response", retryable: true });
    expect(ran).toMatchObject({ asked: 2 });
  });

  it("F82: refused, unknown and wrongly encrypted addresses have a code of their own", async () => {
    const closed = createServer(() => {});
    await new Promise<void>((resolve) => closed.listen(0, "127.0.0.1", resolve));
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    await using plain = await startScriptedModel({ responder: () => OK });
    const ends: [string, string][] = [
      [`http://127.0.0.1:${port}/v1`, "connection_refused"],
      ["http://no-such-host.invalid/v1", "host_not_found"],
      [plain.url.replace("http:", "https:"), "tls_error"],
    ];
    for (const [url, code] of ends) {
      const ran = await runAt(url, {});
      expect(ran.end).toMatchObject({ type: "error", code, retryable: true });
      expect(ran.retries).toHaveLength(2);
    }
  });
});

describe("in the middle of an answer", () => {
  it("F59: comments only are silence: asked again, once", async () => {
    const comments = Array.from({ length: 20 }, (): Action[] => [{ delay_ms: 25 }, { comment: "PROCESSING" }]).flat();
    const silent: Script = [...text("half"), ...comments, { hang: true }];
    expect((await run([silent, OK], { idle_ms: 200 })).end).toMatchObject({ type: "done", content: "ok" });
    const ran = await run([silent], { idle_ms: 200 });
    expect(ran.end).toMatchObject({ type: "error", code: "model_timeout" });
    expect(ran.asked).toBe(2);
  });

  it.each<[string, Action[], string, string]>([
    ["F60: a reset", [{ cut: "rst" }], "truncated", ""],
    ["F60: the connection's end", [{ cut: "fin" }], "truncated", ""],
    ["F60: the body's end without finish_reason", [{ cut: "end" }], "truncated", ""],
    ["F62: [DONE] without finish_reason", [{ done: true }], "truncated", ""],
    ["F63: an error chunk", [{ chunk: { error: { message: "boom", code: 502 } } }], "upstream_error", "boom"],
    [
      "F63: vLLM's error chunk",
      [{ chunk: { object: "error", message: "boom" } }, { cut: "end" }],
      "upstream_error",
      "boom",
    ],
    [
      "F63: an error event",
      [{ data: '{"error":{"message":"boom"}}', event: "error" }, { cut: "end" }],
      "upstream_error",
      "boom",
    ],
    ["F64: malformed JSON", [{ data: '{"private' }], "bad_upstream", ""],
    ["F74: the finish_reason error", [{ finish: "error" }], "upstream_error", ""],
    ["F74: a finish_reason nobody knows", [{ finish: "banana" }], "bad_upstream", ""],
  ])("%s is asked again once, without a word twice", async (_, broken, code, message) => {
    const half: Script = [...text("half an ans"), ...broken];
    const good = await run([half, text("the whole answer")]);
    expect(good.log.types()).toEqual(["step", "text_delta", "retry", "text_delta", "agent_output", "done"]);
    expect(shown(good, "text")).toBe("the whole answer");
    expect(good.end).toMatchObject({ type: "done", content: "the whole answer" });
    const bad = await run([half]);
    expect(bad.end).toMatchObject({ type: "error", code, reason: "model_error" });
    expect(bad.end).toMatchObject({ message: expect.stringContaining(message) });
    expect(JSON.stringify(bad.log.events)).not.toContain("private");
    expect(bad.asked).toBe(2);
    expect(shown(bad, "text")).toBe("half an ans");
  });

  it("F61: the end of the stream behind finish_reason, without [DONE], is success", async () => {
    for (const cut of ["end", "fin", "rst"] as const) {
      const ran = await run([[...text("a"), { finish: "stop" }, { cut }]]);
      expect(ran).toMatchObject({ end: { type: "done", content: "a" }, asked: 1 });
    }
  });

  it("F67: a line of 20 MiB ends the run, and is not asked for again", async () => {
    const big = Array.from({ length: 320 }, () => ({ raw: "x".repeat(65_536) }));
    const ran = await run([[...text("a"), { raw: "data: " }, ...big]]);
    expect(ran).toMatchObject({ end: { type: "error", code: "response_too_large" }, asked: 1 });
  });

  it("a stop while a retry waits ends the run at once", async () => {
    const stop = new AbortController();
    const sleep = async (): Promise<void> => stop.abort();
    const ran = await run([failure(503, "busy")], {}, { signal: stop.signal, clock: { now: Date.now, sleep } });
    expect(ran).toMatchObject({ end: { type: "cancelled", content: "" }, asked: 1 });
  });
});
