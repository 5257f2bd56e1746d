import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseRecording, reply, startScriptedModel, toolCalls } from "@millrace/scripted-model";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestGateway, testGateway } from "./gateway.ts";
import { Millrace } from "./millrace.ts";

let gateway: TestGateway;

beforeAll(async () => {
  const write = toolCalls([{ id: "c1", name: "write_file", arguments: { path: "b.txt", content: "B" } }]);
  gateway = await testGateway([
    { when: "hello", script: reply("Hi there.", { reasoning: "A greeting." }) },
    { when: "long", script: reply("word ".repeat(10_000), { size: 5, pace_ms: 20 }) },
    { when: "write", script: (_, { step }) => (step === 1 ? write : reply("Done what I could.")) },
    { when: "fail", script: [{ status: 401, body: '{"error":{"message":"no key"}}' }] },
  ]);
});
afterAll(() => gateway[Symbol.asyncDispose]());

const chat = (...args: string[]): Millrace => Millrace.piped(["chat", "--url", gateway.url, ...args]);

describe("millrace chat in a pipe", () => {
  it("prints the answer and nothing else", async () => {
    using millrace = chat();
    millrace.end("hello\n");
    expect([await millrace.exit, millrace.out, millrace.err]).toEqual([0, "Hi there.\n", ""]);
  });

  it("--json prints each event as a line", async () => {
    using millrace = chat("--json");
    millrace.end("hello\n");
    expect([await millrace.exit, millrace.err]).toEqual([0, ""]);
    const events = millrace.out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { type: string; content?: string });
    expect(events.map(({ type }) => type)).toEqual(
      expect.arrayContaining([
        "user_message",
        "session_start",
        "step",
        "thinking",
        "text_delta",
        "agent_output",
        "done",
      ]),
    );
    expect(events.at(-1)).toMatchObject({ type: "done", content: "Hi there." });
  });

  it("ASK-8: nobody is there to be asked, so what would ask is refused and the command ends", async () => {
    using millrace = chat("write");
    expect([await millrace.exit, millrace.out]).toEqual([0, "Done what I could.\n"]);
    expect(millrace.err).toMatch(/^⊘ write_file /u);
  });

  it("goes on with a session", async () => {
    using first = chat("--json", "hello");
    await first.exit;
    const { session_id } = JSON.parse(first.out.split("\n")[0] ?? "") as { session_id: string };
    using second = chat("--json", "--session", session_id, "hello");
    await second.exit;
    const last = JSON.parse(second.out.trimEnd().split("\n").at(-1) ?? "") as { session_id: string; seq: number };
    expect([last.session_id, last.seq > 10]).toEqual([session_id, true]);
  });

  it("SIGINT stops the run", async () => {
    using millrace = chat("--json", "long");
    await millrace.until("text_delta");
    millrace.signal("SIGINT");
    expect(await millrace.exit).toBe(130);
    expect(JSON.parse(millrace.out.trimEnd().split("\n").at(-1) ?? "")).toMatchObject({ type: "cancelled" });
  });

  it("a run that failed, a session that is not there, a gateway that is not: exit code 1 and one line", async () => {
    using failed = chat("fail");
    expect([await failed.exit, failed.out, failed.err.split("\n").length]).toEqual([1, "", 2]);
    using missing = chat("--session", "nope", "hello");
    expect(await missing.exit).toBe(1);
    expect(missing.err).toMatch(/^millrace: .*\n$/u);
    using nobody = Millrace.piped(["chat", "--url", "http://127.0.0.1:9", "hello"]);
    expect(await nobody.exit).toBe(1);
    expect(nobody.err).toMatch(/^millrace: no gateway answers at http:\/\/127\.0\.0\.1:9.*\n$/u);
  });

  it("refuses what makes no sense with exit code 2", async () => {
    using empty = chat();
    empty.end("  \n");
    expect(await empty.exit).toBe(2);
    using wrong = Millrace.piped(["chatt"]);
    expect([await wrong.exit, wrong.err]).toEqual([2, 'millrace: there is no command "chatt"\nTry `millrace help`.\n']);
  });
});

describe("millrace record and demo", () => {
  it("F65: what was recorded is replayed as it was, and the key is nowhere", async () => {
    const text = "Grüße 😀 ".repeat(20);
    await using model = await startScriptedModel({ responder: () => reply(text, { size: 3 }) });
    using record = Millrace.piped(["record", "--base-url", model.url, "--model", "m", "say it"], {
      OPENAI_API_KEY: "sk-1",
    });
    expect([await record.exit, record.err]).toEqual([0, ""]);
    expect(record.out).not.toContain("sk-1");
    expect(model.requests[0]?.body).toMatchObject({
      model: "m",
      stream: true,
      messages: [{ role: "user", content: "say it" }],
    });
    const said = parseRecording(record.out)
      .map(({ data }) => JSON.parse(data) as { choices: { delta?: { content?: string } }[] })
      .map(({ choices }) => choices[0]?.delta?.content ?? "");
    expect(said.join("")).toBe(text);

    const folder = mkdtempSync(join(tmpdir(), "millrace-cli-"));
    const file = join(folder, "said.jsonl");
    writeFileSync(file, record.out);
    using demo = Millrace.piped(["demo", "--port", "0", "--recording", file, "--fast"]);
    const [, url] = /listening on (\S+)\n/u.exec(await demo.until(/listening on \S+\n/u)) ?? [];
    using again = Millrace.piped(["record", "--base-url", url ?? "", "--model", "any", "x"]);
    expect(await again.exit).toBe(0);
    const chunks = (recording: string): string[] => parseRecording(recording).map(({ data }) => data);
    expect(chunks(again.out)).toEqual(chunks(record.out));
    demo.signal("SIGTERM");
    expect(await demo.exit).toBe(0);
    rmSync(folder, { recursive: true });
  });

  it("says what the provider said, without the key", async () => {
    const server = createServer((_, response) => response.writeHead(401).end('{"error":"bad key sk-secret\u001b[2J"}'));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    using record = Millrace.piped(["record", "--base-url", `http://127.0.0.1:${port}`, "--model", "m", "x"], {
      OPENAI_API_KEY: "sk-secret",
    });
    expect([await record.exit, record.out]).toEqual([1, ""]);
    expect(record.err).toBe('millrace: the provider answered 401: {"error":"bad key [key] [2J"}\n');
    server.close();
  });

  it("starts the demo without a recording, and says how a gateway uses it", async () => {
    using demo = Millrace.piped(["demo", "--port", "0"]);
    await demo.until(/listening on http:\/\/127\.0\.0\.1:\d+\/v1\n/u);
    await demo.until(/OPENAI_BASE_URL=\S+ \S+ MILLRACE_MODEL=millrace-demo millrace/u);
    demo.signal("SIGINT");
    expect(await demo.exit).toBe(0);
    using missing = Millrace.piped(["demo", "--port", "0", "--recording", "not-there.jsonl"]);
    expect(await missing.exit).toBe(1);
  });

  it("`millrace` alone is the gateway of the checkout", async () => {
    const folder = mkdtempSync(join(tmpdir(), "millrace-cli-"));
    using millrace = Millrace.piped([], { PORT: "0", MILLRACE_DATA_DIR: folder, LOG_LEVEL: "silent" });
    const [, url] = /listening on (\S+)\n/u.exec(await millrace.until(/listening on \S+\n/u)) ?? [];
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    millrace.signal("SIGTERM");
    expect(await millrace.exit).toBe(0);
    rmSync(folder, { recursive: true, force: true });
  });
});
