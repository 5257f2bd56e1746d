import { brokenRules } from "@millrace/protocol/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { NO_CONFIG } from "../src/config/schema.ts";
import { AskingTools, doAsTold } from "./asking-tools.ts";
import { GatewayUnderTest } from "./gateway-under-test.ts";

const asking = new AskingTools();
let gateway: GatewayUnderTest;

beforeAll(async () => {
  gateway = await GatewayUnderTest.start({
    tools: asking.tools,
    rules: [doAsTold],
    settings: { config: { ...NO_CONFIG, limits: { tool_calls: 2 } } },
  });
});
afterAll(() => gateway[Symbol.asyncDispose]());

const told = (what: string): string => `do ${[1, 2, 3, 4].map((n) => `post ${what}${n}`).join("; ")}`;
const posted = (what: string): string[] => asking.written.filter((one) => one.startsWith(`posted ${what}`));

describe("a limit that is passed", () => {
  it("BREAK-1 BREAK-2: asks; continued, the run goes on and no finished call runs again; passed again, it asks again", async () => {
    const viewer = await gateway.connect();
    const { session_id } = await viewer.send(told("a"));
    const first = await viewer.event("interaction_request");
    expect(await viewer.event("circuit_breaker")).toMatchObject({ reason: "loop", limit: 2, value: 2 });
    expect(first).toMatchObject({ interaction_kind: "confirm", options: ["continue", "end"] });
    expect(first).not.toHaveProperty("tool_call_id");
    const asked = gateway.model.requests.length;
    expect(posted("a")).toHaveLength(2);
    const answer = { answer: "continue", comment: "It is nearly there." };
    await viewer.command({ type: "respond", session_id, request_id: first.request_id, answer });
    const second = await viewer.event("interaction_request", 2);
    expect(await viewer.event("circuit_breaker", 2)).toMatchObject({ reason: "loop", limit: 4, value: 4 });
    expect(gateway.model.requests.length).toBe(asked + 2);
    await viewer.command({ type: "respond", session_id, request_id: second.request_id, answer: "continue" });
    expect(await viewer.event("done")).toMatchObject({ content: "All done.", steps: 5 });
    expect(posted("a")).toEqual(["posted a1", "posted a2", "posted a3", "posted a4"]);
    expect(brokenRules(await gateway.events(session_id))).toEqual([]);
  });

  it("BREAK-2 LOG-4: in the session's next run it asks anew; ended, the run ends with an error and no model is asked", async () => {
    const viewer = await gateway.connect();
    const { session_id } = await viewer.send(told("b"));
    for (const nth of [1, 2]) {
      const { request_id } = await viewer.event("interaction_request", nth);
      const asked = gateway.model.requests.length;
      const status = (await gateway.http.get(`/api/v1/sessions/${session_id}`)).json as { status: string };
      expect(status.status).toBe("waiting");
      const respond = { type: "respond", session_id, request_id, answer: "end" } as const;
      expect(await viewer.refused({ ...respond, answer: "allow_once" })).toBe("bad_request");
      expect(await viewer.command(respond)).toMatchObject({ type: "ack" });
      const end = await viewer.event("error", nth);
      expect(end).toMatchObject({ reason: "circuit_breaker", code: "loop", retryable: false });
      expect(gateway.model.requests.length).toBe(asked);
      if (nth === 1) await viewer.send(told("c"), { session_id });
    }
    expect([posted("b").length, posted("c").length]).toEqual([2, 2]);
    const log = await gateway.events(session_id);
    expect(brokenRules(log)).toEqual([]);
    const ids = log.flatMap((event) => (event.type === "interaction_request" ? [event.request_id] : []));
    expect(new Set(ids).size).toBe(2);
  });

  it("BREAK-2 HTTP-2: in a run that is not interactive it ends the run, and /agent/run answers with what was done", async () => {
    const answer = await gateway.http.post("/api/v1/agent/run", { message: told("d") });
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({
      reason: "circuit_breaker",
      error: { code: "loop", retryable: false, message: expect.stringContaining("2") },
      steps: 2,
      tool_calls: [{ tool: "post", success: true }, { success: true }],
      usage: { total_tokens: expect.any(Number) },
    });
    const { session_id } = answer.json as { session_id: string };
    const log = await gateway.events(session_id);
    expect(log.some(({ type }) => type === "interaction_request")).toBe(false);
    expect(log.filter(({ type }) => type === "circuit_breaker")).toHaveLength(1);
    expect(brokenRules(log)).toEqual([]);
  });

  it("F38: a stop while it asks cancels the run", async () => {
    const viewer = await gateway.connect();
    const { session_id } = await viewer.send(told("e"));
    const { run_id = "", request_id } = await viewer.event("interaction_request");
    await viewer.command({ type: "stop", session_id, run_id });
    await viewer.event("cancelled");
    expect(await viewer.refused({ type: "respond", session_id, request_id, answer: "continue" })).toBe("not_found");
    expect(brokenRules(await gateway.events(session_id))).toEqual([]);
  });
});
