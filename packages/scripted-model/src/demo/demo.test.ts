import { describe, expect, it } from "vitest";
import type { ChatMessage, ChatRequest, ChatToolCall } from "../chat.ts";
import { rehearse } from "../rehearsal.ts";
import { demoResponder } from "./demo.ts";

type Tools = Readonly<Record<string, (args: Record<string, unknown>) => string>>;

const TIME = JSON.stringify({ iso: "2026-11-20T13:45:10+01:00", timezone: "Europe/Berlin", unix_ms: 1795178710000 });
const ALL: Tools = {
  current_time: () => TIME,
  list_files: ({ pattern }) =>
    pattern === "*"
      ? "README.md\nsrc"
      : JSON.stringify({ files: ["a.py", "pkg/b.py", "pkg/c|d.py"], total: 3, truncated: false }),
  read_file: ({ path }) => (path === "README.md" ? "# Millrace\n\nStreams agents." : '{"name":"millrace"}'),
  ask_user: () => JSON.stringify({ answer: "Speed" }),
};

interface Said {
  readonly reasoning: string;
  readonly text: string;
  readonly calls: readonly ChatToolCall[];
  readonly status: number;
  readonly body: string;
}

/** A small agent: sends each prompt, runs the calls, and keeps every step of the last run. */
async function talk(prompts: readonly ChatMessage["content"][], tools: Tools = ALL, attempt = 1): Promise<Said[]> {
  const respond = demoResponder({ pace: 0 });
  const messages: ChatMessage[] = [{ role: "system", content: "You are an agent. My name is Nobody." }];
  let steps: Said[] = [];
  for (const content of prompts) {
    messages.push({ role: "user", content: content ?? "" });
    steps = [];
    for (let step = 0; step < 6; step += 1) {
      const request: ChatRequest = {
        model: "millrace-demo",
        stream: true,
        messages: [...messages],
        tools: Object.keys(tools).map((name) => ({ type: "function", function: { name } })),
      };
      const context = { index: 0, attempt, signal: new AbortController().signal };
      const said = readAnswer(await rehearse(await respond(request, context), { request }));
      steps.push(said);
      if (said.calls.length === 0) {
        messages.push({ role: "assistant", content: said.text });
        break;
      }
      messages.push({ role: "assistant", content: said.text, tool_calls: said.calls });
      for (const call of said.calls) {
        const result = tools[call.function.name]?.(JSON.parse(call.function.arguments)) ?? "";
        messages.push({ role: "tool", tool_call_id: call.id, content: result });
      }
    }
  }
  return steps;
}

function readAnswer(written: Awaited<ReturnType<typeof rehearse>>): Said {
  const { body, response } = written;
  const { choices } = written.completion.body as { choices?: [{ message: Record<string, unknown> }] };
  const message = choices?.[0].message ?? {};
  return {
    reasoning: String(message.reasoning_content ?? ""),
    text: String(message.content ?? ""),
    calls: (message.tool_calls as ChatToolCall[] | undefined) ?? [],
    status: response?.status ?? written.completion.status,
    body,
  };
}

async function lastWord(prompts: readonly ChatMessage["content"][], tools: Tools = ALL): Promise<string> {
  return (await talk(prompts, tools)).at(-1)?.text ?? "";
}

function called(steps: readonly Said[]): [string, unknown][][] {
  return steps.map(({ calls }) => calls.map((call) => [call.function.name, JSON.parse(call.function.arguments)]));
}

const HAN = /\p{Script=Han}/u;

