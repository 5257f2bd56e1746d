import { spawn } from "node:child_process";
import { join } from "node:path";
import { failure, reply, type Script, scriptByContent, startScriptedModel } from "@millrace/scripted-model";
import { describe, expect, it } from "vitest";
import { askModel, chatFlow } from "../../../examples/flows/chat-loop.ts";
import { flow } from "../../../examples/flows/runtime-stream.ts";

const examples = join(import.meta.dirname, "../../../examples/flows");

/** Runs an example with what is typed, to its end. */
async function run(
  file: string,
  typed = "",
  env: Record<string, string> = {},
): Promise<{ out: string; code: unknown }> {
  const child = spawn(process.execPath, [join(examples, file)], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ["pipe", "pipe", "inherit"],
    timeout: 20_000,
  });
  let out = "";
  child.stdout.setEncoding("utf8").on("data", (piece: string) => {
    out += piece;
  });
  child.stdin.end(typed);
  const [code] = await new Promise<unknown[]>((resolve) => child.on("close", (...closed) => resolve(closed)));
  return { out, code };
}

async function textOf(stream: AsyncIterable<string>): Promise<string> {
  let text = "";
  for await (const piece of stream) text += piece;
  return text;
}

async function* said(...lines: string[]): AsyncGenerator<string, void, undefined> {
  yield* lines;
}

const model = (script: Script) =>
  startScriptedModel({
    responder: scriptByContent([
      { when: "hello", script: reply("Hi 😀, who are you?", { size: 3 }) },
      { when: "Ada", script },
    ]),
  });

describe("the progress of a flow", () => {
  it("is streamed, and the value of end() is the result", async () => {
    const stream = flow.getRuntimeStream("start");
    const events: unknown[] = [];
    for await (const event of stream) events.push(event);
    expect(events).toEqual([1, 2, 3].map((step) => ({ step, status: "working" })));
    expect(await stream.result()).toBe("done");
  });

  it("is printed by the example as it stands", async () => {
    const { out, code } = await run("runtime-stream.ts");
    expect(out).toBe(
      `${[1, 2, 3].map((step) => `[stream] {"step":${step},"status":"working"}\n`).join("")}[result] done\n`,
    );
    expect(code).toBe(0);
  });
});

describe("the chat loop", () => {
  const prompt = "Question (type 'exit' to stop): ";

  it("answers line by line until someone types exit", async () => {
    await using server = await model(reply("Hi Ada!"));
    const ask = askModel({ base_url: server.url, model: "m" });
    const chat = chatFlow({ lines: said("hello", " Ada ", "EXIT", "never"), ask });
    expect(await textOf(chat.getRuntimeStream(undefined, { timeout: null }))).toBe(
      `${prompt}\n[user] hello\n[assistant] Hi 😀, who are you?\n` +
        `${prompt}\n[user] Ada\n[assistant] Hi Ada!\n${prompt}`,
    );
    expect(server.requests.map(({ body }) => body.messages)).toEqual([
      [{ role: "user", content: "hello" }],
      [{ role: "user", content: "Ada" }],
    ]);
  });

  it("says what failed, and stops", async () => {
    await using server = await model(failure(500, "broken"));
    const ask = askModel({ base_url: server.url, model: "m" });
    const text = await textOf(chatFlow({ lines: said("Ada", "hello"), ask }).getRuntimeStream());
    expect(text).toBe(`${prompt}\n[user] Ada\n[assistant] \n[error] The endpoint answered 500.\n`);
    expect(server.requests).toHaveLength(1);
  });

  it("closes the model's request when the reader leaves", async () => {
    await using server = await model([{ text: "half" }, { hang: true }]);
    const ask = askModel({ base_url: server.url, model: "m" });
    for await (const text of chatFlow({ lines: said("Ada"), ask }).getRuntimeStream()) if (text === "half") break;
    await server.requests[0]?.closed;
    expect(server.requests).toMatchObject([{ aborted: true }]);
  });

  it("runs as it stands, and ends with the input", async () => {
    await using server = await model(reply("Hi Ada!"));
    const { out, code } = await run("chat-loop.ts", "Ada\n", { OPENAI_BASE_URL: server.url });
    expect(out).toBe(`${prompt}\n[user] Ada\n[assistant] Hi Ada!\n${prompt}`);
    expect(code).toBe(0);
  });
});
