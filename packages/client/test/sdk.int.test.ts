import { collect, MillraceClient, type StreamChunk } from "@millrace/client";
import { MillraceSseClient } from "@millrace/client/sse";
import { floodText, numberedFlood, reply, toolCalls } from "@millrace/scripted-model";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CuttingProxy } from "./cutting-proxy.ts";
import { type TestGateway, testGateway } from "./gateway.ts";
import { faults } from "./read-chunks.ts";

const FLOOD = { count: 20_000, perChunk: 4 };

let gateway: TestGateway;
let proxy: CuttingProxy;

beforeAll(async () => {
  const look = toolCalls([{ id: "c1", name: "current_time", arguments: {} }]);
  proxy = await CuttingProxy.start();
  gateway = await testGateway(
    [
      { when: "hello", script: reply("Hi there.", { reasoning: "A greeting." }) },
      { when: "flood", script: numberedFlood(FLOOD) },
      { when: "slowly", script: reply("word ".repeat(600), { size: 5, pace_ms: 4 }) },
      { when: "look", script: (_, { step }) => (step === 1 ? look : reply("Late.")) },
    ],
    [proxy.host],
  );
  proxy.target(gateway.url);
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await proxy.close();
});

describe.each([
  ["WebSocket", (url: string) => new MillraceClient({ url })],
  ["SSE", (url: string) => new MillraceSseClient({ url })],
] as const)("over %s", (_, open) => {
  it("collects what the end of the run says, and a second message goes on in the session", async () => {
    const client = open(gateway.url);
    const first = await client.run("hello");
    expect(first).toMatchObject({
      text: "Hi there.",
      final: "Hi there.",
      matches: true,
      reason: "completed",
      steps: 1,
    });
    const second = await client.run("look", { sessionId: first.session_id });
    expect(second).toMatchObject({ text: "Late.", matches: true, steps: 2, session_id: first.session_id });
    expect(second.tool_calls).toMatchObject([{ tool_name: "current_time", result: { success: true } }]);
    expect(second.events[0]).toMatchObject({ type: "user_message", content: "look" });
    client.close();
  });

  it("survives any number of disconnects, and nothing comes twice", async () => {
    const client = open(proxy.url);
    const chunks: StreamChunk[] = [];
    const before = proxy.cuts;
    async function* watched(): AsyncGenerator<StreamChunk> {
      for await (const chunk of client.stream("slowly")) {
        chunks.push(chunk);
        if (chunks.length % 25 === 0) proxy.cut();
        yield chunk;
      }
    }
    const { text, matches } = await collect(watched());
    expect([faults(chunks), text === "word ".repeat(600), matches]).toEqual([[], true, true]);
    expect(proxy.cuts - before).toBeGreaterThan(1);
    client.close();
  });

  it("a consumer that hardly reads gets everything", async () => {
    const client = open(gateway.url);
    const chunks: StreamChunk[] = [];
    for await (const chunk of client.stream("flood")) {
      chunks.push(chunk);
      if (chunks.length < 20) await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const text = chunks.map((chunk) => (chunk.type === "text_delta" ? chunk.content : "")).join("");
    expect([faults(chunks), text === floodText(FLOOD)]).toEqual([[], true]);
    client.close();
  });

  it("a signal stops the run; leaving the loop does so only where that was asked for", async () => {
    const client = open(gateway.url);
    const controller = new AbortController();
    let last: StreamChunk | null = null;
    for await (const chunk of client.stream("slowly", { signal: controller.signal })) {
      if (chunk.type === "text_delta") controller.abort();
      last = chunk;
    }
    expect(last).toMatchObject({ type: "cancelled" });
    const left = async (stopOnLeave: boolean): Promise<string> => {
      for await (const { type, session_id } of client.stream("slowly", { stopOnLeave })) {
        if (type === "text_delta") return session_id;
      }
      throw new Error("no text came");
    };
    const kept = client.sessions.open(await left(false));
    expect((await kept.ready()).turns.at(-1)?.phase.state).toBe("running");
    expect(await kept.stop()).toBe("stopping");
    const stopped = client.sessions.open(await left(true));
    expect((await stopped.ready()).turns.at(-1)?.phase.state).not.toBe("running");
    client.close();
  });

  it("a session is seen live, exported, found, renamed and deleted", async () => {
    const client = open(gateway.url);
    const { session_id } = await client.sessions.create({ title: "Rivers and mills" });
    const session = client.sessions.open(session_id);
    const done = Promise.withResolvers<void>();
    const leave = session.subscribe(() => {
      if (session.view().turns.at(-1)?.phase.state === "done") done.resolve();
    });
    expect((await session.run("hello")).matches).toBe(true);
    await done.promise;
    expect(session.view()).toBe(session.view());
    leave();
    expect(await client.sessions.export(session_id, "md")).toContain("Hi there.");
    const [header = "", ...events] = (await client.sessions.export(session_id)).trimEnd().split("\n");
    expect(JSON.parse(header)).toMatchObject({ session_id, head: session.view().seq });
    expect(JSON.parse(events.at(-1) ?? "")).toMatchObject({ type: "done" });
    await client.sessions.rename(session_id, "Only mills");
    const found = await client.sessions.search("Only mills");
    expect(found.sessions.map((one) => one.session_id)).toContain(session_id);
    await client.sessions.delete(session_id);
    await expect(client.sessions.get(session_id)).rejects.toMatchObject({ code: "not_found" });
    await expect(session.ready()).rejects.toMatchObject({ code: "not_found" });
    client.close();
  });
});
