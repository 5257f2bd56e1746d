import { expect, it } from "vitest";
import { styleFor, wantsColours } from "./style.ts";

it("colours only on a terminal, and not against NO_COLOR", () => {
  expect(wantsColours(true, {})).toBe(true);
  expect(wantsColours(false, {})).toBe(false);
  expect(wantsColours(true, { NO_COLOR: "1" })).toBe(false);
  expect(wantsColours(true, { NO_COLOR: "" })).toBe(true);
  expect(wantsColours(true, { TERM: "dumb" })).toBe(false);
  expect([styleFor(true).red("x"), styleFor(false).red("x"), styleFor(true).red("")]).toEqual([
    "\u001b[31mx\u001b[39m",
    "x",
    "",
  ]);
});
