import { describe, expect, it } from "vitest";
import { type Body, done, sessionStart, viewOf } from "../session/testing-events.ts";
import { type Choices, currentAgent, currentModel, currentThinking, messageOptions } from "./choices.ts";

const nothing: Choices = {
  models: { models: [{ id: "a" }, { id: "b" }], default: "a" },
  agents: {
    agents: [
      { name: "default", description: "" },
      { name: "writer", description: "" },
    ],
    default: "default",
  },
  new_chat_model: null,
  agent: null,
  thinking: null,
  excluded_tools: null,
};
const message = (options?: object): Body =>
  ({ type: "user_message", message_id: "m", content: "hi", mode: "queue", options }) as Body;
const fresh = viewOf();

describe("what the next message asks of its run", () => {
  it("is nothing where nobody chose", () => {
    expect(messageOptions(nothing, null, fresh)).toBeUndefined();
    expect(messageOptions(nothing, "s", viewOf(message(), sessionStart(["m"]), done()))).toBeUndefined();
  });

  it("is what was chosen here", () => {
    const chosen = { ...nothing, new_chat_model: "b", agent: "writer", thinking: false };
    expect(messageOptions(chosen, null, fresh)).toEqual({ model: "b", agent: "writer", thinking: { enabled: false } });
    // The model of a session is the session's.
    expect(messageOptions(chosen, "s", fresh)).toEqual({ agent: "writer", thinking: { enabled: false } });
  });

  it("goes on as the message before asked, until somebody chooses otherwise", () => {
    const view = viewOf(message({ agent: "writer", thinking: { enabled: true } }), sessionStart(["m"]), done());
    expect(messageOptions(nothing, "s", view)).toEqual({ agent: "writer", thinking: { enabled: true } });
    expect(messageOptions({ ...nothing, agent: "default", thinking: false }, "s", view)).toEqual({
      thinking: { enabled: false },
    });
    const asked = viewOf(message({ model: "b" }), sessionStart(["m"]), done());
    expect(messageOptions(nothing, "s", asked)).toEqual({ model: "b" });
    const changed = viewOf(message({ model: "b" }), sessionStart(["m"]), done(), {
      type: "session_updated",
      model: "a",
    } as Body);
    expect(messageOptions(nothing, "s", changed)).toBeUndefined();
    expect(currentModel(nothing, "s", changed)).toBe("a");
    expect(currentThinking(nothing, viewOf(message({ thinking: { enabled: true } })))).toBe(true);
  });

  it("leaves out the tools that were switched off, until they are switched on again", () => {
    const off = { ...nothing, excluded_tools: ["bash"] };
    expect(messageOptions(off, null, fresh)).toEqual({ exclude_tools: ["bash"] });
    const view = viewOf(message({ exclude_tools: ["bash"] }), sessionStart(["m"]), done());
    expect(messageOptions(nothing, "s", view)).toEqual({ exclude_tools: ["bash"] });
    expect(messageOptions({ ...nothing, excluded_tools: [] }, "s", view)).toBeUndefined();
  });

  it("names no agent that there is not", () => {
    expect(currentAgent({ ...nothing, agent: "gone" }, fresh)).toBe("default");
    expect(currentAgent({ ...nothing, agents: null, agent: "writer" }, fresh)).toBeNull();
    expect(messageOptions({ ...nothing, agents: null, agent: "writer" }, null, fresh)).toBeUndefined();
  });

  it("knows the model that answers", () => {
    expect(currentModel(nothing, null, fresh)).toBe("a");
    expect(currentModel({ ...nothing, new_chat_model: "b" }, null, fresh)).toBe("b");
    expect(currentModel(nothing, "s", viewOf(sessionStart()))).toBe("demo");
    expect(currentModel({ ...nothing, models: null }, "s", fresh)).toBeNull();
  });
});
