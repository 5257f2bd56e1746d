import { expect, it } from "vitest";
import { fuzzy } from "./fuzzy.ts";

it("finds letters in their order, whole words first", () => {
  expect(fuzzy("stop", "Stop this run")?.at).toEqual([0, 1, 2, 3]);
  expect(fuzzy("nc", "New chat")?.at).toEqual([0, 4]);
  expect(fuzzy("停止", "按下停止之后")?.at).toEqual([2, 3]);
  expect(fuzzy("xyz", "New chat")).toBeNull();
  expect(fuzzy("tahc", "New chat")).toBeNull();
  const score = (query: string, text: string) => fuzzy(query, text)?.score ?? Number.NEGATIVE_INFINITY;
  expect(score("stop", "Stop this run")).toBeGreaterThan(score("stop", "When does stop close the call?"));
  expect(score("set", "Settings")).toBeGreaterThan(score("set", "Show or hide the timeline"));
  expect(fuzzy("", "anything")?.at).toEqual([]);
});
