import { failure, startScriptedModel, text } from "@millrace/scripted-model";
import { describe, expect, it } from "vitest";
import type { ModelPort, ModelRequest, ThinkingOption } from "../model-port.ts";
import { openAiModel } from "./openai-model.ts";

const KEYS = ["reasoning_effort", "enable_thinking", "thinking_budget", "chat_template_kwargs", "thinking", "think"];

const request = (thinking: ThinkingOption | null): ModelRequest => ({
  system: null,
  messages: [{ role: "user", content: "hi" }],
  tools: [],
  thinking,
});

async function ask(model: ModelPort, thinking: ThinkingOption | null): Promise<string> {
  let said = "";
  for await (const chunks of model.stream(request(thinking), new AbortController().signal)) {
    for (const chunk of chunks) if (chunk.type === "text") said += chunk.text;
  }
  return said;
}

const sent = (body: object): object => Object.fromEntries(Object.entries(body).filter(([name]) => KEYS.includes(name)));

const ON: ThinkingOption = { enabled: true, budget: 100 };
const OFF: ThinkingOption = { enabled: false };

describe("thinking over HTTP", () => {
  it("is sent in the configured style", async () => {
    await using server = await startScriptedModel({ responder: () => text("ok") });
    const model = openAiModel({ base_url: server.url, model: "m", thinking_style: "enable_thinking" });
    for (const thinking of [ON, OFF, null]) expect(await ask(model, thinking)).toBe("ok");
    expect(server.requests.map(({ body }) => sent(body))).toEqual([
      { enable_thinking: true, thinking_budget: 100 },
      { enable_thinking: false },
      {},
    ]);
  });

  it("is left out where the endpoint refuses its field: asked again once, and remembered", async () => {
    await using server = await startScriptedModel({
      responder: (asked) =>
        "enable_thinking" in asked ? failure(400, "model does not support parameter `enable_thinking`.") : text("ok"),
    });
    const model = openAiModel({ base_url: server.url, model: "m", thinking_style: "enable_thinking" });
    for (const thinking of [OFF, OFF, ON]) expect(await ask(model, thinking)).toBe("ok");
    expect(server.requests.map(({ body }) => sent(body))).toEqual([
      { enable_thinking: false },
      {},
      {},
      { enable_thinking: true, thinking_budget: 100 },
      {},
    ]);
  });

  it("fails where the endpoint refuses again, and is tried again the next time", async () => {
    await using server = await startScriptedModel({
      responder: () => failure(400, "thinking needs reasoning_content"),
    });
    const model = openAiModel({ base_url: server.url, model: "m", thinking_style: "thinking" });
    for (let at = 0; at < 2; at += 1) await expect(ask(model, OFF)).rejects.toMatchObject({ code: "bad_request" });
    expect(server.requests.map(({ body }) => sent(body))).toEqual([
      { thinking: { type: "disabled" } },
      {},
      { thinking: { type: "disabled" } },
      {},
    ]);
  });

  it("is not what another failure is about", async () => {
    await using server = await startScriptedModel({ responder: () => failure(400, "bad messages") });
    const model = openAiModel({ base_url: server.url, model: "m" });
    await expect(ask(model, ON)).rejects.toMatchObject({ code: "bad_request", message: "bad messages" });
    expect(server.requests).toHaveLength(1);
  });
});
