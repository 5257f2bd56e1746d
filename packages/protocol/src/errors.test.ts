import { describe, expect, it } from "vitest";
import { CLOSE_CODES, mayReconnect, REJECT_CODES } from "./errors.ts";

describe("close codes", () => {
  it.each(Object.entries(CLOSE_CODES))("CLOSE-2: %s (%i) says by its range whether to come back", (_, code) => {
    expect(mayReconnect(code)).toBe(code < 4100);
  });

  it.each([
    [1000, true],
    [1001, true],
    [1005, true],
    [1006, true],
    [1012, true],
    [4099, true],
    [4100, false],
    [4199, false],
    [4200, true],
  ])("CLOSE-2: after %i a client may come back: %j", (code, may) => {
    expect(mayReconnect(code)).toBe(may);
  });

  it("gives each reason a code of its own", () => {
    const codes = Object.values(CLOSE_CODES);
    expect(new Set(codes).size).toBe(codes.length);
  });
});

describe("reject codes", () => {
  it.each(Object.entries(REJECT_CODES))("%s has an error's HTTP status, %i", (_, status) => {
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(600);
  });
});
