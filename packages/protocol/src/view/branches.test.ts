import { describe, expect, it } from "vitest";
import type { Event } from "../events/events.ts";
import { allTurns, branchesAside } from "./branches.ts";
import { fold } from "./evolve.ts";
import { emptyView, type Turn, type View } from "./view.ts";

type Fields = { type: string } & Record<string, unknown>;

const said = (message_id: string, replaces?: string): Fields => ({
  type: "user_message",
  message_id,
  content: message_id,
  mode: "queue",
  ...(replaces === undefined ? {} : { replaces }),
});
const limits = { model: "m", agent: "a", max_steps: 9, token_limit: 9, tools: [] };
const begins = (id: string): Fields => ({ type: "session_start", run_id: `run ${id}`, message_ids: [id], ...limits });
const ends = (id: string): Fields => ({ type: "done", run_id: `run ${id}`, content: "", steps: 0, usage: {} });
/** A message that is answered. */
const asked = (id: string, replaces?: string): Fields[] => [said(id, replaces), begins(id), ends(id)];
const selected = (message_id: string): Fields => ({ type: "branch_selected", message_id });

function view(events: Fields[], after = 0): View {
  const log = events.map((event, index) => ({ v: 1, session_id: "s", ts: 1, ...event, seq: index + 1 }));
  return fold(emptyView(after), log.slice(after) as unknown as Event[]);
}

const shown = ({ turns }: View): string => turns.map(({ run_id }) => run_id.slice(4)).join(" ");
const turn = (of: View, id: string): Turn | undefined => allTurns(of).find(({ run_id }) => run_id === `run ${id}`);

describe("branches", () => {
  const two = [...asked("a"), ...asked("b"), ...asked("c"), ...asked("B", "b")];

  it("BRANCH-1: a message that replaces another follows what that one followed", () => {
    expect(shown(view(two))).toBe("a B");
    expect(view(two).aside.map(({ run_id }) => run_id)).toEqual(["run b", "run c"]);
    expect(branchesAside(view(two))).toBe(1);
    expect(shown(view([...two, ...asked("D")]))).toBe("a B D");
  });

  it("BRANCH-1: nothing moves before a run takes it, and one that was taken back moves nothing", () => {
    const waiting = [...two, said("C", "a")];
    expect(shown(view(waiting))).toBe("a B");
    expect(view(waiting).queue[0]?.replaces).toBe("a");
    const back = [...waiting, { type: "message_withdrawn", message_id: "C" }, ...asked("D")];
    expect(shown(view(back))).toBe("a B D");
  });

  it("BRANCH-1: those in one place know each other, from whichever of them they were replaced", () => {
    const three = view([...two, ...asked("X", "B"), ...asked("Y", "b")]);
    const siblings = ["b", "B", "X", "Y"];
    expect(turn(three, "b")?.branch).toEqual({ index: 0, count: 4, siblings });
    expect(turn(three, "X")?.branch).toEqual({ index: 2, count: 4, siblings });
    expect(turn(three, "a")?.branch).toBe(null);
    expect(turn(three, "c")?.branch).toBe(null);
    expect(shown(three)).toBe("a Y");
  });

  it("BRANCH-1: the first message of all can be replaced too", () => {
    expect(shown(view([...two, ...asked("A", "a"), ...asked("d")]))).toBe("A d");
    expect(shown(view([...two, ...asked("A", "a"), selected("a")]))).toBe("a B");
  });

  it("BRANCH-2: a selected branch is shown as it was when it was left", () => {
    expect(shown(view([...two, selected("b")]))).toBe("a b c");
    expect(shown(view([...two, selected("c")]))).toBe("a b c");
    expect(shown(view([...two, selected("b"), ...asked("d")]))).toBe("a b c d");
    const nested = [...two, selected("b"), ...asked("C", "c"), selected("c"), selected("B")];
    expect(shown(view([...nested, selected("b")]))).toBe("a b c");
    expect(shown(view([...nested, selected("C")]))).toBe("a b C");
  });

  it("BRANCH-2: what is shown already stays the same", () => {
    expect(shown(view([...two, selected("B")]))).toBe("a B");
    expect(shown(view([...two, selected("a")]))).toBe("a B");
  });

  it("BRANCH-5: while a run is open, no branch is left", () => {
    const open = [...two, said("d"), begins("d")];
    expect(shown(view([...open, selected("b")]))).toBe("a B d");
  });

  it("BRANCH-8: a message whose place is not held begins what is shown", () => {
    const tail = view([...asked("a"), ...asked("b"), ...asked("A", "a"), ...asked("d")], 3);
    expect(shown(tail)).toBe("A d");
    expect(tail.aside.map(({ run_id }) => run_id)).toEqual(["run b"]);
    expect(turn(tail, "A")?.branch).toEqual({ index: 1, count: 2, siblings: ["a", "A"] });
    expect(turn(tail, "b")?.branch).toBe(null);
    const again = view([...asked("a"), ...asked("b"), ...asked("A", "a"), ...asked("X", "a")], 3);
    expect(turn(again, "A")?.branch?.siblings).toEqual(["a", "A", "X"]);
    expect(shown(again)).toBe("X");
  });

  it("BRANCH-8: of a branch that is not held only what comes afterwards is shown, and what was left can come back", () => {
    const log = [...asked("a"), ...asked("A", "a"), ...asked("b"), selected("a")];
    expect(shown(view(log, 6))).toBe("");
    expect(shown(view([...log, ...asked("c")], 6))).toBe("c");
    expect(shown(view([...log, ...asked("c")]))).toBe("a c");
    expect(shown(view([...log, ...asked("c"), selected("b")], 6))).toBe("b");
  });

  it("BRANCH-1: a message that joined a run stands for the run", () => {
    const joined = [
      said("a"),
      begins("a"),
      { ...said("s"), mode: "steer" },
      { type: "step", run_id: "run a", step: 1, max_steps: 9, tokens: 0, token_limit: 9, message_ids: ["s"] },
      ends("a"),
    ];
    expect(shown(view([...joined, ...asked("B", "s")]))).toBe("B");
    expect(shown(view([...joined, ...asked("B", "a"), selected("s")]))).toBe("a");
  });
});
