import { type Event, emptyView, fold, type View } from "@millrace/protocol";
import { brokenRules } from "@millrace/protocol/testing";
import { numberedFlood, reply, toolCalls } from "@millrace/scripted-model";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Gate, holdingTool } from "./gate.ts";
import { CANARY_KEY, GatewayUnderTest } from "./gateway-under-test.ts";
import type { HttpAnswer } from "./http-client.ts";
import { runEvents } from "./seeded-log.ts";

let gateway: GatewayUnderTest;
const gate = new Gate();

beforeAll(async () => {
  gateway = await GatewayUnderTest.start({
    limits: { import_bytes: 2 * 1024 * 1024 },
    tools: [holdingTool(gate).tool],
    rules: [
      {
        when: "tool",
        script: (_request, { step }) =>
          step === 1
            ? toolCalls([{ id: "c", name: "hold", arguments: { say: CANARY_KEY } }])
            : reply("Held.\n```\nopen"),
      },
      { when: "flood", script: numberedFlood({ count: 20_000, perChunk: 50 }) },
      { when: "hang", script: [{ text: "Well" }, { hang: true }] },
      { when: /./, script: reply("Hi.") },
    ],
  });
});
afterAll(() => gateway[Symbol.asyncDispose]());

const exported = (session_id: string, format?: string): Promise<HttpAnswer> =>
  gateway.http.get(`/api/v1/sessions/${session_id}/export${format === undefined ? "" : `?format=${format}`}`);

const imported = (body: string | Uint8Array, headers: Record<string, string> = {}): Promise<HttpAnswer> =>
  gateway.http.send("/api/v1/sessions/import", {
    method: "POST",
    body,
    headers: { "Content-Type": "application/x-ndjson", "Content-Length": String(Buffer.byteLength(body)), ...headers },
  });

const sessions = async (): Promise<number> =>
  ((await gateway.http.get("/api/v1/sessions?limit=200")).json as { sessions: unknown[] }).sessions.length;

/** What of a view does not count positions or name sessions and runs. */
function comparable(view: View): unknown {
  const left = ["seq", "ended_seq", "chosen_seq", "session_id", "run_id", "parent"];
  return JSON.parse(JSON.stringify(view, (key, part: unknown) => (left.includes(key) ? undefined : part)));
}

async function talk(...messages: string[]): Promise<string> {
  gate.open();
  const viewer = await gateway.connect();
  let session_id: string | undefined;
  for (const [index, message] of messages.entries()) {
    ({ session_id } = await viewer.send(message, session_id === undefined ? {} : { session_id }));
    await viewer.event("done", index + 1);
  }
  viewer.terminate();
  return session_id ?? "";
}

describe("an exported session", () => {
  it("HTTP-11: is a header and the events as on the wire, under a name that is safe", async () => {
    const session_id = await talk('你好 / "a" ../b', "flood");
    const { status, headers, text } = await exported(session_id);
    expect(status).toBe(200);
    expect(headers["content-type"]).toBe("application/x-ndjson");
    expect(headers["content-disposition"]).toBe(
      "attachment; filename=\"millrace-a-b.jsonl\"; filename*=UTF-8''millrace-%E4%BD%A0%E5%A5%BD-a-b.jsonl",
    );
    const [header, ...events] = text
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    const summary = (await gateway.http.get(`/api/v1/sessions/${session_id}`)).json as Record<string, unknown>;
    expect(header).toMatchObject({ millrace_export: 1, session_id, epoch: summary.epoch, head: summary.head });
    expect(header.note).toContain("secrets");
    expect(events).toEqual(await gateway.events(session_id));
    expect((await exported(session_id, "pdf")).status).toBe(400);
    expect((await exported("s_nobodys")).status).toBe(404);
    const path = `/api/v1/sessions/${session_id}/export`;
    expect((await gateway.http.send(path, { method: "HEAD" })).headers["content-disposition"]).toContain("attachment");
    expect((await gateway.http.send(path, { method: "DELETE" })).status).toBe(405);
  });

  it("T24: as Markdown it warns, and keys that are known are not in it", async () => {
    const session_id = await talk("tool");
    const { headers, text } = await exported(session_id, "md");
    expect(headers["content-type"]).toBe("text/markdown; charset=utf-8");
    expect(headers["content-disposition"]).toContain('filename="millrace-tool.md"');
    expect(text).toContain("**Tool output can hold secrets.**");
    expect(text).toContain('"say": "[redacted]"');
    expect(text).not.toContain(CANARY_KEY);
    expect(text.trimEnd().endsWith("Held.\n```\nopen\n```")).toBe(true);
  });

  it("reaches a slow reader whole, with the log growing meanwhile", async () => {
    const session_id = await talk("flood");
    const response = await gateway.http.open(`/api/v1/sessions/${session_id}/export`);
    const viewer = await gateway.connect();
    await viewer.subscribe(session_id, { tail: 1 });
    await viewer.send("flood", { session_id });
    await viewer.event("done", 2);
    let text = "";
    for await (const chunk of response.setEncoding("utf8")) text += chunk;
    const answer = await imported(text);
    expect([answer.status, answer.text.slice(0, 200)]).toEqual([201, expect.any(String)]);
  });
});

