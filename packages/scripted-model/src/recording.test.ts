import { createHash } from "node:crypto";
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { conversationResponder, parseRecording, recordingResponder, recordingScript } from "./recording.ts";
import { chatRequest, rehearse, type Written } from "./rehearsal.ts";
import type { Responder } from "./server.ts";

const FIXTURES = join(import.meta.dirname, "..", "fixtures");
const SHARED = join(import.meta.dirname, "..", "..", "..", "..", "shared", "recordings");

async function replay(responder: Responder, request = chatRequest("hi")): Promise<Written> {
  const context = { index: 0, attempt: 1, signal: new AbortController().signal };
  return rehearse(await responder(request, context), { request });
}

describe("recordings", () => {
  it("keep a chunk's text: numbers above 2^53, key order, spacing, escapes", async () => {
    const chunk = '{ "z":9007199254740993, "a" : "\\u00e9 } \\" ] {", "n":[1.0, -2e5,{}] ,"chunk":{"deep":true}}';
    const jsonl = `{"event":"ping", "chunk": ${chunk} , "t_ms": null}\n\n`;
    expect(parseRecording(jsonl)).toEqual([{ t_ms: null, data: chunk, event: "ping" }]);
    expect((await replay(recordingResponder({ jsonl }))).body).toBe(`event: ping\ndata: ${chunk}\n\ndata: [DONE]\n\n`);
  });

  it("say which line is wrong", () => {
    expect(() => parseRecording('{"chunk":1}\nnonsense')).toThrow("line 2");
    expect(() => parseRecording('{"t_ms":1}')).toThrow("line 1 of the recording has no chunk");
    expect(() => parseRecording('{"t_ms":"1","chunk":1}')).toThrow("t_ms");
  });

  const path = join(FIXTURES, "timed.jsonl");
  it("are played at their own time, which counts from the request", async () => {
    expect((await replay(recordingResponder(path))).times).toEqual([250, 250, 400, 1400, 1400]);
  });

  it("can count from their first event, or not wait at all", async () => {
    expect((await replay(recordingResponder(path, { origin: "first" }))).times).toEqual([0, 0, 150, 1150, 1150]);
    expect((await replay(recordingResponder(path, { timing: "fast" }))).times).toEqual([0, 0, 0, 0, 0]);
  });

  it("are sent as their raw body where one lies beside them", async () => {
    const { body, ending } = await replay(recordingResponder(join(FIXTURES, "raw.jsonl")));
    expect(body).toBe(readFileSync(join(FIXTURES, "raw.sse"), "utf8"));
    expect(ending).toBe("end");
  });

  it("of a conversation answer turn by turn, the same turn twice alike, and then 400", async () => {
    const responder = conversationResponder([{ jsonl: '{"chunk":1}' }, { jsonl: '{"chunk":2}' }]);
    const user = { role: "user", content: "hi" };
    const assistant = { role: "assistant", content: "…" };
    const turn = (messages: (typeof user)[]) => replay(responder, chatRequest("", { messages }));
    expect((await turn([user])).data[0]).toBe("1");
    expect((await turn([user])).data[0]).toBe("1");
    expect((await turn([user, assistant, user])).data[0]).toBe("2");
    expect((await turn([user, assistant, user, assistant])).response?.status).toBe(400);
  });

  it("that cannot be read name their file", () => {
    expect(() => recordingResponder(join(FIXTURES, "absent.jsonl"))).toThrow("absent.jsonl");
  });
});

const shared = existsSync(SHARED) ? globSync("*.jsonl", { cwd: SHARED }).toSorted() : [];

describe(shared.length > 0 ? `shared recordings: ${shared.length}` : "shared recordings: not present", () => {
  if (shared.length === 0) {
    it("shared recordings: not present, their replays are left out", () => {
      expect(existsSync(SHARED)).toBe(false);
    });
  }

  it.each(shared)("%s: every chunk leaves as it was recorded", async (name) => {
    const lines = readFileSync(join(SHARED, name), "utf8").trimEnd().split("\n");
    const { data } = await rehearse(recordingScript(parseRecording(lines.join("\n")), { timing: "fast" }));
    expect(data.at(-1)).toBe("[DONE]");
    expect(data).toHaveLength(lines.length + 1);
    for (const [at, line] of lines.entries()) {
      expect(line).toContain(`"chunk": ${data[at]}`);
    }
  });

  const expectations = shared.map((name) => name.replace(/\.jsonl$/u, ""));
  it.each(expectations)("%s: folds to the answer it adds up to", async (name) => {
    const wanted = JSON.parse(readFileSync(join(SHARED, `${name}.expected.json`), "utf8"));
    const { completion } = await rehearse(
      recordingScript(parseRecording(readFileSync(join(SHARED, `${name}.jsonl`), "utf8")), { timing: "fast" }),
    );
    if (wanted.errors?.length > 0 || wanted.error) {
      expect(completion.status).toBe(500);
      return;
    }
    const { choices } = completion.body as { choices: [{ message: { content: string | null } }] };
    const content = choices[0].message.content ?? "";
    expect(createHash("sha256").update(content).digest("hex")).toBe(wanted.content.sha256);
  });
});
