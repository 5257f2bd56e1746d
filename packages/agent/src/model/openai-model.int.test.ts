import { createHash } from "node:crypto";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type Action, bytes, failure, type Script, startScriptedModel, text } from "@millrace/scripted-model";
import { describe, expect, it } from "vitest";
import { type ModelChunk, ModelError, type ModelRequest } from "../model-port.ts";
import { type OpenAiModelOptions, openAiModel } from "./openai-model.ts";

const KEY = "sk-secret-1234567890";
const REQUEST: ModelRequest = {
  system: null,
  messages: [{ role: "user", content: "hi" }],
  tools: [],
  thinking: null,
};

interface Read {
  readonly chunks: ModelChunk[];
  readonly text: string;
  readonly error: ModelError | null;
}

async function ask(options: Partial<OpenAiModelOptions> & { base_url: string }, signal?: AbortSignal): Promise<Read> {
  const chunks: ModelChunk[] = [];
  let error: ModelError | null = null;
  const model = openAiModel({ api_key: KEY, model: "m", ...options });
  try {
    for await (const read of model.stream(REQUEST, signal ?? new AbortController().signal)) chunks.push(...read);
  } catch (thrown) {
    if (!(thrown instanceof ModelError)) throw thrown;
    error = thrown;
  }
  return { chunks, text: chunks.map((chunk) => (chunk.type === "text" ? chunk.text : "")).join(""), error };
}

/** How scripted-model notes down credentials. */
const hashed = (text: string): string => `sha256:${createHash("sha256").update(text).digest("hex").slice(0, 16)}`;

async function scripted(script: Script, options: Partial<OpenAiModelOptions> = {}): Promise<Read> {
  await using server = await startScriptedModel({ responder: () => script });
  return await ask({ base_url: server.url, ...options });
}

async function listening(handler: RequestListener): Promise<{ url: string; server: Server } & AsyncDisposable> {
  const server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url, server, [Symbol.asyncDispose]: close };
}

const sse = (...data: string[]): string => data.map((line) => `data: ${line}\n\n`).join("");
const delta = (content: string): string => JSON.stringify({ choices: [{ index: 0, delta: { content } }] });
const stop = JSON.stringify({ choices: [{ index: 0, delta: {}, finish_reason: "stop" }] });

describe("an answer over HTTP", () => {
  it("arrives with its text, finish and usage", async () => {
    const read = await scripted(text("Hello, wörld 😀", { size: 3 }));
    expect(read).toMatchObject({ text: "Hello, wörld 😀", error: null });
    expect(read.chunks.some(({ type }) => type === "finish")).toBe(true);
    expect(read.chunks.some(({ type }) => type === "usage")).toBe(true);
  });

  it("is exact when it comes byte by byte (F65, F66)", async () => {
    const body = `\ufeff: hello\r\n\r\n${sse(delta("é😀\ufeff")).replaceAll("\n", "\r\n")}${sse(stop)}data: [DONE]\n\n`;
    const headers: Action = { status: 200, headers: { "content-type": "text/event-stream" } };
    const read = await scripted([headers, ...bytes(body, { size: 1 }), { cut: "end" }]);
    expect(read).toMatchObject({ text: "é😀\ufeff", error: null });
  });

  it("leaves the connection open for the next one", async () => {
    const ports = new Set<number | undefined>();
    await using server = await listening((request, response) => {
      ports.add(request.socket.remotePort);
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(sse(delta("a"), stop, "[DONE]"));
      setImmediate(() => response.end());
    });
    const model = openAiModel({ base_url: server.url, model: "m" });
    for (let at = 0; at < 5; at += 1) {
      for await (const _ of model.stream(REQUEST, new AbortController().signal));
      await new Promise(setImmediate);
    }
    expect(ports.size).toBe(1);
  });

  it("does not wait for an endpoint that keeps its body open after [DONE] (F75)", async () => {
    await using server = await listening((_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(sse(delta("a"), stop, "[DONE]"));
    });
    const began = Date.now();
    expect(await ask({ base_url: server.url })).toMatchObject({ text: "a", error: null });
    expect(Date.now() - began).toBeLessThan(3_000);
  });

  it("may come whole as JSON although a stream was asked for (F77)", async () => {
    const body = { choices: [{ message: { role: "assistant", content: "whole" }, finish_reason: "stop" }] };
    expect(await scripted([{ status: 200, body }])).toMatchObject({ text: "whole", error: null });
  });

  it("compressed, with trailers, is read (F81)", async () => {
    const { gzipSync } = await import("node:zlib");
    await using server = await listening((_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream", "content-encoding": "gzip", trailer: "x-end" });
      response.addTrailers({ "x-end": "1" });
      response.end(gzipSync(sse(delta("zip"), stop, "[DONE]")));
    });
    expect(await ask({ base_url: server.url })).toMatchObject({ text: "zip", error: null });
  });
});

