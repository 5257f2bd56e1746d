import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { resolve } from "node:path";
import { defineTool, type Tool } from "@millrace/agent";
import type { Event } from "@millrace/protocol";
import { reply, type ScriptedModel, scriptByContent, startScriptedModel, toolCalls } from "@millrace/scripted-model";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { GatewayProcess } from "./child-gateway.ts";
import { ConfiguredGateway } from "./configured-gateway.ts";
import { eventually } from "./within.ts";

interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly attributes: readonly { key: string; value: Record<string, unknown> }[];
}

/** Takes OTLP over HTTP and JSON. */
class Collector implements AsyncDisposable {
  readonly spans: Span[] = [];
  readonly headers: IncomingMessage["headers"][] = [];
  readonly paths: string[] = [];
  readonly #server = createServer(async (request, response) => {
    this.headers.push(request.headers);
    this.paths.push(request.url ?? "");
    let text = "";
    for await (const chunk of request) text += chunk;
    const { resourceSpans } = JSON.parse(text);
    for (const { scopeSpans } of resourceSpans) for (const { spans } of scopeSpans) this.spans.push(...spans);
    response.setHeader("Content-Type", "application/json").end("{}");
  });

  static async start(): Promise<Collector> {
    const collector = new Collector();
    await new Promise<void>((done) => collector.#server.listen(0, "127.0.0.1", done));
    return collector;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }
}

let model: ScriptedModel;
beforeAll(async () => {
  model = await startScriptedModel({
    responder: scriptByContent([
      {
        when: "work",
        script: (_request, { step }) =>
          step === 1 ? toolCalls([{ id: "c", name: "look", arguments: {} }]) : reply("Done."),
      },
    ]),
  });
});
afterAll(() => model.close());

const look: Tool = defineTool({
  name: "look",
  description: "Looks.",
  parameters: z.object({}),
  execute: async () => ({ content: "a secret of the workspace" }),
});

const start = (telemetry: object, env: Record<string, string> = {}): Promise<ConfiguredGateway> =>
  ConfiguredGateway.start({
    config: { providers: { local: { base_url: model.url } }, models: [{ id: "m", provider: "local" }], telemetry },
    tools: [look],
    env,
  });

describe("telemetry", () => {
  it("a run is a trace whose id session_start tells: agent, model calls, tool calls, and nothing of what was said", async () => {
    await using collector = await Collector.start();
    const gateway = await start({ otlp_endpoint: collector.url, headers: { "X-Key": "the-collectors-key" } });
    const { session_id, run_id } = await gateway.run("work");
    const events = (await gateway.http.get(`/api/v1/sessions/${session_id}/events`)).json as Event[];
    const begun = events.find(({ type }) => type === "session_start") as Extract<Event, { type: "session_start" }>;
    expect(begun.trace_id).toMatch(/^[0-9a-f]{32}$/);
    // What is still on its way is sent before the process ends.
    await gateway.close();
    expect(collector.paths[0]).toBe("/v1/traces");
    expect(collector.headers[0]).toMatchObject({ "x-key": "the-collectors-key" });
    expect(collector.spans.map(({ name }) => name).sort()).toEqual([
      "chat m",
      "chat m",
      "execute_tool look",
      "invoke_agent default",
    ]);
    for (const { traceId } of collector.spans) expect(traceId).toBe(begun.trace_id);
    const root = collector.spans.find(({ name }) => name === "invoke_agent default");
    expect(root?.parentSpanId ?? "").toBe("");
    for (const span of collector.spans) if (span !== root) expect(span.parentSpanId).toBe(root?.spanId);
    expect(root?.attributes).toContainEqual({ key: "millrace.run_id", value: { stringValue: run_id } });
    expect(JSON.stringify(collector.spans)).not.toMatch(/a secret of the workspace|Done\./);
  });

  it("OTEL_EXPORTER_OTLP_ENDPOINT comes before the file", async () => {
    await using collector = await Collector.start();
    await using gateway = await start(
      { otlp_endpoint: "http://127.0.0.1:9" },
      { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url },
    );
    await gateway.run("work");
    await eventually(() => collector.spans.length === 4, "the spans");
  });

  it("a collector that is not there holds nobody up and is told of", async () => {
    await using gateway = await start({ otlp_endpoint: "http://127.0.0.1:9" });
    expect(await gateway.run("work")).toMatchObject({ reason: "completed" });
    await eventually(() => gateway.log.some((line) => line.includes("traces do not arrive")), "the warning");
  });

  it("without an endpoint no part of the SDK is loaded", async () => {
    const entry = resolve(import.meta.dirname, "loaded-modules.ts");
    const started = new GatewayProcess(entry, {});
    expect(await started.exit).toEqual({ code: 0, signal: null });
    expect(started.stdout).toContain("/express/");
    // The metrics' library loads the empty API by itself.
    expect(started.stdout).not.toMatch(/@opentelemetry\/(?!api\/)/);
  });
});