describe("the demo's offers on the empty screen", () => {
  it("How many Python files are here?", async () => {
    const steps = await talk(["How many Python files are here?"]);
    expect(called(steps)).toEqual([[["list_files", { pattern: "**/*.py" }]], []]);
    expect(steps[1]?.text).toContain("There are **3** Python files here.");
    expect(steps[1]?.text).toContain("| 2 | `pkg/b.py` |");
    expect(steps[1]?.text).toContain("`pkg/c\\|d.py`");
    expect(steps.every(({ reasoning }) => reasoning !== "")).toBe(true);
  });

  it("有多少个 Python 文件?", async () => {
    const steps = await talk(["有多少个 Python 文件?"]);
    expect(called(steps)).toEqual([[["list_files", { pattern: "**/*.py" }]], []]);
    expect(steps[1]?.text).toContain("这里共有 **3** 个 Python 文件。");
    expect(steps[1]?.reasoning).toMatch(HAN);
  });

  it("Compare the README with the time: do two things at once", async () => {
    const steps = await talk(["Compare the README with the time: do two things at once"]);
    expect(called(steps)).toEqual([
      [
        ["read_file", { path: "README.md" }],
        ["current_time", {}],
      ],
      [],
    ]);
    expect(new Set(steps[0]?.calls.map(({ id }) => id)).size).toBe(2);
    expect(steps[1]?.text).toContain("| `read_file` | `README.md` | 3 lines, begins “Millrace” |");
    expect(steps[1]?.text).toContain("Friday 2026-11-20 13:45");
  });

  it("今天星期几?", async () => {
    const steps = await talk(["今天星期几?"]);
    expect(called(steps)).toEqual([[["current_time", {}]], []]);
    expect(steps[1]?.text).toBe("今天是**星期五**(本机时间 2026-11-20 13:45)。");
  });

  it.each([
    ["Write a long essay about streaming, then let me stop it", 600, /\b\w+\b/gu],
    ["写一篇关于流式输出的长文", 1200, /\p{Script=Han}/gu],
  ])("%s", async (prompt, least, words) => {
    const [essay] = await talk([prompt]);
    expect(essay?.text.match(words)?.length).toBeGreaterThan(least);
    for (const block of [/^# /mu, /^## /mu, /^\| --- \|/mu, /^```ts$/mu, /^- \[x\] /mu, /^> /mu, /^1\. /mu]) {
      expect(essay?.text).toMatch(block);
    }
    expect(essay?.reasoning).not.toBe("");
  });

  it.each(["Write a long essay about streaming, then let me stop it", "写一篇关于流式输出的长文"])(
    "%s: takes 20 to 30 seconds at the natural pace, 30 to 45 chunks a second",
    async (prompt) => {
      const request: ChatRequest = {
        model: "millrace-demo",
        stream: true,
        messages: [{ role: "user", content: prompt }],
      };
      const context = { index: 0, attempt: 1, signal: new AbortController().signal };
      const play = async () => rehearse(await demoResponder()(request, context), { request });
      const { data, times, body } = await play();
      const seconds = (times.at(-1) ?? 0) / 1000;
      expect(seconds).toBeGreaterThan(20);
      expect(seconds).toBeLessThan(30);
      expect(data.length / seconds).toBeGreaterThan(30);
      expect(data.length / seconds).toBeLessThan(45);
      expect((await play()).body).toBe(body);
    },
  );
});

describe("tools", () => {
  it("compare two files that are named, in their order", async () => {
    const steps = await talk(["Compare README and package.json"]);
    expect(called(steps)[0]).toEqual([
      ["read_file", { path: "README.md" }],
      ["read_file", { path: "package.json" }],
    ]);
    expect(steps[1]?.text).toContain("the longer one");
    expect(called(await talk(["同时做两件事"]))[0]).toHaveLength(2);
    expect(await lastWord(["比较 README 和 package.json"])).toContain("较长的是");
  });

  it("accept a list of files as plain lines, and say when it was cut", async () => {
    const lines: Tools = { list_files: () => "x.py\nlib/y.py\n" };
    expect(await lastWord(["count the python files"], lines)).toContain("**2** Python files");
    const cut: Tools = { list_files: () => JSON.stringify({ files: ["x.py"], total: 41, truncated: true }) };
    const text = await lastWord(["count the python files"], cut);
    expect(text).toContain("**41** Python files");
    expect(text).toContain("40 more");
  });

  it("look again when there is none, and say what there is", async () => {
    const none: Tools = { ...ALL, list_files: ({ pattern }) => (pattern === "*" ? "README.md\nsrc" : '{"files":[]}') };
    const steps = await talk(["How many Python files are here?"], none);
    expect(called(steps)).toEqual([[["list_files", { pattern: "**/*.py" }]], [["list_files", { pattern: "*" }]], []]);
    expect(steps[2]?.text).toContain("**0** Python files");
    expect(steps[2]?.text).toContain("`README.md`");
    expect(steps.every(({ reasoning }) => reasoning !== "")).toBe(true);
  });

  it("take the folder and the language from the question", async () => {
    expect(called(await talk(["How many TypeScript files are in the packages/web folder?"]))[0]).toEqual([
      ["list_files", { path: "packages/web", pattern: "**/*.ts" }],
    ]);
    expect(called(await talk(["src 目录里有多少个文件?"]))[0]).toEqual([
      ["list_files", { path: "src", pattern: "**/*" }],
    ]);
  });

  it.each([
    ['{"weekday":"Sunday"}', "Today is **Sunday**."],
    ["2026-02-28 09:05:00 CET", "**Saturday**, 2026-02-28 09:05"],
    ['{"utc":"2026-11-20T23:30:00Z","local":"2026-11-21T00:30:00+01:00"}', "**Saturday**, 2026-11-21 00:30"],
  ])("read the time from %s", async (result, words) => {
    expect(await lastWord(["What weekday is it?"], { current_time: () => result })).toContain(words);
  });

  it.each([
    ["Error: permission denied", "permission denied"],
    ['{"error":{"message":"no such folder"}}', "no such folder"],
    ['{"success":false,"error":"boom"}', "boom"],
    ["The user denied this tool call.", "denied"],
    ["There is no result of this call.", "no result"],
    ["The call was cancelled before it ended.", "cancelled"],
    ["The server stopped while this tool ran, so its result is unknown.", "unknown"],
    ["The arguments do not fit the tool's parameters:\nno pattern", "do not fit"],
    ["list_files: ENOENT, no such folder", "ENOENT"],
    ["garbage that is no list of files at all", "garbage"],
  ])("tell a failure in words: %s", async (result, words) => {
    const english = await lastWord(["How many Python files are here?"], { list_files: () => result });
    expect(english).toContain("did not work");
    expect(english).toContain(words);
    const chinese = await lastWord(["有多少个 Python 文件?"], { list_files: () => result });
    expect(chinese).toContain("没有成功");
    expect(chinese).toContain(words);
  });

  it("take a file that speaks of failures for a file", async () => {
    const file: Tools = { ...ALL, read_file: () => "# Guide\n\nFiles that were not found are an error." };
    expect(await lastWord(["Compare the README with the time"], file)).toContain("3 lines, begins “Guide”");
  });

  it("tell which of two calls failed", async () => {
    const half: Tools = { ...ALL, read_file: () => "Error: not found" };
    expect(await lastWord(["Compare the README with the time"], half)).toContain("failed: Error: not found");
    expect(await lastWord(["比较 README 和当前时间,同时做"], half)).toContain("失败:Error: not found");
  });

  it.each([
    ["How many Python files are here?", "`list_files`"],
    ["今天星期几?", "`current_time`"],
    ["Compare README and package.json", "`read_file`"],
    ["问我一个问题", "`ask_user`"],
  ])("that are not offered are named in words: %s", async (prompt, tool) => {
    const steps = await talk([prompt], {});
    expect(called(steps)).toEqual([[]]);
    expect(steps[0]?.text).toContain(tool);
  });

  it("ask the person and answer from what they chose", async () => {
    const steps = await talk(["Ask me something"]);
    expect(called(steps)[0]?.[0]?.[0]).toBe("ask_user");
    expect(steps[1]?.text).toContain("**Speed**");
    expect((await talk(["问我一个问题"]))[0]?.calls[0]?.function.arguments).toMatch(HAN);
  });
});

describe("memory", () => {
  it.each([
    [["My name is Ada Lovelace and I weave", "what is my name?"], "Your name is **Ada Lovelace**"],
    [["Hello, my name's ada.", "How many Python files are here?", "What's my name?"], "**ada**"],
    [["my name is Ada", "call me Grace", "do you know my name?"], "**Grace**"],
    [["what is my name?"], "not told me"],
    [["我叫张三", "我叫什么名字?"], "你叫**张三**"],
    [["你好,我叫李四很高兴认识你", "今天星期几?", "我叫什么?"], "你叫**李四**"],
    [["我叫什么名字?"], "还没有告诉我"],
  ])("of names: %j", async (prompts, words) => {
    expect(await lastWord(prompts)).toContain(words);
  });

  it("of what was asked, only from the messages it is sent", async () => {
    const english = await lastWord(["How many Python files are here?", "hello", "what did I ask before?"]);
    expect(english).toContain("1. How many Python files are here?\n2. hello");
    const chinese = await lastWord(["今天星期几?", "我之前问了什么?"]);
    expect(chinese).toContain("1. 今天星期几?");
    expect(await lastWord(["what did I ask before?"])).toContain("first message");
  });

  it("reads messages made of parts", async () => {
    const parts = [
      { type: "text", text: "my name " },
      { type: "image_url", image_url: { url: "data:," } },
      { type: "text", text: "is Ada" },
    ];
    expect(await lastWord([parts, [{ type: "text", text: "what is my name?" }]])).toContain("**Ada**");
  });
});

describe("honesty", () => {
  it.each(["hello", "who are you?", "help", "What is love?", "🙂"])("in English: %s", async (prompt) => {
    const text = await lastWord([prompt]);
    expect(text).toContain("not a language model");
    for (const word of ["OPENAI_BASE_URL", "OPENAI_API_KEY", "MILLRACE_MODEL", ".env", "Ollama"]) {
      expect(text).toContain(word);
    }
  });

  it.each(["你好,请介绍一下自己", "你是谁?", "帮助", "爱是什么?"])("in Chinese: %s", async (prompt) => {
    const text = await lastWord([prompt]);
    expect(text).toContain("不是语言模型");
    expect(text).toContain("MILLRACE_MODEL");
  });

  it("speaks the language it is asked in: Chinese from a fifth of Han letters on", async () => {
    expect(await lastWord(["explain TypeScript 吧"])).not.toMatch(HAN);
    expect(await lastWord(["TypeScript 是什么东西"])).toMatch(HAN);
    expect(await lastWord(["你好", "???"])).toMatch(HAN);
  });

  it("says so when the essay is not about what was asked", async () => {
    expect(await lastWord(["write a long essay about cats"])).toContain("exactly one essay");
    expect(await lastWord(["写一篇关于猫的长文"])).toContain("只会背一篇");
  });
});

describe("failing on request", () => {
  it.each(["fail", "Please fail!", "失败", "请失败"])("%s: HTTP 500", async (prompt) => {
    expect((await talk([prompt]))[0]?.status).toBe(500);
  });

  it.each(["fail midway", "please fail in the middle", "中途失败"])("%s: text, then an error chunk", async (prompt) => {
    const { body } = (await talk([prompt]))[0] as Said;
    expect(body).toContain('"reasoning_content"');
    expect(body).toContain('"content":');
    expect(body).toMatch(/data: \{"error":\{"message":"[^"]+","type":"server_error","code":"demo_failure"\}\}\n\n$/u);
  });

  it.each(["fail once", "失败一次"])("%s: the second attempt answers", async (prompt) => {
    expect((await talk([prompt], ALL, 1))[0]?.status).toBe(500);
    expect((await talk([prompt], ALL, 2))[0]?.status).toBe(200);
  });

  it("does not fail when failing is only the subject", async () => {
    expect((await talk(["Why do networks fail?"]))[0]?.status).toBe(200);
  });
});

describe("text files that come with a message", () => {
  const file = "notes.md:\n````md\n\n# Notes\n```sh\nls\n```\n````";

  it.each([
    [`What is in it?\n\n${file}`, ["- **notes.md**: 5 lines, begins with “# Notes”", "not a language model"]],
    [
      `里面有什么?\n\n${file}\n\na.txt:\n\`\`\`txt\nx\n\`\`\``,
      ["- **notes.md**:5 行", "- **a.txt**:1 行", "不是语言模型"],
    ],
    ["empty.txt:\n```txt\n\n```", ["- **empty.txt**: 0 lines\n"]],
  ])("are counted and named, not understood: %j", async (text, said) => {
    const word = await lastWord([text]);
    for (const part of said) expect(word).toContain(part);
  });
});

describe("images that come with a message", () => {
  const image = { type: "image_url", image_url: { url: `data:image/png;base64,${"A".repeat(8192)}` } };

  it.each([
    ["What is this?", "I see an image of 6 KB (image/png)."],
    ["这是什么?", "我看到一张 6 KB 的图片(image/png)。"],
  ])("%s: the demo says what it has of it, and no more", async (text, said) => {
    expect(await lastWord([[{ type: "text", text }, image]])).toContain(said);
  });

  it("are those of the last message", async () => {
    expect(await lastWord([[image, image], "My name is Ada"])).not.toContain("KB");
    expect(await lastWord([[image, image]])).toContain("I see an image of 6 KB (image/png) and an image of 6 KB");
  });
});