describe("a request", () => {
  it("T23: has the headers of its endpoint, which may be its credentials, and no message shows them", async () => {
    await using server = await startScriptedModel({ responder: () => text("ok") });
    const headers = { "x-team": "canary-team", Authorization: "Basic canary-basic" };
    await ask({ base_url: server.url, api_key: undefined, headers });
    await ask({ base_url: server.url, headers: { "x-team": "canary-team" } });
    expect(server.requests.map((record) => [record.headers["x-team"], record.headers.authorization])).toEqual([
      ["canary-team", hashed("Basic canary-basic")],
      ["canary-team", hashed(`Bearer ${KEY}`)],
    ]);
    await using strict = await listening((_, response) => {
      response.writeHead(401, { "content-type": "application/json" });
      response.end(JSON.stringify({ error: { message: "Who is Basic canary-basic of canary-team?" } }));
    });
    const { error } = await ask({ base_url: strict.url, headers });
    expect(error?.message).toContain("Who is");
    expect(error?.message).not.toContain("canary");
  });

  it("has the conversation in the API's form, and the key only where there is one", async () => {
    await using server = await startScriptedModel({ responder: () => text("ok") });
    const request: ModelRequest = {
      system: "Be kind.",
      messages: [
        { role: "user", content: "hi" },
        { role: "assistant", content: "", tool_calls: [{ id: "c1", name: "echo", arguments: "{}" }] },
        { role: "tool", tool_call_id: "c1", content: "x" },
      ],
      tools: [{ name: "echo", description: "d", parameters: { type: "object" } }],
      thinking: { enabled: true, budget: 100 },
    };
    const model = openAiModel({ base_url: server.url, model: "m" });
    for await (const _ of model.stream(request, new AbortController().signal));
    const [record] = server.requests;
    expect(record?.headers.authorization).toBeUndefined();
    expect(record?.body).toEqual({
      model: "m",
      messages: [
        { role: "system", content: "Be kind." },
        { role: "user", content: "hi" },
        {
          role: "assistant",
          content: null,
          tool_calls: [{ id: "c1", type: "function", function: { name: "echo", arguments: "{}" } }],
        },
        { role: "tool", tool_call_id: "c1", content: "x" },
      ],
      tools: [{ type: "function", function: { name: "echo", description: "d", parameters: { type: "object" } } }],
      stream: true,
      stream_options: { include_usage: true },
      reasoning_effort: "low",
    });
  });

  it.each(["before the headers", "in the middle"])("that is stopped %s is closed upstream at once", async (when) => {
    const script: Action[] = [...(when === "in the middle" ? text("a") : []), { hang: true }];
    await using server = await startScriptedModel({ responder: () => script });
    const stopping = new AbortController();
    const arrived = new Promise<void>((resolve) => server.onRequest(() => resolve()));
    const model = openAiModel({ base_url: server.url, model: "m" });
    const first = Promise.withResolvers<void>();
    const reading = (async () => {
      for await (const _ of model.stream(REQUEST, stopping.signal)) first.resolve();
    })().catch(() => {});
    await (when === "in the middle" ? first.promise : arrived);
    const began = Date.now();
    stopping.abort();
    await server.requests[0]!.closed;
    expect(server.requests[0]).toMatchObject({ aborted: true });
    expect(Date.now() - began).toBeLessThan(300);
    await reading;
  });

  it("is closed upstream when its reader leaves", async () => {
    await using server = await startScriptedModel({ responder: () => [...text("a"), { hang: true }] });
    const model = openAiModel({ base_url: server.url, model: "m" });
    for await (const _ of model.stream(REQUEST, new AbortController().signal)) break;
    await server.requests[0]!.closed;
    expect(server.requests[0]).toMatchObject({ aborted: true });
  });

  it("does not follow a redirect with the key (F80)", async () => {
    let followed = 0;
    await using elsewhere = await listening((_, response) => {
      followed += 1;
      response.end("{}");
    });
    await using server = await listening((_, response) => {
      response.writeHead(302, { location: `${elsewhere.url}/chat/completions` });
      response.end();
    });
    const read = await ask({ base_url: server.url });
    expect(read.error).toMatchObject({ code: "bad_upstream", retryable: false, status: 302 });
    expect(followed).toBe(0);
  });
});

