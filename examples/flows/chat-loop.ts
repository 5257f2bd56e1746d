// A chat in the terminal with any OpenAI-compatible endpoint: node examples/flows/chat-loop.ts
// OPENAI_BASE_URL (http://127.0.0.1:11434/v1, which is Ollama's), OPENAI_MODEL (qwen2.5:7b), OPENAI_API_KEY (none)
import { createInterface } from "node:readline";
import { type StepData, TriggerFlow } from "@millrace/flow";

interface Types {
  Events: { UserInput: string; Loop: null };
  Stream: string;
}

export interface ChatParts {
  /** What the user types, line by line. */
  readonly lines: AsyncIterable<string>;
  /** The answer to a question, in pieces. */
  readonly ask: (question: string, signal: AbortSignal) => AsyncIterable<string>;
}

export function chatFlow({ lines, ask }: ChatParts): TriggerFlow<void, void, Types> {
  const typed = lines[Symbol.asyncIterator]();

  async function getInput(data: StepData<unknown, Types>): Promise<void> {
    await data.putIntoStream("Question (type 'exit' to stop): ");
    const { done, value } = await typed.next();
    const question = done === true ? "exit" : value.trim();
    if (question.toLowerCase() === "exit") return data.stopStream();
    await data.putIntoStream(`\n[user] ${question}\n`);
    await data.emit("UserInput", question);
  }

  async function streamReply(data: StepData<string, Types>): Promise<void> {
    await data.putIntoStream("[assistant] ");
    try {
      for await (const piece of ask(data.value, data.signal)) await data.putIntoStream(piece);
      await data.putIntoStream("\n");
      await data.emit("Loop", null);
    } catch (error) {
      await data.putIntoStream(`\n[error] ${error instanceof Error ? error.message : error}\n`);
      data.stopStream();
    }
  }

  // The events drive this loop, not an end(): it goes on until someone stops the stream.
  const flow = new TriggerFlow<void, void, Types>();
  flow.to(getInput);
  flow.when("UserInput").to(streamReply);
  flow.when("Loop").to(getInput);
  return flow;
}

export interface Endpoint {
  readonly base_url: string;
  readonly model: string;
  readonly api_key?: string | undefined;
}

export function askModel({ base_url, model, api_key }: Endpoint): ChatParts["ask"] {
  return async function* (question, signal) {
    const response = await fetch(`${base_url}/chat/completions`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        ...(api_key === undefined ? {} : { authorization: `Bearer ${api_key}` }),
      },
      body: JSON.stringify({ model, stream: true, messages: [{ role: "user", content: question }] }),
      signal,
    });
    if (!response.ok || response.body === null) throw new Error(`The endpoint answered ${response.status}.`);
    for await (const line of linesOf(response.body)) {
      const data = line.startsWith("data:") ? line.slice(5).trim() : "";
      if (data === "[DONE]") return;
      const piece: unknown = data === "" ? null : JSON.parse(data).choices?.[0]?.delta?.content;
      if (typeof piece === "string") yield piece;
    }
  };
}

async function* linesOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder();
  let open = "";
  for await (const bytes of body) {
    const lines = (open + decoder.decode(bytes, { stream: true })).split(/\r?\n/u);
    open = lines.pop() ?? "";
    yield* lines;
  }
}

if (import.meta.main) {
  const { OPENAI_BASE_URL, OPENAI_MODEL, OPENAI_API_KEY } = process.env;
  const ask = askModel({
    base_url: OPENAI_BASE_URL ?? "http://127.0.0.1:11434/v1",
    model: OPENAI_MODEL ?? "qwen2.5:7b",
    api_key: OPENAI_API_KEY,
  });
  const lines = createInterface({ input: process.stdin });
  for await (const text of chatFlow({ lines, ask }).getRuntimeStream(undefined, { timeout: null })) {
    process.stdout.write(text);
  }
  lines.close();
}
