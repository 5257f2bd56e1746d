import { describe, expect, it } from "vitest";
import { type Body, call, delta, log, result, sessionStart, start, step, viewOf } from "../session/testing-events.ts";
import { callSeconds, callState, nameParts, summary } from "./call-state.ts";
import { gist } from "./gist.ts";
import { partsOf } from "./segments.ts";

const user = (message_id: string): Body => ({ type: "user_message", message_id, content: message_id, mode: "queue" });
const parts = (...bodies: Body[]) => partsOf(viewOf(...bodies).turns[0]!);
const shape = (...bodies: Body[]) =>
  parts(...bodies).segments.map((segment) =>
    segment.kind === "work"
      ? segment.rows.map((row) =>
          row.kind === "item" ? row.item.kind : row.kind === "group" ? row.calls.length : "call",
        )
      : segment.kind,
  );
const toolOf = (...bodies: Body[]) => {
  const item = viewOf(sessionStart(), step(1), ...bodies).turns[0]!.items.at(-1)!;
  if (item.kind !== "tool") throw new Error("no tool");
  return item;
};

describe("partsOf", () => {
  it("joins work, lets words leave the race, and groups calls of one step", () => {
    const thinking: Body = { type: "thinking", block_id: "think", offset: 0, content: "hm" };
    expect(
      shape(
        sessionStart(),
        step(1),
        thinking,
        call("a"),
        call("b"),
        delta(0, "Words"),
        step(2),
        call("c"),
        result("c"),
      ),
    ).toEqual([["thinking", 2], "text", ["step", "call"]]);
  });

  it("marks a step where its work begins, and not where it has words alone", () => {
    expect(
      shape(sessionStart(), step(1), call("a"), step(2), delta(0, "Next"), call("b"), step(3), delta(0, "End", "end")),
    ).toEqual([["call"], "text", ["step", "call"], "text"]);
  });

  it("does not group calls of different steps", () => {
    expect(shape(sessionStart(), step(1), call("a"), step(2), call("b"))).toEqual([["call", "step", "call"]]);
  });

  it("keeps calls together that somebody was asked about", () => {
    const ask: Body = {
      type: "interaction_request",
      request_id: "r",
      interaction_kind: "confirm",
      content: "?",
      options: [],
      tool_call_id: "a",
    };
    expect(shape(sessionStart(), step(1), call("a"), ask, call("b"))).toEqual([[2]]);
    const { asked } = parts(sessionStart(), step(1), call("a"), ask, call("b"));
    expect(asked.get("a")).toMatchObject([{ request_id: "r" }]);
  });

  it("gives a limit a card of its own, with the question whether to go on", () => {
    const broken: Body = { type: "circuit_breaker", reason: "loop", content: "", limit: 3, value: 3 };
    const ask: Body = {
      type: "interaction_request",
      request_id: "breaker-1",
      interaction_kind: "confirm",
      content: "?",
      options: ["continue", "end"],
    };
    const { segments } = parts(sessionStart(), step(1), call("a"), result("a"), broken, ask, step(2), call("b"));
    expect(segments.map((segment) => segment.kind)).toEqual(["work", "breaker", "work"]);
    expect(segments[1]).toMatchObject({ asked: { request_id: "breaker-1" } });
    const own = parts(sessionStart(), step(1), broken, { ...ask, request_id: "flow-run-sure" }).segments;
    expect(own[0]).toMatchObject({ kind: "breaker", asked: null });
    expect(own[1]).toMatchObject({ kind: "work" });
  });

  it("leaves the log file to the events", () => {
    expect(shape(sessionStart(), step(1), call("a"), { type: "log_file", log_file: "/x" }, call("b"))).toEqual([[2]]);
  });

  it("gives blank text no place", () => {
    expect(shape(sessionStart(), step(1), call("a"), delta(0, "\n\n"), call("b"))).toEqual([[2]]);
  });

  it("puts first messages on top and steering ones on the race", () => {
    const steered: Body = { ...step(2), message_ids: ["later"] } as Body;
    const turn = parts(user("first"), sessionStart(["first"]), step(1), delta(0, "a"), user("later"), steered);
    expect(turn.messages.map((item) => item.message.content)).toEqual(["first"]);
    expect(turn.segments.at(-1)).toMatchObject({ rows: [{ item: { kind: "message" } }] });
  });

  it("puts a call inside its parent, and beside where the parent is not there", () => {
    const child = (id: string, parent: string): Body => ({ ...call(id), parent_tool_call_id: parent }) as Body;
    const turn = parts(sessionStart(), step(1), call("a"), child("b", "a"), child("c", "gone"));
    expect(turn.inner.get("a")?.map((item) => item.tool_call_id)).toEqual(["b"]);
    expect(turn.segments).toMatchObject([{ rows: [{ kind: "group", calls: [{}, {}] }] }]);
  });
});

describe("a call", () => {
  it("is in the state the log says", () => {
    const preparing: Body = {
      type: "tool_call_delta",
      tool_call_id: "a",
      tool_name: "bash",
      offset: 0,
      content: '{"comm',
    };
    expect(callState(toolOf(preparing))).toBe("preparing");
    expect(callState(toolOf(call("a")))).toBe("called");
    expect(callState(toolOf(call("a"), start("a")))).toBe("running");
    for (const outcome of ["completed", "failed", "denied", "cancelled", "unknown"] as const) {
      expect(callState(toolOf(call("a"), start("a"), result("a", outcome)))).toBe(outcome);
    }
  });

  it("runs from its start and never for a negative time", () => {
    const started = log([start("a")])[0]!.ts + 3_000;
    const running = toolOf(call("a"), start("a"));
    expect(callSeconds(running, started + 2_500)).toBe(2.5);
    expect(callSeconds(running, started - 9_000)).toBe(0);
    expect(callSeconds(toolOf(call("a")), started)).toBeNull();
    expect(callSeconds(toolOf(call("a"), start("a"), result("a")), started)).toBe(0.31);
    expect(callSeconds(toolOf(call("a"), result("a", "cancelled")), started)).toBeNull();
  });

  it("is summed up in one line", () => {
    expect(summary(toolOf(call("a", "bash", { command: "ls\n -l" })))).toBe("ls -l");
    expect(summary(toolOf({ ...call("a"), args: { b: 1 } } as Body))).toBe('{"b":1}');
    expect(summary(toolOf({ ...call("a"), args: {} } as Body))).toBe("");
  });

  it("names its MCP server", () => {
    expect(nameParts("github__search_code")).toEqual({ server: "github", tool: "search_code" });
    expect(nameParts("read_file")).toEqual({ server: null, tool: "read_file" });
  });
});

describe("gist", () => {
  it("is the last sentence", () => {
    expect(gist("First this. Then raw PCM has no header")).toBe("Then raw PCM has no header");
    expect(gist("先看目录。再找说明")).toBe("再找说明");
    expect(gist("")).toBe("");
  });
});