describe("an import", () => {
  it("makes a session of its own that folds to the same, and in which one goes on", async () => {
    const session_id = await talk("tool", "flood", "hello");
    const { status, json } = await imported((await exported(session_id)).text);
    expect(status).toBe(201);
    const copy = json as { session_id: string; epoch: string; title: string; status: string };
    expect(copy).toMatchObject({ title: "tool", status: "idle" });
    expect(copy.session_id).not.toBe(session_id);
    expect(copy.epoch).not.toBe(((await gateway.http.get(`/api/v1/sessions/${session_id}`)).json as typeof copy).epoch);
    const [was, is] = [await gateway.events(session_id), await gateway.events(copy.session_id)];
    expect(brokenRules(is)).toEqual([]);
    expect(comparable(fold(emptyView(), is))).toEqual(comparable(fold(emptyView(), was)));

    const viewer = await gateway.connect();
    await viewer.subscribe(copy.session_id);
    await viewer.frame("live");
    await viewer.send("more", { session_id: copy.session_id });
    await viewer.event("done", 4);
    expect(brokenRules(await gateway.events(copy.session_id))).toEqual([]);
    // The endpoint was told what was said before.
    expect(JSON.stringify(gateway.model.requests.at(-1)?.body)).toContain("Held.");
    // What is gone with one is there in the other.
    await gateway.http.send(`/api/v1/sessions/${copy.session_id}`, { method: "DELETE" });
    expect((await gateway.events(session_id)).length).toBe(was.length);
    expect((await exported(session_id)).status).toBe(200);
  });

  it("of a run that was open is at rest: interrupted, nothing runs by itself", async () => {
    const viewer = await gateway.connect();
    const { session_id } = await viewer.send("hang");
    await viewer.event("text_delta");
    await viewer.send("hello", { session_id });
    const { text } = await exported(session_id);
    const { json } = await imported(text);
    const copy = json as { session_id: string; status: string };
    expect(copy.status).toBe("failed");
    const log = await gateway.events(copy.session_id);
    expect(log.at(-2)).toMatchObject({ type: "error", code: "interrupted", reason: "interrupted" });
    expect(log.at(-1)).toMatchObject({ type: "message_withdrawn" });
    expect(brokenRules(log)).toEqual([]);
    await viewer.subscribe(copy.session_id);
    await viewer.send("next", { session_id: copy.session_id });
    expect(await viewer.event("done")).toMatchObject({ session_id: copy.session_id, content: "Hi." });
    await viewer.command({ type: "stop", session_id, run_id: (log[1] as Event).run_id ?? "" });
  });

  it("HTTP-11: stores nothing where a line is wrong, says which, and repeats nothing of it", async () => {
    const lines = (await exported(await talk("hello", "hello"))).text.trimEnd().split("\n");
    const before = await sessions();
    const broken = (line: number, text: string): string => lines.with(line - 1, text).join("\n");
    const canary = "canary-0d9f";
    const bodies: [string, number][] = [
      [broken(3, `{"${canary}`), 3],
      [broken(4, JSON.stringify({ [canary]: canary })), 4],
      [broken(2, lines[2] ?? ""), 2],
      [broken(1, "{}"), 1],
      [lines.slice(0, -1).join("\n"), lines.length - 1],
      ["", 1],
      [`${lines.join("\n")}\n${lines.at(-1)}`, lines.length + 1],
    ];
    for (const [body, line] of bodies) {
      const answer = await imported(body);
      expect(answer.status).toBe(400);
      expect(answer.json).toMatchObject({
        error: { code: "bad_request", message: expect.stringMatching(`^Line ${line}: `) },
      });
      expect(answer.text).not.toContain(canary);
    }
    const notText = Buffer.concat([Buffer.from(`${lines[0]}\n`), Buffer.from([0xff, 0xfe])]);
    expect((await imported(notText)).json).toMatchObject({ error: { message: "Line 2: This is not UTF-8." } });
    expect(await sessions()).toBe(before);
  });

  it("has a limit of its own, a type of its own, and an end", async () => {
    const [header = ""] = (await exported(await talk("hello"))).text.split("\n");
    const long = "x".repeat(3 * 1024 * 1024);
    expect((await imported(long)).status).toBe(413);
    const chunked = await fetch(`${gateway.url}/api/v1/sessions/import`, {
      method: "POST",
      headers: { "Content-Type": "application/x-ndjson" },
      body: new Blob([`${header}\n`, " \n".repeat(2 * 1024 * 1024)]).stream(),
      duplex: "half",
    });
    expect(chunked.status).toBe(413);
    expect((await imported("{}", { "Content-Type": "application/json" })).status).toBe(415);
    expect((await imported("{}", { "Content-Encoding": "gzip" })).status).toBe(415);
    expect((await gateway.http.get("/api/v1/sessions/import")).status).toBe(404);
  });

  it("L9: of 100,000 events, not merged, takes a moment and is stored in one piece", async () => {
    await using roomy = await GatewayUnderTest.start({ limits: { import_bytes: 32 * 1024 * 1024 } });
    const header = { millrace_export: 1, session_id: "s", epoch: "e", title: "big", model: null, head: 100_000 };
    const lines = [JSON.stringify({ ...header, created_at: 0, exported_at: 0 })];
    for (let run = 0; run < 500; run += 1) {
      for (const event of runEvents(run, 190))
        lines.push(JSON.stringify({ v: 1, session_id: "s", seq: lines.length, ...event }));
    }
    const body = lines.join("\n");
    const headers = { "Content-Type": "application/x-ndjson" };
    const answer = await roomy.http.send("/api/v1/sessions/import", { method: "POST", body, headers });
    expect([answer.status, (answer.json as { head: number }).head]).toEqual([201, lines.length - 1]);
    expect(brokenRules(await roomy.events((answer.json as { session_id: string }).session_id))).toEqual([]);
  });
});
