import { type Event, emptyView, fold, type View } from "@millrace/protocol";
import { describe, expect, it } from "vitest";
import { Inbox, type Waiting } from "./inbox.ts";

const said = (message_id: string): Event =>
  ({ type: "user_message", v: 1, session_id: "s", seq: 1, ts: 0, message_id, content: "", mode: "queue" }) as Event;

function waiting(...ids: string[]): { inbox: Inbox; view: View; rest: () => string[] } {
  const events = ids.map((id, index) => ({ ...said(id), seq: index + 1 }));
  const view = fold(emptyView(), events);
  const inbox = new Inbox();
  inbox.load(events, view);
  const rest = (): string[] => {
    const left: Waiting[] = [];
    for (let next = inbox.takeNext(); next !== undefined; next = inbox.takeNext()) left.push(next);
    return left.map(({ message_id }) => message_id);
  };
  return { inbox, view, rest };
}

describe("Inbox", () => {
  it("F95: what was taken back in vain waits in its old place", () => {
    const { inbox, view, rest } = waiting("a", "b", "c");
    const b = inbox.remove("b") as Waiting;
    inbox.putBack([b], view);
    expect(rest()).toEqual(["a", "b", "c"]);
  });

  it("what a run was lent goes before what came later, also before what is not stored yet", async () => {
    const { inbox, view, rest } = waiting("a", "b");
    const a = inbox.takeNext() as Waiting;
    inbox.add({ message_id: "new", content: "", mode: "queue", options: null, attachments: [] }, Promise.resolve(3));
    inbox.putBack([a], view);
    expect(rest()).toEqual(["a", "b", "new"]);
  });

  it("what the log's queue does not hold any more does not come back", () => {
    const { inbox, rest } = waiting("a", "b");
    const a = inbox.takeNext() as Waiting;
    inbox.putBack([a], emptyView());
    expect(rest()).toEqual(["b"]);
  });
});
