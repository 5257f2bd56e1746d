import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isTerminal } from "@millrace/protocol";
import { reply, scriptByContent, startScriptedModel, toolCalls } from "@millrace/scripted-model";
import { describe, expect, it } from "vitest";
import { ChildGateway, Folder } from "./child-gateway.ts";
import { eventually } from "./within.ts";

/** Among the arguments of everything that the tool starts. */
const MARK = `47${process.pid}.2424`;
const DRAIN_MS = 1_000;
/** All of it is deaf to SIGTERM: the shell, what it waits for, and what it left in the background. */
const HUNG = `trap '' TERM; echo hung; sleep ${MARK} & sleep ${MARK}; sleep ${MARK}`;

/** Live processes of the machine that have `text` among their arguments. */
function processesWith(text: string): string[] {
  const has = (pid: string): boolean => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").includes(text);
    } catch {
      return false;
    }
  };
  return readdirSync("/proc").filter((name) => /^\d+$/.test(name) && has(name));
}

describe.runIf(process.platform === "linux")("SIGTERM with a hung tool", () => {
  it.each([
    ["in the sandbox", "bash"],
    ["on the host", "host_bash"],
  ])(
    "F32 R7: one is enough: the gateway ends in time, and nothing of the tool's group is left (%s)",
    async (_name, name) => {
      using folder = new Folder();
      await using model = await startScriptedModel({
        responder: scriptByContent([
          {
            when: "hang",
            script: (_request, { step }) =>
              step === 1 ? toolCalls([{ id: "c", name, arguments: { command: HUNG } }]) : reply("Over."),
          },
        ]),
      });
      const options = {
        data_dir: join(folder.path, "data"),
        model,
        tools: name === "host_bash",
        env: { MILLRACE_WORKSPACE: folder.path },
      };
      await using gateway = await ChildGateway.start({ ...options, limits: { drain_ms: DRAIN_MS } });
      const viewer = await gateway.connect();
      const { session_id } = await viewer.send("hang");
      const { request_id, args_digest = "" } = await viewer.event("interaction_request");
      await viewer.command({ type: "respond", session_id, request_id, answer: "allow_once", args_digest });
      await viewer.event("tool_output_delta");
      await eventually(() => processesWith(MARK).length >= 2, "the tool");
      const began = performance.now();
      expect(await gateway.kill("SIGTERM", 20_000)).toEqual({ code: 0, signal: null });
      expect(performance.now() - began).toBeLessThan(DRAIN_MS + 5_000);
      await eventually(() => processesWith(MARK).length === 0, "the end of the tool", 2_000);
      // The run is not over: the next start takes it up, and tells the model that nobody knows how the tool ended.
      expect(viewer.events(session_id).some((event) => isTerminal(event))).toBe(false);
      await using next = await ChildGateway.start(options);
      const again = await next.connect();
      await again.subscribe(session_id);
      expect(await again.event("tool_result")).toMatchObject({ outcome: "unknown" });
      expect(await again.event("done")).toMatchObject({ content: "Over." });
    },
  );
});
