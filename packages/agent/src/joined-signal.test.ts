import { expect, it } from "vitest";
import { joinedSignal } from "./joined-signal.ts";

it("aborts with the first of its signals, for its reason, also where that was before", () => {
  const [one, two] = [new AbortController(), new AbortController()];
  const joined = joinedSignal([one.signal, two.signal]);
  expect(joined.aborted).toBe(false);
  two.abort("two");
  one.abort("one");
  expect([joined.aborted, joined.reason]).toEqual([true, "two"]);
  expect(joinedSignal([one.signal, two.signal]).reason).toBe("one");
});
