import { describe, expect, it } from "vitest";
import { fieldsOf, problemsOf, suggestedName, type WrittenEndpoint, withModel, written } from "./endpoint-fields.ts";
import type { Endpoint } from "./endpoint-requests.ts";

const kept: Endpoint = {
  name: "mine",
  source: "page",
  base_url: "https://api.example.com/v1",
  key: { last: "77aa" },
  models: [{ id: "m", context: 8_000 }],
};
const full: WrittenEndpoint = { ...written(kept), key: "sk-1" };

describe("what is written in the form of an endpoint", () => {
  it.each([
    [{}, {}],
    [{ base_url: "api.example.com/v1" }, { base_url: "bad_url" }],
    [{ base_url: "ftp://example.com" }, { base_url: "bad_url" }],
    [{ base_url: "https://me:secret@example.com/v1" }, { base_url: "url_secret" }],
    [{ base_url: "https://example.com/v1?key=1" }, { base_url: "url_secret" }],
    [{ name: "a b" }, { name: "bad_name" }],
    [{ name: "" }, { name: "bad_name" }],
    [{ name: "env" }, { name: "name_taken" }],
    [{ key: "a b" }, { key: "bad_key" }],
    [{ models: [] }, { models: "no_models" }],
    [
      { base_url: "", models: [] },
      { base_url: "bad_url", models: "no_models" },
    ],
  ] as const)("%j has the problems %j", (over, problems) => {
    expect(problemsOf({ ...full, ...over }, null, [])).toEqual(problems);
  });

  it("a new one takes no other's name; one that is changed keeps its own", () => {
    expect(problemsOf(full, null, [kept])).toEqual({ name: "name_taken" });
    expect(problemsOf(full, kept, [])).toEqual({});
  });

  it("T23: a kept key is written again for another address, and not for another path", () => {
    const moved = { ...written(kept), base_url: "https://elsewhere.example/v1" };
    expect(problemsOf(moved, kept, [])).toEqual({ key: "key_again" });
    expect(problemsOf({ ...moved, drop_key: true }, kept, [])).toEqual({});
    expect(problemsOf({ ...moved, key: "new" }, kept, [])).toEqual({});
    expect(problemsOf({ ...written(kept), base_url: "https://api.example.com/v2" }, kept, [])).toEqual({});
  });

  it("says nothing of the key where the kept one stays", () => {
    expect(fieldsOf(written(kept))).toEqual({ base_url: kept.base_url, models: kept.models });
    expect(fieldsOf({ ...written(kept), key: " new " })).toMatchObject({ api_key: "new" });
    expect(fieldsOf({ ...written(kept), drop_key: true })).toMatchObject({ api_key: null });
  });

  it("a written model is there once, with what is known of it", () => {
    const listed = [{ id: "known", context: 9_000 }];
    expect(withModel([], " known ", listed)).toEqual(listed);
    expect(withModel(listed, "known", [])).toBe(listed);
    expect(withModel(listed, "  ", [])).toBe(listed);
    expect(withModel(listed, "other", [])).toEqual([...listed, { id: "other" }]);
  });

  it.each([
    ["https://api.example.com/v1", "example"],
    ["http://127.0.0.1:8080/v1", "local"],
    ["http://[::1]:8080/v1", "local"],
    ["http://models/v1", "models"],
    ["http://ollama/v1", "ollama-2"],
    ["nothing", ""],
  ])("%s is called %s", (base_url, name) => {
    expect(suggestedName(base_url, [])).toBe(name);
  });

  it("a suggested name is nobody's yet", () => {
    expect(suggestedName("https://mine.com", [kept])).toBe("mine-2");
  });
});
