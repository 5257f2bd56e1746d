import { expect, it } from "vitest";
import { NEW } from "../contract/given.ts";
import type { WrittenAppend } from "../written.ts";
import { pack, unpack } from "./packed-batch.ts";

it("a batch comes out of its packing as it went in", () => {
  const batch: WrittenAppend[] = [
    { session_id: "a", create: NEW, entries: [] },
    {
      session_id: "b",
      entries: [
        { body: "{}", text: null },
        { body: '{"x":"\\u0000"}', text: "", id: "m1" },
        { body: '{"x":"a\\nb\\u2028"}', text: "said\nin lines", id: "" },
      ],
      summary: { status: "running" },
    },
    { session_id: "c", entries: [{ body: "last", text: null }] },
  ];
  expect(unpack(structuredClone(pack(batch)))).toEqual(batch);
  expect(unpack(pack([]))).toEqual([]);
});
