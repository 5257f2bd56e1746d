import { emptyView } from "@millrace/protocol";
import { describe, expect, it } from "vitest";
import type { Choices } from "../composer/choices.ts";
import { optionsAgain } from "./use-branching.ts";

const nothing: Choices = {
  models: null,
  agents: null,
  new_chat_model: null,
  agent: null,
  thinking: null,
  excluded_tools: null,
};
const before = { model: "m1", max_steps: 3, thinking: { enabled: false } };

describe("what a message that is sent again asks", () => {
  it("is what it asked before", () => {
    expect(optionsAgain(before, nothing, { session_id: "s", view: emptyView() })).toEqual(before);
    expect(optionsAgain(null, nothing, { session_id: "s", view: emptyView() })).toBe(undefined);
  });

  it("follows what is chosen by now", () => {
    const chosen: Choices = { ...nothing, thinking: true };
    const view = { ...emptyView(), model: "m2" };
    expect(optionsAgain(before, chosen, { session_id: "s", view })).toEqual({
      max_steps: 3,
      thinking: { enabled: true },
    });
  });
});
