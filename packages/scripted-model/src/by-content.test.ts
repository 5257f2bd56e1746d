import { describe, expect, it } from "vitest";
import { scriptByContent } from "./by-content.ts";
import { chatRequest, rehearse } from "./rehearsal.ts";
import { reply } from "./script.ts";

const context = { index: 0, attempt: 1, signal: new AbortController().signal };

describe("scriptByContent", () => {
  const respond = scriptByContent([
    { when: "exact", script: reply("one") },
    { when: /^m-\d+/u, script: (_request, { call, step, text }) => reply(`${text} call ${call} step ${step}`) },
    { when: (text, request) => text === "x" && request.model === "test", script: reply("three") },
  ]);

  async function say(...texts: string[]): Promise<string> {
    const messages = texts.map((content, at) => ({ role: at % 2 === 0 ? "user" : "assistant", content }));
    return (await rehearse(await respond(chatRequest("", { messages }), context))).body;
  }

  it("chooses by the whole text, a pattern or a test", async () => {
    expect(await say("exact")).toContain("one");
    expect(await say("earlier", "answer", "x")).toContain("three");
  });

  it("counts the calls per message and the steps after it (DUPRUN)", async () => {
    expect(await say("m-7")).toContain("m-7 call 1 step 1");
    expect(await say("m-7", "calls a tool")).toContain("m-7 call 2 step 2");
    expect(await say("m-8")).toContain("m-8 call 1 step 1");
    expect(respond.calls.get("m-7")).toBe(2);
  });

  it("answers 400 where no rule fits", async () => {
    const written = await rehearse(await respond(chatRequest("exactly"), context));
    expect(written.response).toMatchObject({ status: 400, body: { error: { code: "no_rule" } } });
  });
});
