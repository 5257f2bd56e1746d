import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { loadDraft, saveDraft } from "./draft.ts";

const file = { attachment_id: "a_1", name: "a.txt", media_type: "text/plain", size: 3 };
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

it("keeps a draft per conversation, and nothing of an empty one", () => {
  saveDraft("s", { text: "a", files: [file] });
  saveDraft(null, { text: "b", files: [] });
  expect(loadDraft("s")).toEqual({ text: "a", files: [file] });
  expect(loadDraft(null)).toEqual({ text: "b", files: [] });
  expect(loadDraft("other")).toEqual({ text: "", files: [] });
  saveDraft("s", { text: "", files: [] });
  saveDraft(null, { text: "", files: [] });
  expect(held.size).toBe(0);
});

it("reads what earlier versions kept, and nothing that is no draft", () => {
  held.set("millrace.draft.s", '"only text"');
  expect(loadDraft("s")).toEqual({ text: "only text", files: [] });
  held.set("millrace.draft.s", '{"text":5,"files":[{"attachment_id":1},null,"x"]}');
  expect(loadDraft("s")).toEqual({ text: "", files: [] });
});
