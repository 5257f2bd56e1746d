import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { reply, toolCalls } from "@millrace/scripted-model";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestGateway, testGateway } from "./gateway.ts";
import { Millrace } from "./millrace.ts";

const CTRL_C = "\u0003";
const CTRL_D = "\u0004";
const ESC = "\u001b";

let gateway: TestGateway;

beforeAll(async () => {
  const call = (name: string, args: object) => toolCalls([{ id: "c1", name, arguments: args }]);
  gateway = await testGateway([
    { when: "hello", script: reply("Hi there.", { reasoning: "A greeting." }) },
    { when: "evil", script: reply(`${ESC}]52;c;aGk=${"\u0007"}plain`) },
    { when: "long", script: reply("word ".repeat(10_000), { size: 5, pace_ms: 20 }) },
    {
      when: /^write/u,
      script: (_, { step }) =>
        step === 1 ? call("write_file", { path: "a.txt", content: "A" }) : reply("Written or not."),
    },
    {
      when: "ask me",
      script: (_, { step }) => (step === 1 ? call("ask_user", { question: "Which way?" }) : reply("Noted.")),
    },
  ]);
});
afterAll(() => gateway[Symbol.asyncDispose]());

function chat(args: string[] = [], env: Record<string, string> = {}): Millrace {
  return Millrace.atTerminal(["chat", "--url", gateway.url, ...args], env);
}

async function get<T>(path: string): Promise<T> {
  return (await (await fetch(`${gateway.url}/api/v1/${path}`)).json()) as T;
}

describe.skipIf(process.platform !== "linux")("millrace chat at a terminal", () => {
  it("streams an answer with its thinking in grey, and goes on in the same session", async () => {
    using millrace = chat();
    await millrace.until("> ");
    millrace.type("hello\r");
    const answer = await millrace.until("Hi there.");
    expect(answer).toContain(`${ESC}[90mA greeting.${ESC}[39m`);
    await millrace.until(/1 step · \d+ tokens in, \d+ out/u);
    await millrace.until("> ");
    millrace.type("hello\r");
    await millrace.until("Hi there.");
    await millrace.until("> ");
    millrace.type("/sessions\r");
    await millrace.until(/\* 1 Hi there\s/u);
    await millrace.until("> ");
    millrace.type(CTRL_D);
    const [, session] = /--session (\S+)/u.exec(await millrace.until(/--session [\w-]+/u)) ?? [];
    expect(await millrace.exit).toBe(0);
    const events = await get<{ type: string }[]>(`sessions/${session}/events`);
    expect(events.filter(({ type }) => type === "done")).toHaveLength(2);
  });

  it("shows the status while nothing flows, and takes it away", async () => {
    using millrace = chat(["write it down"]);
    await millrace.until(/\r\S+\[2K\S waiting for your answer · step 1\/50 · \d+\/\S+ tokens/u);
    millrace.type("d");
    await millrace.until("Written or not.");
    expect(await millrace.exit).toBe(0);
    expect(millrace.out.slice(millrace.out.lastIndexOf("waiting for your answer"))).toContain(`\r${ESC}[2K`);
  });

  it("ASK-7: an approval is given by a key, and only by its own", async () => {
    const path = join(gateway.workspace, "a.txt");
    using denied = chat(["write it"]);
    await denied.until("[a] allow once");
    await denied.until("[d] deny");
    denied.type("\r yd");
    await denied.until(/⊘\S* write_file/u);
    expect([await denied.exit, existsSync(path)]).toEqual([0, false]);
    using allowed = chat(["write it"]);
    await allowed.until("[d] deny");
    allowed.type("a");
    await allowed.until(/✓\S* write_file/u);
    expect([await allowed.exit, readFileSync(path, "utf8")]).toEqual([0, "A"]);
  });

  it("a question is answered by a line", async () => {
    using millrace = chat();
    await millrace.until("> ");
    millrace.type("ask me\r");
    await millrace.until("? Which way?");
    await millrace.until("answer> ");
    millrace.type("to the left\r");
    await millrace.until("→ to the left");
    await millrace.until("Noted.");
    await millrace.until("> ");
    millrace.type("/quit\r");
    expect(await millrace.exit).toBe(0);
  });

  it("Ctrl-C stops the run, and the next message works", async () => {
    using millrace = chat();
    await millrace.until("> ");
    millrace.type("long\r");
    await millrace.until("word word");
    millrace.type(CTRL_C);
    await millrace.until("stopping; Ctrl-C again leaves");
    await millrace.until("■ stopped");
    await millrace.until("> ");
    millrace.type("hello\r");
    await millrace.until("Hi there.");
    await millrace.until("> ");
    millrace.type(CTRL_C);
    expect(await millrace.exit).toBe(0);
  });

  it("a stopped message of one's own exits like an interrupted command", async () => {
    using millrace = chat(["long"]);
    await millrace.until("word");
    millrace.type(CTRL_C);
    await millrace.until("■ stopped");
    expect(await millrace.exit).toBe(130);
  });

  it("a second Ctrl-C leaves at once", async () => {
    using millrace = chat(["ask me"]);
    await millrace.until("answer> ");
    millrace.type(CTRL_C);
    await millrace.until("stopping");
    millrace.type(CTRL_C);
    expect(await millrace.exit).toBe(130);
  });

  it("/model, /new, /help and what is no command", async () => {
    using millrace = chat();
    await millrace.until("scripted · /help");
    await millrace.until("> ");
    millrace.type("/model other\r");
    await millrace.until(/ {2}scripted\s+\* other/u);
    await millrace.until("> ");
    millrace.type("/model nope\r");
    await millrace.until("there is no model nope");
    await millrace.until("> ");
    millrace.type("/help\r");
    await millrace.until("Ctrl-C stops a run");
    await millrace.until("> ");
    millrace.type("/hepl\r");
    await millrace.until("there is no /hepl");
    await millrace.until("> ");
    millrace.type("hello\r");
    await millrace.until("Hi there.");
    const { sessions } = await get<{ sessions: { session_id: string }[] }>("sessions?limit=1");
    const events = await get<{ type: string; model?: string }[]>(`sessions/${sessions[0]?.session_id}/events`);
    expect(events.find(({ type }) => type === "session_start")?.model).toBe("other");
  });

  it("/export writes the session into a file, and over none that is there", async () => {
    using millrace = chat();
    await millrace.until("> ");
    millrace.type("/export\r");
    await millrace.until("there is nothing to export yet");
    await millrace.until("> ");
    millrace.type("hello\r");
    await millrace.until("tokens in");
    await millrace.until("> ");
    millrace.type("/export my notes.md\r");
    await millrace.until("wrote my notes.md");
    expect(readFileSync(join(millrace.folder, "my notes.md"), "utf8")).toContain("Hi there.");
    await millrace.until("> ");
    millrace.type("/export my notes.md\r");
    await millrace.until("EEXIST");
  });

  it("NO_COLOR: no colours, and words tell thinking apart", async () => {
    using millrace = chat(["hello"], { NO_COLOR: "1" });
    await millrace.until("[thinking] A greeting.");
    await millrace.exit;
    expect(millrace.out).not.toContain(`${ESC}[9`);
    expect(millrace.out).not.toContain(`${ESC}[3`);
  });

  it("T16: what a model says does not steer the terminal", async () => {
    using millrace = chat(["evil"]);
    await millrace.until("plain");
    await millrace.exit;
    expect(millrace.out).not.toContain(`${ESC}]52`);
    expect(millrace.out).not.toContain("\u0007");
  });
});
