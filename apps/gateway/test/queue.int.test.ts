import { randomUUID } from "node:crypto";
import { reply } from "@millrace/scripted-model";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { GatewayUnderTest } from "./gateway-under-test.ts";

let gateway: GatewayUnderTest;
beforeAll(async () => {
  gateway = await GatewayUnderTest.start({
    limits: { queued_messages: 3 },
    rules: [
      { when: "hang", script: [{ text: "Well" }, { hang: true }] },
      { when: /./, script: reply("Hi.") },
    ],
  });
});
afterAll(() => gateway[Symbol.asyncDispose]());

describe("the messages of a session that wait", () => {
  it("T30: are so many; one more is run_limit by every door, until one is taken back or taken", async () => {
    const viewer = await gateway.connect();
    const { session_id } = await viewer.send("hang");
    const { run_id = "" } = await viewer.event("text_delta");
    const waiting = [randomUUID(), randomUUID(), randomUUID()];
    for (const message_id of waiting) await viewer.send("wait", { session_id, message_id });
    const more = { type: "send", session_id, message_id: randomUUID(), content: "more" } as const;
    expect(await viewer.refused(more)).toBe("run_limit");
    const refused = await gateway.http.post(`/api/v1/sessions/${session_id}/messages`, {
      message_id: randomUUID(),
      content: "more",
    });
    expect(refused).toMatchObject({ status: 429, json: { error: { code: "run_limit" } } });
    // What is known is taken as before.
    await viewer.send("wait", { session_id, message_id: waiting[2] ?? "" });
    await viewer.command({ type: "unsend", session_id, message_id: waiting[0] ?? "" });
    await viewer.command(more);
    expect(await viewer.refused({ ...more, message_id: randomUUID() })).toBe("run_limit");
    await viewer.command({ type: "stop", session_id, run_id });
    await viewer.event("done", 3);
    await viewer.command({ ...more, message_id: randomUUID() });
    await viewer.event("done", 4);
  });
});
