import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { forgetDrafts } from "./draft.ts";
import { loadRewrite, saveRewrite } from "./rewrites.ts";

let held: Map<string, string>;

beforeEach(() => {
  held = new Map();
  vi.stubGlobal("localStorage", {
    getItem: (key: string) => held.get(key) ?? null,
    setItem: (key: string, value: string) => held.set(key, value),
    removeItem: (key: string) => held.delete(key),
  });
});
afterEach(() => vi.unstubAllGlobals());

it("keeps a text per message, an empty one too, until it is forgotten", () => {
  saveRewrite("s", "m1", "a");
  saveRewrite("s", "m2", "");
  saveRewrite("other", "m1", "b");
  expect([loadRewrite("s", "m1"), loadRewrite("s", "m2"), loadRewrite("other", "m1")]).toEqual(["a", "", "b"]);
  saveRewrite("s", "m1", null);
  expect([loadRewrite("s", "m1"), loadRewrite("s", "m2")]).toEqual([null, ""]);
  saveRewrite("s", "m2", null);
  forgetDrafts("other");
  expect(held.size).toBe(0);
});

it("reads nothing that is no text", () => {
  for (const kept of ["[]", "5", "null", "{", '{"m1":5}']) {
    held.set("millrace.rewrites.s", kept);
    expect([loadRewrite("s", "m1"), loadRewrite("s", "toString"), loadRewrite("s", "__proto__")]).toEqual([
      null,
      null,
      null,
    ]);
  }
});
