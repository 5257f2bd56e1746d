import { redactor } from "@millrace/agent";
import { expect, it } from "vitest";
import { logger } from "./logging.ts";

it("T24: a log line holds no secret, wherever in it one would stand", () => {
  const lines: string[] = [];
  const log = logger("info", redactor(["canary-4f1d0c8e"]), { write: (line) => void lines.push(line) });
  const error = new Error("said canary-4f1d0c8e", { cause: { headers: { authorization: "Bearer canary-4f1d0c8e" } } });
  log.error({ error, deep: { key: "canary-4f1d0c8e" } }, "with canary-4f1d0c8e in it");
  log.debug("canary-4f1d0c8e");
  expect(lines).toHaveLength(1);
  expect(lines[0]).not.toContain("canary");
  expect(JSON.parse(lines[0] ?? "")).toMatchObject({
    level: 50,
    msg: "with [redacted] in it",
    deep: { key: "[redacted]" },
  });
});
