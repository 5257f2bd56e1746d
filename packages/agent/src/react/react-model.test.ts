import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ChatStream } from "../model/chat-stream.ts";
import { type ModelChunk, ModelError, type ModelPort, type ModelRequest } from "../model-port.ts";
import { reactModel } from "./react-model.ts";

const REQUEST: ModelRequest = {
  system: "Be kind.",
  messages: [{ role: "user", content: "hi" }],
  tools: [
    {
      name: "search",
      description: "Finds pages.",
      parameters: { type: "object", properties: { q: { type: "string" } } },
    },
  ],
  thinking: { enabled: true },
};
const STOP: ModelChunk = { type: "finish", reason: "stop" };
const USAGE: ModelChunk = { type: "usage", usage: { input_tokens: 1, output_tokens: 2, total_tokens: 3 } };

const text = (said: string): ModelChunk => ({ type: "text", text: said });

interface Scripted extends ModelPort {
  readonly requests: ModelRequest[];
  /** Reads that were taken, and whether the answer was closed before its end. */
  taken: number;
  closed: boolean;
}

function scripted(...reads: (readonly ModelChunk[] | ModelError)[]): Scripted {
  const port: Scripted = {
    id: "m",
    requests: [],
    taken: 0,
    closed: false,
    async *stream(request) {
      port.requests.push(request);
      port.closed = true;
      for (const read of reads) {
        if (read instanceof ModelError) throw read;
        port.taken += 1;
        yield read;
      }
      port.closed = false;
    },
  };
  return port;
}

async function ask(port: ModelPort, request: ModelRequest = REQUEST): Promise<ModelChunk[]> {
  const chunks: ModelChunk[] = [];
  for await (const read of reactModel(port).stream(request, new AbortController().signal)) {
    expect(read.length).toBeGreaterThan(0);
    chunks.push(...read);
  }
  return chunks;
}

describe("what the model is asked", () => {
  it("holds the tools in its prompt, behind the agent's own, and none in the request", async () => {
    const port = scripted([text("ok"), STOP]);
    await ask(port);
    const [request] = port.requests;
    expect(request).toMatchObject({ tools: [], thinking: { enabled: true }, messages: REQUEST.messages });
    expect(request!.system).toMatch(/^Be kind\.\n\n/);
    for (const part of [
      "### search\nFinds pages.",
      '"properties":{"q":{"type":"string"}}',
      "Thought:",
      "Action:",
      "Action Input:",
      "Observation:",
      "Answer:",
    ]) {
      expect(request!.system).toContain(part);
    }
  });

  it("is the system prompt as it was where there are no tools", async () => {
    const port = scripted([text("ok"), STOP]);
    await ask(port, { ...REQUEST, tools: [] });
    expect(port.requests[0]!.system).toBe("Be kind.");
  });

  it("has past calls as text, one after another, and roles that alternate", async () => {
    const port = scripted([text("ok"), STOP]);
    const call = (id: string, q: string) => ({ id, name: "search", arguments: JSON.stringify({ q }) });
    await ask(port, {
      ...REQUEST,
      messages: [
        { role: "user", content: "hi" },
        { role: "assistant", content: "I look.", tool_calls: [call("a", "x"), call("b", "y")] },
        { role: "tool", tool_call_id: "a", content: "1" },
        { role: "tool", tool_call_id: "b", content: "2" },
        { role: "user", content: "hurry" },
        { role: "assistant", content: "", tool_calls: [call("a", "z")] },
        { role: "tool", tool_call_id: "a", content: "3" },
        { role: "assistant", content: "Done.", tool_calls: [] },
        { role: "user", content: "thanks" },
        { role: "user", content: "bye" },
      ],
    });
    expect(port.requests[0]!.messages.map(({ role, content }) => [role, content])).toEqual([
      ["user", "hi"],
      ["assistant", 'Thought: I look.\nAction: search\nAction Input: {"q":"x"}'],
      ["user", "Observation: 1"],
      ["assistant", 'Thought: I need to use a tool.\nAction: search\nAction Input: {"q":"y"}'],
      ["user", "Observation: 2\n\nhurry"],
      ["assistant", 'Thought: I need to use a tool.\nAction: search\nAction Input: {"q":"z"}'],
      ["user", "Observation: 3"],
      ["assistant", "Thought: I can answer now.\nAnswer: Done."],
      ["user", "thanks\n\nbye"],
    ]);
  });
});

