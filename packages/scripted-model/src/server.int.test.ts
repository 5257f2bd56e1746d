import { type ClientRequest, request as httpRequest, type IncomingMessage } from "node:http";
import { describe, expect, it } from "vitest";
import { secretDigest } from "./incoming.ts";
import { type Action, floodText, numberedFlood, reply, type Script, text, toolCalls } from "./script.ts";
import { type ScriptedModel, type ScriptedModelOptions, startScriptedModel } from "./server.ts";

function serve(script: Script, more: Partial<ScriptedModelOptions> = {}): Promise<ScriptedModel> {
  return startScriptedModel({ responder: () => script, ...more });
}

function ask(model: ScriptedModel, more: object = {}, init: RequestInit = {}): Promise<Response> {
  const body = JSON.stringify({ model: "m", stream: true, messages: [{ role: "user", content: "hi" }], ...more });
  return fetch(`${model.url}/chat/completions`, { method: "POST", body, ...init });
}

/** A client that can stop reading, and whose socket can be looked at. */
function open(model: ScriptedModel): Promise<{ sent: ClientRequest; response: IncomingMessage }> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(`${model.url}/chat/completions`, { method: "POST" }, (response) => {
      resolve({ sent, response });
    });
    sent.on("error", reject);
    sent.end(JSON.stringify({ model: "m", stream: true, messages: [{ role: "user", content: "hi" }] }));
  });
}

async function readText(response: Response): Promise<string> {
  const body = await response.text();
  return [...body.matchAll(/"content":("(?:[^"\\]|\\.)*")/gu)].map(([, json]) => JSON.parse(json ?? '""')).join("");
}

describe("the server", () => {
  it("streams an SSE body on the loopback address", async () => {
    await using model = await serve(reply("Hi 😀", { size: 1 }));
    expect(model.url).toBe(`http://127.0.0.1:${model.port}/v1`);
    const response = await ask(model);
    expect(response.headers.get("content-type")).toMatch(/^text\/event-stream/u);
    expect(await readText(response)).toBe("Hi 😀");
  });

  it("folds the same script into one JSON answer without `stream`", async () => {
    await using model = await serve([
      ...reply("Hi", { reasoning: "hm" }),
      ...toolCalls([{ id: "a", name: "t", arguments: { x: 1 }, fragments: 3 }]),
    ]);
    expect(await (await ask(model, { stream: false })).json()).toMatchObject({
      object: "chat.completion",
      model: "m",
      choices: [
        {
          message: {
            role: "assistant",
            content: "Hi",
            reasoning_content: "hm",
            tool_calls: [{ id: "a", type: "function", function: { name: "t", arguments: '{"x":1}' } }],
          },
          finish_reason: "tool_calls",
        },
      ],
      usage: { total_tokens: expect.any(Number) },
    });
  });

  it("lists its models and refuses others", async () => {
    await using model = await serve(reply("Hi"), { models: ["m", "n"] });
    expect(await (await fetch(`${model.url}/models`)).json()).toMatchObject({
      object: "list",
      data: [{ id: "m" }, { id: "n" }],
    });
    expect((await ask(model)).status).toBe(200);
    const refused = await ask(model, { model: "other" });
    expect(refused.status).toBe(404);
    expect(await refused.json()).toMatchObject({
      error: { type: "invalid_request_error", code: "model_not_found", message: expect.stringContaining("other") },
    });
  });

  it.each([
    ["{", 400, "invalid_json"],
    ["[]", 400, "invalid_json"],
    ['{"messages":[{"role":"user"}]}', 400, "missing_model"],
    ['{"model":"m"}', 400, "missing_messages"],
    ['{"model":"m","messages":[]}', 400, "missing_messages"],
    ['{"model":"m","messages":[{"role":"user"},1]}', 400, "invalid_message"],
  ])("refuses %s in OpenAI's error shape", async (body, status, code) => {
    await using model = await serve(reply("Hi"));
    const response = await fetch(`${model.url}/chat/completions`, { method: "POST", body });
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error: { message: expect.any(String), code } });
    expect(model.requests).toHaveLength(0);
  });

  it("refuses other paths and methods", async () => {
    await using model = await serve(reply("Hi"));
    expect((await fetch(`${model.url}/embeddings`)).status).toBe(404);
    const wrong = await fetch(`${model.url}/chat/completions`);
    expect([wrong.status, wrong.headers.get("allow")]).toEqual([405, "POST"]);
  });

  it("keeps requests without their secrets, and no more than it is told to", async () => {
    await using model = await serve(reply("Hi"), { maxRequestsKept: 2 });
    const seen: number[] = [];
    const stop = model.onRequest(({ index }) => seen.push(index));
    for (const key of ["one", "two", "three"]) {
      await (await ask(model, {}, { headers: { authorization: `Bearer ${key}` } })).text();
    }
    stop();
    await (await ask(model, { model: "other" })).text();
    expect(seen).toEqual([0, 1, 2]);
    expect(model.requests.map(({ index, attempt }) => [index, attempt])).toEqual([
      [2, 3],
      [3, 1],
    ]);
    expect(model.requests[0]?.headers.authorization).toBe(secretDigest("Bearer three"));
    expect(JSON.stringify(model.requests)).not.toContain("Bearer");
    expect(model.requests[0]).toMatchObject({ ended: true, aborted: false });
  });

  it("answers 500 with the responder's own fault", async () => {
    await using model = await startScriptedModel({
      responder: () => {
        throw new Error("no idea");
      },
    });
    const response = await ask(model);
    expect(response.status).toBe(500);
    expect(await response.json()).toMatchObject({ error: { message: expect.stringContaining("no idea") } });
  });

  it("rejects where the port is taken, and frees it when closed", async () => {
    const model = await serve([{ hang: true }]);
    await expect(serve(reply("Hi"), { port: model.port })).rejects.toThrow("EADDRINUSE");
    const hanging = ask(model).catch((error: unknown) => error);
    await new Promise<void>((resolve) => model.onRequest(() => resolve()));
    await model.close();
    expect(await hanging).toBeInstanceOf(TypeError);
    expect(model.requests[0]?.aborted).toBe(false);
    await using again = await serve(reply("Hi"), { port: model.port });
    expect(again.port).toBe(model.port);
  });
});

