import { expect, it } from "vitest";
import { KnownSecrets } from "./known-secrets.ts";

it("T24: what becomes known later goes from there on, also for those who hold the redactor already", () => {
  const secrets = new KnownSecrets(["canary-first"]);
  const { redact, values } = secrets;
  expect(redact("canary-first canary-second")).toBe("[redacted] canary-second");
  secrets.add(["canary-second", "canary-first"]);
  expect(redact("canary-first canary-second")).toBe("[redacted] [redacted]");
  expect(values).toEqual(["canary-first"]);
  expect(secrets.values).toEqual(["canary-first", "canary-second"]);
});
