import type { Event } from "@millrace/protocol";
import { brokenRules } from "@millrace/protocol/testing";
import { reply, type ScriptedModel, scriptByContent, startScriptedModel } from "@millrace/scripted-model";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { OnDelta } from "../src/index.ts";
import { ConfiguredGateway } from "./configured-gateway.ts";

let model: ScriptedModel;
beforeAll(async () => {
  model = await startScriptedModel({
    responder: scriptByContent([
      {
        when: "hello",
        script: [
          { reasoning: "Hm." },
          { text: "One " },
          { delay_ms: 50 },
          { text: "two " },
          { delay_ms: 50 },
          { text: "three" },
        ],
      },
      { when: "other", script: reply("Fine.") },
    ]),
  });
});
afterAll(() => model.close());

const start = (onDelta: OnDelta): Promise<ConfiguredGateway> =>
  ConfiguredGateway.start({
    config: { providers: { p: { base_url: model.url } }, models: [{ id: "m", provider: "p" }], hooks: { onDelta } },
    tools: [],
  });
const eventsOf = async (gateway: ConfiguredGateway, session_id: unknown): Promise<Event[]> =>
  (await gateway.http.get(`/api/v1/sessions/${session_id}/events`)).json as Event[];

describe("hooks.onDelta", () => {
  it("sees each delta as it is produced; what it puts into the stream stands behind what it saw", async () => {
    let text = "";
    await using gateway = await start((event, { data }) => {
      if (event.type !== "text_delta") return;
      text += event.content;
      data("length", { characters: text.length });
    });
    const { session_id, message } = await gateway.run("hello");
    expect(text).toBe(message);
    const events = await eventsOf(gateway, session_id);
    expect(brokenRules(events)).toEqual([]);
    let said = 0;
    const told: unknown[] = [];
    for (const event of events) {
      if (event.type === "text_delta") said += event.content.length;
      if (event.type !== "data") continue;
      told.push(event.value);
      expect(event).toMatchObject({ name: "length", value: { characters: said } });
    }
    expect(told).toHaveLength(3);
  });

  it("one that throws is told of and switched off for that run only; the run goes on", async () => {
    let calls = 0;
    await using gateway = await start(() => {
      calls += 1;
      throw new Error("mine");
    });
    expect(await gateway.run("hello")).toMatchObject({ message: "One two three", reason: "completed" });
    expect(calls).toBe(1);
    await gateway.run("other");
    expect(calls).toBe(2);
    expect(gateway.log.filter((line) => line.includes("hooks.onDelta"))).toHaveLength(2);
  });

  it("what it puts in after the run has ended goes nowhere", async () => {
    let late: (() => void) | null = null;
    await using gateway = await start((_event, { data }) => {
      late = () => data("late", 1);
    });
    const { session_id } = await gateway.run("hello");
    (late as (() => void) | null)?.();
    await gateway.run("other", { session_id });
    expect((await eventsOf(gateway, session_id)).map(({ type }) => type)).not.toContain("data");
  });
});
