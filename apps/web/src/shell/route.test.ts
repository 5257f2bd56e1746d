import { expect, it } from "vitest";
import { addressOf, sessionOf } from "./route.ts";

it("finds the session in an address and back", () => {
  expect(sessionOf("/")).toBeNull();
  expect(sessionOf("/s/")).toBeNull();
  expect(sessionOf("/s/%E0%A4%A")).toBeNull();
  expect(sessionOf("/s/a/b")).toBeNull();
  for (const id of ["ses_1", "ü/../x", "a b"]) expect(sessionOf(addressOf(id))).toBe(id);
  expect(addressOf(null)).toBe("/");
});
