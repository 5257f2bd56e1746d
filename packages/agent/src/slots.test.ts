import { expect, it } from "vitest";
import { type Away, Slots } from "./slots.ts";

const turn = (): Promise<void> => new Promise(setImmediate);

/** Work that holds its place until it is let go. */
function held(slots: Slots): { begun: () => boolean; away: () => Away; end: () => void; ended: Promise<void> } {
  let free: Away | null = null;
  const gate = Promise.withResolvers<void>();
  const ended = slots.run((away) => {
    free = away;
    return gate.promise;
  });
  return { begun: () => free !== null, away: () => free!, end: gate.resolve, ended };
}

it("no more than the places there are work at a time, the others in the order they came", async () => {
  const slots = new Slots(2);
  const all = Array.from({ length: 4 }, () => held(slots));
  await turn();
  expect(all.map(({ begun }) => begun())).toEqual([true, true, false, false]);
  all[1]!.end();
  await turn();
  expect(all.map(({ begun }) => begun())).toEqual([true, true, true, false]);
});

it("a wait frees the place, and goes on when one is free again", async () => {
  const slots = new Slots(1);
  const [first, second] = [held(slots), held(slots)];
  await turn();
  const answer = Promise.withResolvers<string>();
  let got = "";
  void first
    .away()(() => answer.promise)
    .then((value) => {
      got = value;
    });
  await turn();
  expect(second.begun()).toBe(true);
  answer.resolve("yes");
  await turn();
  expect(got).toBe("");
  second.end();
  await turn();
  expect(got).toBe("yes");
});

it("waits that overlap free one place, not two", async () => {
  const slots = new Slots(1);
  const [first, second, third] = [held(slots), held(slots), held(slots)];
  await turn();
  void first.away()(() => new Promise(() => {}));
  void first.away()(() => new Promise(() => {}));
  await turn();
  expect([second.begun(), third.begun()]).toEqual([true, false]);
});

it("work that fails gives its place back", async () => {
  const slots = new Slots(1);
  await expect(slots.run(() => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(await slots.run(async () => "next")).toBe("next");
});
