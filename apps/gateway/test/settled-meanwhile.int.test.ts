import { randomUUID } from "node:crypto";
import { type Event, emptyView, fold, fromOf } from "@millrace/protocol";
import { brokenRules } from "@millrace/protocol/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RunWatch } from "../src/http/run-watch.ts";
import { Cursor, type CursorSink } from "../src/session/cursor.ts";
import { GatewayUnderTest } from "./gateway-under-test.ts";
import { runEvents } from "./seeded-log.ts";
import { SettlingStore } from "./settling-store.ts";

const DELTAS = 400;
let store: SettlingStore;
let gateway: GatewayUnderTest;

beforeAll(async () => {
  store = new SettlingStore();
  gateway = await GatewayUnderTest.start({ store });
});
afterAll(() => gateway[Symbol.asyncDispose]());

/** A session whose rows nobody has merged, and that the gateway has opened. */
async function unsettled(): Promise<{ session_id: string; path: string; head: number }> {
  const session_id = `s_${randomUUID().replaceAll("-", "")}`;
  const create = { user_id: "local", title: "", epoch: randomUUID(), created_at: 1 };
  const entries = [...runEvents(0, DELTAS)].map((event) => ({ event }));
  await store.append([{ session_id, create, entries }]);
  const path = `/api/v1/sessions/${session_id}`;
  expect((await gateway.http.get(path)).status).toBe(200);
  return { session_id, path, head: entries.length };
}

/** Each position once, in order. */
function expectContiguous(events: readonly Event[], head: number): void {
  let position = 0;
  for (const event of events) {
    expect(fromOf(event)).toBe(position + 1);
    position = event.seq;
  }
  expect(position).toBe(head);
  expect(brokenRules(events)).toEqual([]);
}

describe("a log that is settled between two reads of one answer", () => {
  // Pages have 100 rows: the range that is settled lies across the end of the first one.
  it.each([
    [50, 150],
    [100, 101],
    [20, 380],
  ])("LOG-1 HTTP-7 F92: the JSON door tells each position once (%i to %i)", async (from, to) => {
    const { path, head } = await unsettled();
    store.settleAfterRead(from, to);
    const before = store.settled;
    const events = (await gateway.http.get(`${path}/events`)).json as Event[];
    expect(store.settled).toBe(before + 1);
    expectContiguous(events, head);
    expect(fold(emptyView(), events)).toEqual(
      fold(emptyView(), (await gateway.http.get(`${path}/events`)).json as Event[]),
    );
  });

  it("LOG-1 SSE-1 F92: so does an event stream", async () => {
    const { path, head } = await unsettled();
    store.settleAfterRead(50, 150);
    const stream = await gateway.http.stream(`${path}/events`);
    await stream.until(({ data }) => (data as Event).seq === head);
    stream.leave();
    expectContiguous(
      stream.messages.map(({ data }) => data as Event),
      head,
    );
  });

  it("HTTP-11: an export does, and can be imported", async () => {
    const { path, head } = await unsettled();
    store.settleAfterRead(50, 150);
    const { text } = await gateway.http.get(`${path}/export`);
    const [, ...lines] = text.trimEnd().split("\n");
    expectContiguous(
      lines.map((line) => JSON.parse(line) as Event),
      head,
    );
    const headers = { "Content-Type": "application/x-ndjson" };
    const answer = await gateway.http.send("/api/v1/sessions/import", { method: "POST", body: text, headers });
    expect([answer.status, answer.text.slice(0, 200)]).toEqual([201, expect.any(String)]);
  });

  it("HTTP-3: the stream of a run says nothing twice", async () => {
    const { session_id, head } = await unsettled();
    const [{ message_id }] = (await gateway.events(session_id)) as [Event & { message_id: string }];
    const said: string[] = [];
    const ended = Promise.withResolvers<string>();
    const source = { session_id, head, recentAfter: () => null };
    const session = {
      watch: (after: number, sink: CursorSink) => new Cursor(source, store, after, sink),
      unwatch: (cursor: Cursor) => cursor.close(),
      viewers: 0,
      stopOpenRun: () => {},
    };
    const watch = new RunWatch(session, message_id, 1, true);
    store.settleAfterRead(50, 150);
    watch.start({
      writable: () => true,
      event: (event) => event.type === "text_delta" && said.push(event.content),
      end: ended.resolve,
    });
    expect(await ended.promise).toBe("ended");
    expect(said.join("")).toBe("twenty characters of ".repeat(DELTAS));
  });
});