describe("faults", () => {
  it("F55, F56, F77, F80: any status, headers and body", async () => {
    const busy: Action = { status: 429, headers: { "retry-after": "2" }, body: "<html>busy</html>" };
    await using limited = await serve([busy]);
    const response = await ask(limited);
    expect([response.status, response.headers.get("retry-after"), await response.text()]).toEqual([
      429,
      "2",
      "<html>busy</html>",
    ]);
    await using moved = await serve([{ status: 302, headers: { location: "http://127.0.0.1:9/v1" }, body: "" }]);
    expect((await ask(moved, {}, { redirect: "manual" })).headers.get("location")).toBe("http://127.0.0.1:9/v1");
    await using plain = await serve([{ status: 200, body: { choices: [] } }]);
    expect((await ask(plain)).headers.get("content-type")).toBe("application/json");
  });

  it("F58: hangs before the headers, until the client leaves", async () => {
    await using model = await serve([{ hang: true }]);
    const leave = new AbortController();
    model.onRequest(() => leave.abort());
    await expect(ask(model, {}, { signal: leave.signal })).rejects.toThrow("aborted");
    await model.requests[0]?.closed;
    expect(model.requests[0]).toMatchObject({ aborted: true, ended: false });
  });

  it("F59: hangs after comments", async () => {
    await using model = await serve([{ comment: "PROCESSING" }, { hang: true }]);
    const { sent, response } = await open(model);
    const [first] = await Promise.all([new Promise((resolve) => response.once("data", resolve))]);
    expect(String(first)).toBe(": PROCESSING\n\n");
    response.on("error", () => {});
    sent.destroy();
    await model.requests[0]?.closed;
    expect(model.requests[0]?.aborted).toBe(true);
  });

  it.each([
    ["fin", /other side closed|terminated/u],
    ["rst", /ECONNRESET|terminated/u],
  ] as const)("F60: cut by %s, after everything before has arrived", async (cut, cause) => {
    await using model = await serve([...text("x".repeat(5000), { size: 50 }), { cut }]);
    const response = await ask(model);
    const received: string[] = [];
    const reading = (async () => {
      const decoder = new TextDecoder();
      for await (const part of response.body ?? []) {
        received.push(decoder.decode(part as Uint8Array, { stream: true }));
      }
    })();
    const fault = await reading.catch((error: unknown) => error);
    expect(`${fault} ${(fault as Error).cause}`).toMatch(cause);
    expect(received.join("").match(/x{50}/gu)).toHaveLength(100);
    await model.requests[0]?.closed;
    expect(model.requests[0]).toMatchObject({ ended: true, aborted: false });
  });

  it("F81: trailers, and the connection used again after an error", async () => {
    await using model = await serve([{ trailers: { "x-end": "yes" } }, ...reply("Hi")]);
    const { response } = await open(model);
    response.resume();
    await new Promise((resolve) => response.once("end", resolve));
    expect(response.trailers["x-end"]).toBe("yes");
  });
});

describe("flow", () => {
  it("delivers a numbered flood complete", async () => {
    await using model = await serve(numberedFlood({ count: 20_000, perChunk: 4 }));
    expect(await readText(await ask(model))).toBe(floodText({ count: 20_000 }));
  });

  it("waits for a client that does not read, and stops when it leaves", async () => {
    let made = 0;
    function* long(): Generator<Action> {
      while (made < 20_000) {
        made += 1;
        yield { text: "x".repeat(10_000) };
      }
    }
    await using model = await startScriptedModel({ responder: long });
    const { sent, response } = await open(model);
    response.on("error", () => {});
    response.pause();
    let before = -1;
    while (made !== before) {
      before = made;
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
    expect(made).toBeGreaterThan(1);
    expect(made * 10_000).toBeLessThan(64 * 1024 * 1024);
    sent.destroy();
    await model.requests[0]?.closed;
    expect(model.requests[0]).toMatchObject({ aborted: true, ended: false });
    const atClose = made;
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(made - atClose).toBeLessThanOrEqual(1);
  });
});