describe("what it answers", () => {
  const CALL = 'Action: search\nAction Input: {"q": "x"}';

  it("is thought, text and the reason why it ended", async () => {
    expect(await ask(scripted([text("Thought: hm\n")], [text("Answer: yes\n"), STOP], [USAGE]))).toEqual([
      { type: "reasoning", text: "hm" },
      text("yes"),
      USAGE,
      STOP,
    ]);
  });

  it("is a call that ended for tool_calls", async () => {
    expect(await ask(scripted([text(`Thought: hm\n${CALL}`)], [STOP]))).toEqual([
      { type: "reasoning", text: "hm" },
      { type: "tool_call", name: "search", arguments: '{"q": "x"}' },
      { type: "finish", reason: "tool_calls" },
    ]);
  });

  it("is closed where the model makes up a result", async () => {
    const port = scripted([text(CALL)], [text("\nObservation: 5")], [text("\nAnswer: no")], [STOP]);
    expect((await ask(port)).map(({ type }) => type)).toEqual(["tool_call", "finish"]);
    expect(port).toMatchObject({ taken: 2, closed: true });
  });

  it("keeps reasoning of the endpoint's own apart from the thought", async () => {
    const chunks = await ask(scripted([{ type: "reasoning", text: "deep" }], [text("Thought: hm\nAnswer: a"), STOP]));
    expect(chunks.slice(0, 3)).toEqual([
      { type: "reasoning", text: "deep" },
      { type: "reasoning", text: "\nhm" },
      text("a"),
    ]);
  });

  it("ends for the reason the endpoint gave where it was cut", async () => {
    const length: ModelChunk = { type: "finish", reason: "length" };
    expect((await ask(scripted([text('Action: search\nAction Input: {"q'), length]))).at(-1)).toEqual(length);
    expect((await ask(scripted([text("Answer: a"), length]))).at(-1)).toEqual(length);
  });

  it("has no end where the endpoint gave none, and fails where it fails", async () => {
    expect(await ask(scripted([text("Answer: a")]))).toEqual([text("a")]);
    const error = new ModelError("truncated", "cut", { retryable: true });
    await expect(ask(scripted([text("Answer: a")], error))).rejects.toBe(error);
  });
});

const RECORDING = join(import.meta.dirname, "../../../../../shared/recordings/siliconflow-qwen2.5-7b-react.jsonl");
const absent = !existsSync(RECORDING);

it.skipIf(absent)(
  "a recorded answer of SiliconFlow's Qwen gives its thought and nothing else, however it is cut",
  async () => {
    const lines = readFileSync(RECORDING, "utf8").trim().split("\n");
    const data = lines.map((line) => JSON.stringify((JSON.parse(line) as { chunk: unknown }).chunk));
    const body = [...data, "[DONE]"].map((line) => `data: ${line}\n\n`).join("");
    for (const size of [body.length, 1024, 7, 1]) {
      const stream = new ChatStream();
      const reads: (readonly ModelChunk[])[] = [];
      for (let at = 0; at < body.length; at += size) reads.push(stream.push(body.slice(at, at + size)));
      const chunks = await ask(scripted(...reads, stream.end()), { ...REQUEST, tools: [] });
      const said = (type: "text" | "reasoning"): string =>
        chunks.map((chunk) => (chunk.type === type ? chunk.text : "")).join("");
      expect(said("reasoning")).toBe("我需要使用工具来获取关于如何将pcm转换为MP3的信息,然后用中文回答用户的问题。");
      expect(said("text")).toBe("");
      expect(chunks.filter(({ type }) => type === "tool_call")).toEqual([]);
      expect(chunks.filter(({ type }) => type === "usage").at(-1)).toMatchObject({ usage: { total_tokens: 459 } });
    }
  },
);

it.runIf(absent)("the recording is absent: it was not replayed", () => {
  expect(absent).toBe(true);
});