describe("a failure", () => {
  it.each<[string, Action[], string, boolean]>([
    ["400 with a context length", failure(400, "maximum context length is 10", {}), "context_length", false],
    ["400 by code", failure(400, "no", { code: "context_length_exceeded" }), "context_length", false],
    ["400", failure(400, "bad field"), "bad_request", false],
    ["401", failure(401, "no key"), "unauthorized", false],
    ["402", failure(402, "pay"), "payment_required", false],
    ["403", failure(403, "no"), "forbidden", false],
    ["404", failure(404, "no such model"), "unknown_model", false],
    ["408", failure(408, "slow"), "model_timeout", true],
    ["429", failure(429, "slow down"), "rate_limited", true],
    ["429 without credit", failure(429, "pay", { code: "insufficient_quota" }), "payment_required", false],
    ["500", failure(500, "oops"), "upstream_error", true],
    ["529", failure(529, "overloaded"), "upstream_error", true],
  ])("%s has its own code (F56, F57)", async (_, script, code, retryable) => {
    expect((await scripted(script)).error).toMatchObject({ code, retryable });
  });

  it.each<[string, unknown, number, string, string]>([
    ["SiliconFlow", { code: 20015, message: "boom", data: null }, 400, "bad_request", "boom"],
    ["FastAPI", { detail: "boom" }, 422, "bad_request", "boom"],
    [
      "FastAPI, with places",
      { detail: [{ loc: ["body"], msg: "boom" }] },
      422,
      "bad_request",
      '[{"loc":["body"],"msg":"boom"}]',
    ],
    ["vLLM", { object: "error", message: "boom", type: "BadRequestError", code: 400 }, 400, "bad_request", "boom"],
    ["Gemini", [{ error: { code: 400, message: "boom", status: "INVALID_ARGUMENT" } }], 400, "bad_request", "boom"],
    ["Ollama's own API", { error: "boom" }, 400, "bad_request", "boom"],
    [
      "a router",
      { error: { message: "Provider returned error", metadata: { raw: "boom" } } },
      400,
      "bad_request",
      "Provider returned error: boom",
    ],
    ["a text", '"boom"', 400, "bad_request", "boom"],
    ["nobody", {}, 400, "bad_request", "The model's endpoint answered with status 400."],
  ])("of %s is told in its words (F56)", async (_, body, status, code, message) => {
    const headers = { "content-type": "application/json" };
    expect(
      (await scripted([{ status, headers, body: typeof body === "string" ? body : JSON.stringify(body) }])).error,
    ).toMatchObject({ code, status, message });
  });

  it("with an HTML body is told in a few clean words (F56)", async () => {
    const body = `<html><head><style>p{}</style></head><body><p>Bad gateway</p>${"x ".repeat(5000)}</body></html>`;
    const { error } = await scripted([{ status: 502, headers: { "content-type": "text/html" }, body }]);
    expect(error).toMatchObject({ code: "upstream_error", status: 502 });
    expect(error!.message).toMatch(/^Bad gateway x x/);
    expect(Buffer.byteLength(error!.message)).toBeLessThanOrEqual(2048);
  });

  it("never repeats a secret", async () => {
    const message = `Incorrect API key provided: ${KEY}. Also sk-proj-abcdefghijkl and Bearer abc.def.ghi`;
    const { error } = await scripted(failure(401, message));
    expect(error!.message).toBe("Incorrect API key provided: [redacted]. Also [redacted] and Bearer [redacted]");
  });

  it("whose body never ends is read in part", async () => {
    await using server = await listening((_, response) => {
      response.writeHead(500, { "content-type": "text/plain" });
      const more = (): void => {
        while (!response.destroyed && response.write("x".repeat(16_384)));
        if (!response.destroyed) response.once("drain", more);
      };
      more();
    });
    expect((await ask({ base_url: server.url })).error).toMatchObject({ code: "upstream_error" });
  });

  it.each<[string, Action[], string]>([
    ["reset (F60)", [...text("a"), { cut: "rst" }], "truncated"],
    ["closed inside the body (F60)", [...text("a"), { cut: "fin" }], "truncated"],
    ["ended without finish_reason (F60)", [...text("a"), { cut: "end" }], "truncated"],
    ["[DONE] without finish_reason (F62)", [...text("a"), { done: true }], "truncated"],
    ["an error chunk (F63)", [...text("a"), { chunk: { error: { message: "boom", code: 502 } } }], "upstream_error"],
    ["a named error event (F63)", [...text("a"), { data: '{"message":"boom"}', event: "error" }], "upstream_error"],
    ["malformed JSON (F64)", [...text("a"), { data: '{"secret' }], "bad_upstream"],
    [
      "a web page (F77)",
      [{ status: 200, headers: { "content-type": "text/html" }, body: "<html>login</html>" }],
      "bad_upstream",
    ],
  ])("in the stream: %s", async (_, script, code) => {
    const { error } = await scripted(script);
    expect(error).toMatchObject({ code });
    expect(error!.message).not.toContain("secret");
  });

  it("is none where the connection breaks after the finish_reason (F61)", async () => {
    expect(await scripted([...text("a"), { finish: "stop" }, { cut: "rst" }])).toMatchObject({
      text: "a",
      error: null,
    });
  });

  it("is a line of 20 MiB, long before its end (F67)", async () => {
    const big = Array.from({ length: 320 }, () => ({ raw: "x".repeat(65_536) }));
    const { error } = await scripted([...text("a"), { raw: "data: " }, ...big]);
    expect(error).toMatchObject({ code: "response_too_large" });
  });

  it("is silence before the first byte, and after it (F58)", async () => {
    expect((await scripted([{ hang: true }], { first_byte_ms: 100 })).error).toMatchObject({ code: "model_timeout" });
    const silent = await scripted([...text("a"), { hang: true }], { idle_ms: 100 });
    expect(silent).toMatchObject({ text: "a", error: { code: "model_timeout", retryable: true } });
  });

  it("is an endpoint that sends comments only (F59)", async () => {
    await using server = await listening((_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      const timer = setInterval(() => response.write(": PROCESSING\n\n"), 20);
      response.once("close", () => clearInterval(timer));
    });
    expect((await ask({ base_url: server.url, first_byte_ms: 300 })).error).toMatchObject({ code: "model_timeout" });
  });

  it("of the connection has its own code, and no key in it (F82)", async () => {
    const server = await listening(() => {});
    await server[Symbol.asyncDispose]();
    const refused = await ask({ base_url: server.url });
    expect(refused.error).toMatchObject({ code: "connection_refused", retryable: true });
    const unknown = await ask({ base_url: "http://no-such-host.invalid/v1" });
    expect(unknown.error).toMatchObject({ code: "host_not_found" });
    await using plain = await listening((_, response) => response.end());
    const tls = await ask({ base_url: plain.url.replace("http:", "https:") });
    expect(tls.error).toMatchObject({ code: "tls_error" });
    for (const { error } of [refused, unknown, tls]) expect(error!.message).not.toContain(KEY);
  });

  it("leaves the next request working (F81)", async () => {
    let requests = 0;
    await using server = await startScriptedModel({
      responder: () => (++requests === 1 ? failure(500, "oops") : text("ok")),
    });
    expect((await ask({ base_url: server.url })).error).not.toBeNull();
    expect(await ask({ base_url: server.url })).toMatchObject({ text: "ok", error: null });
  });
});
