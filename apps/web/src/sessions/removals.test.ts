import { RejectedError } from "@millrace/client";
import { expect, it, vi } from "vitest";
import { createRemovals } from "./removals.ts";

const removal = { session_id: "a", title: "A" };

function given(answer: () => Promise<never> = () => Promise.resolve() as Promise<never>) {
  const due: (() => void)[] = [];
  const calledOff: number[] = [];
  const deleteSession = vi.fn(answer);
  const deleted = vi.fn();
  const removals = createRemovals({ deleteSession }, deleted, (work) => {
    const index = due.push(work) - 1;
    return () => calledOff.push(index);
  });
  return { removals, deleteSession, deleted, due, calledOff };
}

it("deletes only when the time to take it back is over", async () => {
  const { removals, deleteSession, deleted, due } = given();
  removals.begin(removal);
  removals.begin(removal);
  expect(due).toHaveLength(1);
  expect(removals.getState().waiting).toEqual([removal]);
  expect(deleteSession).not.toHaveBeenCalled();
  due[0]!();
  await vi.waitFor(() => expect(deleted).toHaveBeenCalledWith("a"));
  expect(removals.getState()).toEqual({ waiting: [], failed: null });
});

it("an undo deletes nothing", () => {
  const { removals, deleteSession, calledOff } = given();
  removals.begin(removal);
  removals.undo("a");
  expect(calledOff).toEqual([0]);
  expect(removals.getState().waiting).toEqual([]);
  expect(deleteSession).not.toHaveBeenCalled();
});

it("brings back what the gateway did not delete, and says why; what is gone already counts as deleted", async () => {
  const failing = given(() => Promise.reject(new Error("offline")));
  failing.removals.begin(removal);
  failing.due[0]!();
  await vi.waitFor(() => expect(failing.removals.getState().failed).toMatchObject({ title: "A", reason: "offline" }));
  expect(failing.removals.getState().waiting).toEqual([]);
  expect(failing.deleted).not.toHaveBeenCalled();
  const gone = given(() => Promise.reject(new RejectedError("not_found", "")));
  gone.removals.begin(removal);
  gone.due[0]!();
  await vi.waitFor(() => expect(gone.deleted).toHaveBeenCalledWith("a"));
});
