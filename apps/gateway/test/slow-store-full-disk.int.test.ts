import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { isDelta } from "@millrace/protocol";
import { brokenRules } from "@millrace/protocol/testing";
import { floodText, numberedFlood, reply, scriptByContent, startScriptedModel } from "@millrace/scripted-model";
import { describe, expect, it } from "vitest";
import { ChildGateway, Folder } from "./child-gateway.ts";
import { eventually } from "./within.ts";

/** Part of util-linux: sets how large a process's files may grow. */
const PRLIMIT = "prlimit";
const limitable = spawnSync(PRLIMIT, ["--version"]).status === 0;
const FLOOD = { count: 400_000, perChunk: 5 };

function limitFiles(pid: number | undefined, bytes: number | "unlimited"): void {
  expect(spawnSync(PRLIMIT, ["--pid", `${pid}`, `--fsize=${bytes}:unlimited`]).status).toBe(0);
}

describe.skipIf(!limitable)("a full disk", () => {
  it("F49 R6: breaks the run off, refuses messages, is told; reads work; it is over without a restart", async () => {
    using folder = new Folder();
    const responder = scriptByContent([
      { when: "flood", script: numberedFlood(FLOOD) },
      { when: "hello", script: reply("Hi.") },
    ]);
    await using model = await startScriptedModel({ responder });
    await using child = await ChildGateway.start({ data_dir: folder.path, model, limits: { store_retry_ms: 500 } });
    const { pid } = child.process.child;
    const viewer = await child.connect();
    const { session_id } = await viewer.send("flood");
    await viewer.event("text_delta");

    limitFiles(pid, 4_096);
    await viewer.frame("notice", { where: ({ code }) => code === "storage_full" });
    expect(await child.http.get("/readyz")).toMatchObject({ status: 503, json: { error: { code: "storage_full" } } });
    expect((await child.http.get("/healthz")).status).toBe(200);
    const message = { content: "hello", message_id: randomUUID() };
    const refused = await viewer.command({ type: "send", ...message });
    expect(refused).toMatchObject({ type: "reject", code: "storage_unavailable", retry_after_ms: 5_000 });
    const answer = await child.http.post("/api/v1/agent/run", { message: "hello" });
    expect([answer.status, answer.headers["retry-after"]]).toEqual([503, "5"]);
    const metrics = (await child.http.get("/metrics")).text;
    expect(metrics).toContain('millrace_storage_state{state="full"} 1');
    expect(metrics).toMatch(/millrace_commit_failures_total\{code="full"\} [1-9]/);
    // What was shown is what is stored, and it can be read.
    const shown = viewer.events(session_id);
    const stored = await child.events(session_id);
    expect(stored.at(-1)?.seq).toBe(shown.at(-1)?.seq);
    expect(stored.every((event) => event.type !== "error")).toBe(true);

    limitFiles(pid, "unlimited");
    expect(await viewer.event("error")).toMatchObject({ code: "storage_full", reason: "interrupted", retryable: true });
    await eventually(async () => (await child.http.get("/readyz")).status === 200, "the gateway to be ready again");
    const log = await child.events(session_id);
    expect(brokenRules(log)).toEqual([]);
    const text = log.filter(isDelta).map(({ content }) => content);
    expect(floodText(FLOOD).startsWith(text.join(""))).toBe(true);
    await viewer.send("hello", { message_id: message.message_id });
    expect(await viewer.event("done")).toMatchObject({ content: "Hi." });
    expect(responder.calls.get("hello")).toBe(1);
  });

  it("R6: with less room than is kept free, new messages are refused", async () => {
    using folder = new Folder();
    await using model = await startScriptedModel({ responder: scriptByContent([]) });
    const limits = { free_bytes: 2 ** 50, store_retry_ms: 200 };
    await using child = await ChildGateway.start({ data_dir: folder.path, model, limits });
    await eventually(async () => (await child.http.get("/readyz")).status === 503, "the disk to be looked at");
    const viewer = await child.connect();
    expect(await viewer.frame("notice")).toMatchObject({ code: "storage_full" });
    expect(await viewer.refused({ type: "send", content: "hello", message_id: randomUUID() })).toBe(
      "storage_unavailable",
    );
  });
});
