import type { Entry, SessionRow } from "@millrace/store";
import { expect, it } from "vitest";
import { IndexRow } from "./index-row.ts";

const row: SessionRow = {
  session_id: "s",
  user_id: "u",
  title: "",
  model: null,
  status: "idle",
  head: 0,
  epoch: "e",
  created_at: 1,
  updated_at: 1,
};
const entry = (): Entry => ({ event: { type: "session_updated", ts: 1 } });

it("SESSION-3: shows what is stored, decides by what is on its way, and tells of no change before it is stored", () => {
  const index = new IndexRow(row);
  const [said, done, delta] = [entry(), entry(), entry()];
  index.patch(said, { status: "running", title: "T" });
  index.patch(done, { status: "idle", updated_at: 9 });
  expect(index.coming).toMatchObject({ status: "idle", title: "T", updated_at: 9 });
  expect(index.summary(0)).toMatchObject({ status: "idle", title: "", updated_at: 1 });
  expect(index.committed([delta])).toBe(false);
  expect(index.committed([said])).toBe(true);
  expect(index.summary(3)).toMatchObject({ status: "running", title: "T", head: 3, updated_at: 1 });
  expect(index.committed([done])).toBe(true);
  expect(index.summary(4)).toMatchObject({ status: "idle", updated_at: 9 });
});

it("R6: what was not stored changes nothing, and what is still on its way stands on what is stored", () => {
  const index = new IndexRow(row);
  const [said, renamed] = [entry(), entry()];
  index.patch(said, { status: "running", title: "T" });
  index.patch(renamed, { model: "m" });
  index.failed([said]);
  expect(index.coming).toEqual({ ...row, model: "m" });
  expect(index.summary(0)).toMatchObject({ status: "idle", title: "", model: null });
  expect(index.committed([renamed])).toBe(true);
  expect(index.summary(1)).toMatchObject({ model: "m" });
});
