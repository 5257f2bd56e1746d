import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { failure, reply, toolCalls } from "@millrace/scripted-model";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { NO_CONFIG } from "../src/config/schema.ts";
import { Gate, holdingTool } from "./gate.ts";
import { GatewayUnderTest } from "./gateway-under-test.ts";
import { eventually } from "./within.ts";

const DASHBOARD = resolve(import.meta.dirname, "../../../deploy/grafana-dashboard.json");
const CANARY = "canary-5c2e91";

let gateway: GatewayUnderTest;
const gate = new Gate();

beforeAll(async () => {
  gateway = await GatewayUnderTest.start({
    tools: [holdingTool(gate).tool],
    settings: { config: { ...NO_CONFIG, limits: { tool_calls: 3 } } },
    rules: [
      {
        when: /^tool/,
        script: (_request, { step }) =>
          step === 1 ? toolCalls([{ id: "c", name: "hold", arguments: { say: CANARY } }]) : reply("Held."),
      },
      { when: "again", script: (_request, { call }) => (call === 1 ? failure(503, "Overloaded.") : reply("Now.")) },
      { when: "broken", script: failure(401, "No.") },
      { when: /^hello/, script: reply("Hi.") },
    ],
  });
});
afterAll(() => gateway[Symbol.asyncDispose]());

const scrape = async (): Promise<string> => (await gateway.http.get("/metrics")).text;

/** The value of a sample, by its name with labels in the order in which they are written; 0 where there is none. */
function sampleOf(text: string, sample: string): number {
  const line = text.split("\n").find((one) => one.startsWith(`${sample} `));
  return Number(line?.slice(sample.length + 1) ?? 0);
}

describe("/metrics", () => {
  it("is Prometheus' text, for GET only", async () => {
    const { status, headers } = await gateway.http.get("/metrics");
    expect(status).toBe(200);
    expect(headers["content-type"]).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(headers["cache-control"]).toBe("no-store");
    expect((await gateway.http.post("/metrics", {})).status).toBe(405);
  });

  it("counts what runs did, when it is stored", async () => {
    const before = await scrape();
    const viewer = await gateway.connect();
    const { session_id } = await viewer.send("tool");
    await viewer.event("tool_start");
    const running = await scrape();
    expect(sampleOf(running, "millrace_runs_open")).toBe(1);
    expect(sampleOf(running, "millrace_viewers")).toBe(1);
    expect(sampleOf(running, "millrace_sessions_in_memory")).toBeGreaterThanOrEqual(1);
    gate.open();
    const { usage } = await viewer.event("done");
    await viewer.send("again", { session_id });
    await viewer.event("done", 2);
    await viewer.send("broken", { session_id });
    await viewer.event("error");
    const after = await scrape();
    const more = (sample: string): number => sampleOf(after, sample) - sampleOf(before, sample);
    expect(sampleOf(after, "millrace_runs_open")).toBe(0);
    expect(more('millrace_runs_ended_total{outcome="done",reason=""}')).toBe(2);
    expect(more('millrace_runs_ended_total{outcome="error",reason="model_error"}')).toBe(1);
    expect(more('millrace_tool_calls_total{outcome="completed"}')).toBe(1);
    expect(more('millrace_model_retries_total{model="scripted"}')).toBe(1);
    expect(more('millrace_tokens_total{model="scripted",kind="input"}')).toBeGreaterThanOrEqual(usage.input_tokens);
    expect(more('millrace_tokens_total{model="scripted",kind="output"}')).toBeGreaterThanOrEqual(usage.output_tokens);
    expect(more("millrace_events_stored_total")).toBeGreaterThan(15);
    expect(more("millrace_commit_seconds_count")).toBeGreaterThan(3);
    expect(more('millrace_commit_seconds_bucket{le="30"}')).toBe(more("millrace_commit_seconds_count"));
    viewer.terminate();
  });

  it("counts refusals and closed sockets by their codes, those of clients only where they are known", async () => {
    const before = await scrape();
    const viewer = await gateway.connect();
    expect(sampleOf(await scrape(), 'millrace_sockets{state="open"}')).toBe(1);
    await viewer.refused({ type: "subscribe", session_id: "s_none" });
    await gateway.http.get("/api/v1/sessions/s_none");
    viewer.write("no JSON");
    await viewer.closed;
    const polite = await gateway.connect();
    polite.socket.close(4567, "mine");
    await polite.closed;
    const more = async (sample: string): Promise<number> => sampleOf(await scrape(), sample) - sampleOf(before, sample);
    expect(await more('millrace_rejects_total{door="ws",code="not_found"}')).toBe(1);
    expect(await more('millrace_rejects_total{door="http",code="not_found"}')).toBe(1);
    await eventually(async () => (await more('millrace_socket_closes_total{code="other"}')) === 1, "the close");
    expect(await more('millrace_socket_closes_total{code="4100"}')).toBe(1);
    expect(sampleOf(await scrape(), 'millrace_sockets{state="open"}')).toBe(0);
  });

  it("names no session, no user and nothing that was said", async () => {
    const viewer = await gateway.connect();
    const { session_id, message_id } = await viewer.send(`hello ${CANARY}`);
    const { run_id = "" } = await viewer.event("done");
    await viewer.command({ type: "send", session_id, content: "other", message_id });
    await viewer.refused({ type: CANARY });
    await viewer.refused({ type: "stop", session_id, run_id: randomUUID() });
    const text = await scrape();
    for (const secret of [CANARY, session_id, run_id, message_id, "local"]) expect(text).not.toContain(secret);
    expect(text.split("\n").length).toBeLessThan(200);
    viewer.terminate();
  });

  it("T5: with a token configured, only who has it reads them; health is everybody's", async () => {
    const token = "metrics-token-0123456789";
    const auth = { token, read_token: "reads-only-0123456789", oidc: null };
    await using closed = await GatewayUnderTest.start({ settings: { auth } });
    expect((await closed.http.get("/metrics")).status).toBe(401);
    expect((await closed.http.get("/metrics", { Authorization: `Bearer ${token}` })).status).toBe(200);
    expect((await closed.http.get("/metrics", { Authorization: `Bearer ${auth.read_token}` })).status).toBe(200);
    expect((await closed.http.get("/readyz")).status).toBe(200);
  });

  it("has every metric that the dashboard shows", async () => {
    const dashboard = JSON.parse(readFileSync(DASHBOARD, "utf8")) as {
      panels: { title: string; targets?: { expr: string }[] }[];
    };
    const expressions = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
    const shown = new Set(expressions.flatMap((expr) => expr.match(/\b(?:millrace|process|nodejs)_[a-z_]+\b/g) ?? []));
    const kinds = new Map(
      [...(await scrape()).matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, kind]) => [name, kind]),
    );
    const known = [...kinds].flatMap(([name, kind]) =>
      kind === "histogram" ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
    );
    expect(shown.size).toBeGreaterThan(20);
    expect([...shown].filter((name) => !known.includes(name))).toEqual([]);
    // And nothing is counted that nobody looks at.
    const unseen = [...kinds.keys()].filter((name) => ![...shown].some((one) => one.startsWith(name ?? "")));
    expect(unseen).toEqual(["process_start_time_seconds"]);
    // A counter is only looked at by how fast it grows.
    for (const expr of expressions)
      for (const name of expr.match(/\b[a-z_]+_total\b/g) ?? [])
        expect(expr).toMatch(new RegExp(`(rate|increase)\\(${name}`));
  });
});
