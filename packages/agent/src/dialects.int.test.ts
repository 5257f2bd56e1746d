import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { brokenRules } from "@millrace/protocol/testing";
import {
  type Action,
  bytes,
  floodText,
  numberedFlood,
  reasoning,
  reply,
  type Script,
  startScriptedModel,
  stepOf,
  text,
  toolCalls,
} from "@millrace/scripted-model";
import { describe, expect, it, vi } from "vitest";
import { z } from "zod";
import type { RunAgentInput } from "./input.ts";
import type { OpenAiModelOptions } from "./model/openai-model.ts";
import { KEY, type Ran, runAt, shown } from "./testing/run-at.ts";
import { defineTool } from "./tool.ts";

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
const resultsOf = ({ log }: Ran) => log.emitted().filter((event) => event.type === "tool_result");
const callsOf = ({ log }: Ran) => log.emitted().filter((event) => event.type === "tool_call");

const executed = vi.fn(async ({ a, b }: { a: number; b: number }) => ({ content: String(a + b) }));
const add = defineTool({
  name: "add",
  description: "Adds two numbers.",
  parameters: z.object({ a: z.number(), b: z.number() }),
  execute: executed,
});
const withTool = { tools: [add] };

const sse = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`;
const saying = (content: string): string => sse({ choices: [{ index: 0, delta: { content } }] });
const STOP = sse({ choices: [{ index: 0, delta: {}, finish_reason: "stop" }] });
const STREAM: Action = { status: 200, headers: { "content-type": "text/event-stream" } };
const fragment = (...tool_calls: object[]): Action => ({ delta: { tool_calls } });
const part = (fields: object, name?: string, args?: string): object => ({
  ...fields,
  function: { ...(name !== undefined && { name }), ...(args !== undefined && { arguments: args }) },
});

describe("dialects", () => {
  it("F65: characters cut at every byte are exact", async () => {
    const body = `\ufeff${saying("é😀\ufeff漢")}${STOP}`;
    const ran = await run([[STREAM, ...bytes(body, { size: 1 }), { cut: "end" }]]);
    expect(ran.end).toMatchObject({ type: "done", content: "é😀\ufeff漢" });
  });

  it.each<[string, string]>([
    ["CRLF", (saying("é") + STOP).replaceAll("\n", "\r\n")],
    ["CR", (saying("é") + STOP).replaceAll("\n", "\r")],
    ["no space", (saying("é") + STOP).replaceAll("data: ", "data:")],
    ["data on many lines", saying("é").replace('"delta"', '\ndata: "delta"') + STOP],
    ["other fields", `event: chunk\nid: 1\nretry: 5\n${saying("é")}: hi\n\n${STOP}`],
  ])("F66: %s, byte by byte, is read", async (_, body) => {
    const ran = await run([[STREAM, ...bytes(body, { size: 1 }), { cut: "end" }]]);
    expect(ran.end).toMatchObject({ type: "done", content: "é" });
  });

  const A = '{"a":1,"b":2}';
  const B = '{"a":3,"b":4}';
  it.each<[string, Action[], number]>([
    ["F68: no index", [fragment(part({ id: "a" }, "add", A)), fragment(part({ id: "b" }, "add", B))], 2],
    ["F68: no index, together", [fragment(part({ id: "a" }, "add", A), part({ id: "b" }, "add", B))], 2],
    [
      "F68: no index, an empty id",
      [fragment(part({ id: "a" }, "add", '{"a":1,')), fragment(part({ id: "" }, "", '"b":2}'))],
      1,
    ],
    [
      "F69: all with index 0",
      [fragment(part({ index: 0, id: "a" }, "add", A)), fragment(part({ index: 0, id: "b" }, "add", B))],
      2,
    ],
    [
      "F70: an id on every chunk",
      [fragment(part({ index: 0, id: "a" }, "add", "")), fragment(part({ index: 0, id: "a" }, undefined, A))],
      1,
    ],
    ["F70: no id", [fragment(part({ index: 0 }, "add", "")), fragment(part({ index: 0 }, undefined, A))], 1],
    [
      "F71: the name in pieces",
      [
        fragment(part({ index: 0, id: "a" }, "a", "")),
        fragment(part({ index: 0 }, "dd", "")),
        fragment(part({ index: 0 }, undefined, A)),
      ],
      1,
    ],
    [
      "F71: the name repeated",
      [fragment(part({ index: 0, id: "a" }, "add", '{"a":1,')), fragment(part({ index: 0, id: "a" }, "add", '"b":2}'))],
      1,
    ],
    ["F73: finish_reason stop", [fragment(part({ index: 0, id: "a" }, "add", A)), { finish: "stop" }], 1],
  ])("%s: the calls are right, and each has an id of its own", async (_, script, count) => {
    const ran = await run([script, OK], {}, withTool);
    expect(callsOf(ran).map(({ tool_name, args }) => [tool_name, args])).toEqual(
      [JSON.parse(A), JSON.parse(B)].slice(0, count).map((args) => ["add", args]),
    );
    expect(new Set(callsOf(ran).map(({ tool_call_id }) => tool_call_id)).size).toBe(count);
    expect(resultsOf(ran).map(({ content }) => content)).toEqual(["3", "7"].slice(0, count));
    expect(ran.end).toMatchObject({ type: "done", content: "ok", steps: 2 });
  });

  it("F71: a call of an unknown tool is told to the model", async () => {
    const ran = await run([toolCalls([{ id: "a", name: "nope", arguments: {} }]), OK], {}, withTool);
    expect(resultsOf(ran)).toMatchObject([{ outcome: "failed", content: expect.stringContaining("add") }]);
  });

  it.each([
    ["cut", '{"a":'],
    ["two objects", "{}{}"],
    ["empty", ""],
    ["null", "null"],
    ["an array", "[]"],
    ["10,000 levels deep", `{"a":${"[".repeat(10_000)}${"]".repeat(10_000)}}`],
  ])("F72: arguments that are %s are not run, told to the model and never sent back as they are", async (_, args) => {
    executed.mockClear();
    await using server = await startScriptedModel({
      responder: (request) => (stepOf(request) === 1 ? toolCalls([{ id: "a", name: "add", arguments: args }]) : OK),
    });
    const ran = await runAt(server.url, {}, withTool);
    expect(executed).not.toHaveBeenCalled();
    expect(resultsOf(ran)).toMatchObject([{ outcome: "failed" }]);
    expect(server.requests[1]?.body.messages).toMatchObject([
      { role: "user" },
      { role: "assistant", tool_calls: [{ function: { arguments: "{}" } }] },
      { role: "tool" },
    ]);
    expect(ran.end.type).toBe("done");
  });

  it.each<[string, Script, object]>([
    ["F73: tool_calls without a call", [...text("a"), { finish: "tool_calls" }], { reason: "completed", content: "a" }],
    ["F74: length", [...text("a"), { finish: "length" }], { reason: "length", content: "a" }],
    ["F74: content_filter", [...text("a"), { finish: "content_filter" }], { reason: "content_filter" }],
    ["F74: a refusal", [{ delta: { refusal: "I cannot." } }], { reason: "content_filter", content: "I cannot." }],
    ["F75: usage null", [...text("a"), { usage: null }], { usage: { total_tokens: 0 } }],
    ["F75: usage negative", [...text("a"), { usage: { prompt_tokens: -1, completion_tokens: 1 } }], { content: "a" }],
    ["F75: usage NaN", [...text("a"), { usage: { prompt_tokens: "NaN", completion_tokens: 1 } }], { content: "a" }],
    [
      "F75: usage twice",
      [
        ...text("a"),
        { usage: { prompt_tokens: 9, completion_tokens: 1 } },
        { usage: { prompt_tokens: 2, completion_tokens: 1 } },
      ],
      { usage: { total_tokens: 3 } },
    ],
    ["F76: choices []", [{ chunk: { choices: [] } }, ...text("a")], { content: "a" }],
    ["F76: delta null", [{ delta: null }, ...text("a")], { content: "a" }],
    [
      "F76: two choices",
      [
        {
          chunk: {
            choices: [
              { index: 1, delta: { content: "B" } },
              { index: 0, delta: { content: "a" } },
            ],
          },
        },
      ],
      { content: "a" },
    ],
    [
      "F76: content null and an array",
      [{ delta: { content: null } }, { delta: { content: [{ type: "text", text: "a" }] } }],
      { content: "a" },
    ],
    [
      "F77: JSON instead of a stream",
      [{ status: 200, body: { choices: [{ message: { content: "a" }, finish_reason: "stop" }] } }],
      { content: "a" },
    ],
    ["F81: trailers", [{ trailers: { "x-end": "1" } }, ...text("a")], { content: "a" }],
  ])("%s is tolerated", async (_, script, end) => {
    expect(await run([script])).toMatchObject({ end: { type: "done", ...end }, asked: 1 });
  });

  it.each<[string, Script]>([
    ["reasoning_content", reply("a", { reasoning: "hm" })],
    ["reasoning", [...reasoning("hm", { field: "reasoning" }), ...text("a")]],
    ["a think block", text("<think>hm</think>\n\na", { size: 1 })],
  ])("F76: %s is thinking", async (_, script) => {
    const ran = await run([script]);
    expect([shown(ran, "thinking"), shown(ran, "text")]).toEqual(["hm", "a"]);
  });

  it("a call as text is a call of a tool that is offered, and nothing of it is shown as text", async () => {
    const call = `<tool_call>\n{"name": "add", "arguments": ${A}}\n</tool_call>`;
    const ran = await run([text(`Let me see.\n${call}\n`, { size: 1 }), OK], {}, withTool);
    expect(resultsOf(ran)).toMatchObject([{ tool_name: "add", outcome: "completed", content: "3" }]);
    expect(shown(ran, "text")).toBe("Let me see.\nok");
    expect(await run([text(call.replace("add", "nope"), { size: 1 })], {}, withTool)).toMatchObject({
      end: { type: "done", content: call.replace("add", "nope"), steps: 1 },
    });
  });

  it("F77: a web page is a failure", async () => {
    const page: Action = { status: 200, headers: { "content-type": "text/html" }, body: "<html>Sign in</html>" };
    expect((await run([[page]])).end).toMatchObject({ type: "error", code: "bad_upstream" });
  });

  it("F79: ten thousand tokens at once make few events; a slow token is waited for", async () => {
    const fast = await run([numberedFlood({ count: 10_000 })]);
    expect(fast.end).toMatchObject({ type: "done", content: floodText({ count: 10_000 }) });
    expect(fast.log.types().length).toBeLessThan(2_000);
    const slow = await run([text("abcd", { size: 1, pace_ms: 100 })], { first_byte_ms: 300, idle_ms: 300 });
    expect(slow).toMatchObject({ end: { type: "done", content: "abcd" }, asked: 1 });
  });

  it("F80: a redirect is not followed, nor asked again", async () => {
    await using elsewhere = await startScriptedModel({ responder: () => OK });
    const location = `${elsewhere.url}/chat/completions`;
    const ran = await run([[{ status: 302, headers: { location }, body: "" }]]);
    expect(ran).toMatchObject({ end: { type: "error", code: "bad_upstream" }, asked: 1 });
    expect(elsewhere.requests).toHaveLength(0);
  });

  it("F81: after an error the connection, compressed or not, works", async () => {
    const ports = new Set<number | undefined>();
    let asked = 0;
    const server = createServer((request, response) => {
      ports.add(request.socket.remotePort);
      asked += 1;
      request.resume().once("end", () => {
        if (asked === 1) {
          response.writeHead(503, { "content-type": "application/json" }).end('{"error":{"message":"busy"}}');
          return;
        }
        response.writeHead(200, { "content-type": "text/event-stream", "content-encoding": "gzip" });
        response.end(gzipSync(saying("zip") + STOP));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const ran = await runAt(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    expect(ran.end).toMatchObject({ type: "done", content: "zip" });
    expect(ran.retries).toMatchObject([{ content: "busy" }]);
    expect(ports.size).toBe(1);
  });
});
