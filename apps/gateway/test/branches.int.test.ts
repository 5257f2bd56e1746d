import { randomUUID } from "node:crypto";
import { type Event, emptyView, fold, type View } from "@millrace/protocol";
import { brokenRules } from "@millrace/protocol/testing";
import { type ContentRule, reply, scriptByContent, startScriptedModel, toolCalls } from "@millrace/scripted-model";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ChildGateway, Folder } from "./child-gateway.ts";
import { Gate, holdingTool } from "./gate.ts";
import { GatewayUnderTest } from "./gateway-under-test.ts";
import type { Viewer } from "./viewer.ts";

const gate = new Gate();
let gateway: GatewayUnderTest;

const rules: ContentRule[] = [
  { when: /^hang/, script: [{ text: "Well" }, { hang: true }] },
  { when: /^halt/, script: (_r, { call }) => (call === 1 ? [{ text: "Half" }, { hang: true }] : reply("Whole.")) },
  {
    when: /^hold/,
    script: (_r, { step }) =>
      step === 1 ? toolCalls([{ id: "c", name: "hold", arguments: {} }]) : reply("After the tool."),
  },
  { when: /./, script: (_r, { text }) => reply(`Re ${text}`) },
];

beforeAll(async () => {
  const limits = { command_burst: 10_000, commands_per_minute: 10_000, rejects_per_minute: 1_000 };
  gateway = await GatewayUnderTest.start({ limits, tools: [holdingTool(gate).tool], rules });
});
afterAll(() => gateway[Symbol.asyncDispose]());

/** One viewer and one session, spoken to message by message. */
class Talk {
  readonly viewer: Viewer;
  session_id = "";
  #ends = 0;

  constructor(viewer: Viewer) {
    this.viewer = viewer;
  }

  static async of(...messages: string[]): Promise<Talk & { ids: string[] }> {
    const talk = new Talk(await gateway.connect());
    const ids: string[] = [];
    for (const message of messages) ids.push(await talk.say(message));
    return Object.assign(talk, { ids });
  }

  /** @returns the message's id, when its run has ended */
  async say(content: string, rest: { replaces?: string | undefined } = {}): Promise<string> {
    const message_id = randomUUID();
    const place = this.session_id === "" ? {} : { session_id: this.session_id };
    const sent = await this.viewer.command({ type: "send", message_id, content, ...place, ...rest });
    if (sent.type !== "ack") throw new Error(JSON.stringify(sent));
    this.session_id ||= sent.session_id ?? "";
    this.#ends += 1;
    await this.viewer.event("done", this.#ends);
    return message_id;
  }

  async log(): Promise<Event[]> {
    const log = await gateway.events(this.session_id);
    expect(brokenRules(log)).toEqual([]);
    return log;
  }

  async view(): Promise<View> {
    return fold(emptyView(), await this.log());
  }

  async shown(): Promise<string[]> {
    return said(await this.view());
  }
}

const said = ({ turns }: View): string[] =>
  turns.flatMap(({ items }) => items.flatMap((item) => (item.kind === "message" ? [item.message.content] : [])));

const lastRequest = (): string[] => {
  const messages = gateway.model.requests.at(-1)?.body.messages ?? [];
  return messages.filter(({ role }) => role !== "system").map(({ content }) => String(content));
};

describe("branches", () => {
  it("BRANCH-1 BRANCH-2 BRANCH-7: a message that takes another's place is answered without what came of that one", async () => {
    const talk = await Talk.of("one", "two", "three");
    const second = await talk.say("TWO", { replaces: talk.ids[1] });
    expect(lastRequest()).toEqual(["one", "Re one", "TWO"]);
    expect(await talk.shown()).toEqual(["one", "TWO"]);
    const { turns, aside } = await talk.view();
    expect(turns[1]?.branch).toEqual({ index: 1, count: 2, siblings: [talk.ids[1], second] });
    expect(said({ ...emptyView(), turns: aside })).toEqual(["two", "three"]);
    const log = await talk.log();
    expect(log.find((event) => event.type === "user_message" && event.content === "TWO")).toMatchObject({
      replaces: talk.ids[1],
    });
  });

  it("BRANCH-2 BRANCH-4: a selected branch is the one that every viewer sees and the model reads", async () => {
    const talk = await Talk.of("one", "two", "three");
    await talk.say("TWO", { replaces: talk.ids[1] });
    const other = await gateway.connect();
    await other.subscribe(talk.session_id);
    const sse = await gateway.http.stream(`/api/v1/sessions/${talk.session_id}/events`);
    const selected = { type: "select_branch", session_id: talk.session_id, message_id: talk.ids[1] ?? "" } as const;
    const ack = await talk.viewer.command(selected);
    const event = await other.event("branch_selected");
    expect(ack).toMatchObject({ type: "ack", message_id: talk.ids[1], seq: event.seq });
    expect(said(other.view(talk.session_id))).toEqual(["one", "two", "three"]);
    await sse.type("branch_selected");
    sse.leave();
    await talk.say("four");
    expect(lastRequest()).toEqual(["one", "Re one", "two", "Re two", "three", "Re three", "four"]);
    expect(await talk.shown()).toEqual(["one", "two", "three", "four"]);
    // Regenerated: the same words in the same place.
    await talk.say("one", { replaces: talk.ids[0] });
    expect(lastRequest()).toEqual(["one"]);
    expect(await talk.viewer.command(selected)).toMatchObject({ type: "ack" });
    expect(await talk.shown()).toEqual(["one", "two", "three", "four"]);
  });

  it("BRANCH-4: what is shown already is acknowledged and appends nothing", async () => {
    const talk = await Talk.of("one", "two");
    const before = await talk.log();
    for (const message_id of talk.ids) {
      const { session_id } = talk;
      expect(await talk.viewer.command({ type: "select_branch", session_id, message_id })).toMatchObject({
        type: "ack",
        session_id,
        message_id,
        seq: before.length === 0 ? 0 : before.at(-1)?.seq,
      });
    }
    expect(await talk.log()).toEqual(before);
  });

  it("BRANCH-5: nothing is replaced or selected while a run is open, or a message waits", async () => {
    const talk = await Talk.of("one");
    const [message_id = ""] = talk.ids;
    const { session_id, viewer } = talk;
    await viewer.send("hang", { session_id });
    const { run_id = "" } = await viewer.frame("text_delta", { where: ({ content }) => content === "Well" });
    await viewer.send("two", { session_id });
    const before = await talk.log();
    const replacing = { type: "send", session_id, message_id: randomUUID(), content: "x", replaces: message_id };
    expect(await viewer.refused(replacing)).toBe("run_limit");
    expect(await viewer.refused({ type: "select_branch", session_id, message_id })).toBe("run_limit");
    const path = `/api/v1/sessions/${session_id}`;
    expect((await gateway.http.post(`${path}/branch`, { message_id })).status).toBe(429);
    expect((await gateway.http.post(`${path}/messages`, replacing)).status).toBe(429);
    expect(await talk.log()).toEqual(before);
    await viewer.command({ type: "stop", session_id, run_id });
    await viewer.event("done", 2);
    expect(await viewer.refused(replacing)).toBe("ack");
    await viewer.event("done", 3);
    expect(await talk.shown()).toEqual(["x"]);
  });

  it("BRANCH-6: refuses what is not there, what joined a run, and steering", async () => {
    const talk = await Talk.of("one");
    const { session_id, viewer } = talk;
    const [one = ""] = talk.ids;
    const fresh = (): string => randomUUID();
    const send = { type: "send", session_id, content: "x" };
    expect(await viewer.refused({ ...send, message_id: fresh(), replaces: fresh() })).toBe("not_found");
    expect(await viewer.refused({ ...send, message_id: fresh(), replaces: "one" })).toBe("bad_request");
    expect(await viewer.refused({ ...send, message_id: fresh(), replaces: one, mode: "steer" })).toBe("bad_request");
    expect(await viewer.refused({ type: "send", content: "x", message_id: fresh(), replaces: one })).toBe("not_found");
    expect(await viewer.refused({ type: "select_branch", session_id, message_id: fresh() })).toBe("not_found");
    const held = viewer.frames.length;
    await viewer.send("hold", { session_id });
    await viewer.frame("tool_start", { from: held });
    const { message_id: steered } = await viewer.send("and this", { session_id, mode: "steer" });
    gate.open();
    await viewer.event("done", 2);
    expect(await viewer.refused({ ...send, message_id: fresh(), replaces: steered })).toBe("bad_request");
    expect(await viewer.refused({ type: "select_branch", session_id, message_id: steered })).toBe("ack");
    expect(await talk.shown()).toEqual(["one", "hold", "and this"]);
  });

  it("BRANCH-6 SEND-2: sent again it is a duplicate, with another place a conflict", async () => {
    const talk = await Talk.of("one", "two");
    const { session_id, viewer } = talk;
    const again = await talk.say("ONE", { replaces: talk.ids[0] });
    const message = { type: "send", session_id, message_id: again, content: "ONE" } as const;
    expect(await viewer.command({ ...message, replaces: talk.ids[0] })).toMatchObject({ duplicate: true });
    expect(await viewer.refused({ ...message, replaces: talk.ids[1] })).toBe("idempotency_conflict");
    expect(await viewer.refused(message)).toBe("idempotency_conflict");
    expect(await talk.shown()).toEqual(["ONE"]);
  });

  it("BRANCH-1 BRANCH-4: the same over HTTP", async () => {
    const talk = await Talk.of("one", "two");
    const path = `/api/v1/sessions/${talk.session_id}`;
    const [one, two] = talk.ids;
    const posted = await gateway.http.post(`${path}/messages`, {
      message_id: randomUUID(),
      content: "TWO",
      replaces: two,
    });
    expect(posted.status).toBe(202);
    await talk.viewer.event("done", 3);
    const run = { message: "two, again", session_id: talk.session_id, replaces: two };
    expect((await gateway.http.post("/api/v1/agent/run", run)).json).toMatchObject({ message: "Re two, again" });
    expect(lastRequest()).toEqual(["one", "Re one", "two, again"]);
    expect((await gateway.http.post("/api/v1/agent/run", { message: "x", replaces: one })).status).toBe(404);
    const selected = await gateway.http.post(`${path}/branch`, { message_id: two });
    expect([selected.status, selected.json]).toEqual([200, expect.objectContaining({ message_id: two })]);
    expect((await gateway.http.post(`${path}/branch`, {})).status).toBe(400);
    expect((await gateway.http.get(`${path}/branch`)).status).toBe(405);
    expect(await talk.shown()).toEqual(["one", "two"]);
  });

  it("BRANCH-3: runs of a branch that was left can still be stopped twice, and their calls keep their ids", async () => {
    gate.open();
    const talk = await Talk.of("hold");
    const first = (await talk.view()).turns[0];
    await talk.say("hold", { replaces: talk.ids[0] });
    const { session_id } = talk;
    const stop = { type: "stop", session_id, run_id: first?.run_id ?? "" } as const;
    expect(await talk.viewer.command(stop)).toMatchObject({ outcome: "already_ended" });
    const calls = (await talk.log()).flatMap((event) => (event.type === "tool_call" ? [event.tool_call_id] : []));
    expect(new Set(calls).size).toBe(2);
  });

  it("BRANCH-8 SUB-4: a tail holds what its branch needs, and ends as the whole does", async () => {
    const talk = await Talk.of("one", "two", "three");
    await talk.say("ONE", { replaces: talk.ids[0] });
    await talk.say("five");
    const { session_id } = talk;
    await talk.viewer.command({ type: "select_branch", session_id, message_id: talk.ids[2] ?? "" });
    const tail = async (): Promise<string[]> => {
      const other = await gateway.connect();
      const from = await other.subscribe(session_id, { tail: 1 });
      const { after } = await other.frame("subscribed", { from });
      await other.frame("live", { from });
      return said(fold(emptyView(after), other.events(session_id)));
    };
    // What was replaced behind "three" is held, so that it is known what is shown.
    expect(await tail()).toEqual(["one", "two", "three"]);
    await talk.say("six");
    expect(await tail()).toEqual(["six"]);
  });

  it("HTTP-11 BRANCH-3: Markdown has the branch that is shown and says what it leaves out; JSONL has and keeps all", async () => {
    const talk = await Talk.of("one", "two");
    await talk.say("ONE", { replaces: talk.ids[0] });
    await talk.say("uno", { replaces: talk.ids[0] });
    const path = `/api/v1/sessions/${talk.session_id}`;
    const { text } = await gateway.http.get(`${path}/export?format=md`);
    expect(text).toContain("*Left out: 2 other branches of this conversation.*");
    expect(text).toContain("> uno");
    expect(text).not.toContain("> two");
    const { text: lines } = await gateway.http.get(`${path}/export?format=jsonl`);
    const imported = await gateway.http.send("/api/v1/sessions/import", {
      method: "POST",
      body: lines,
      headers: { "Content-Type": "application/x-ndjson", "Content-Length": String(Buffer.byteLength(lines)) },
    });
    const { session_id } = imported.json as { session_id: string };
    const view = fold(emptyView(), await gateway.events(session_id));
    expect(said(view)).toEqual(["uno"]);
    expect(view.aside).toHaveLength(3);
    const chosen = { message_id: talk.ids[1] };
    expect((await gateway.http.post(`/api/v1/sessions/${session_id}/branch`, chosen)).status).toBe(200);
    expect(said(fold(emptyView(), await gateway.events(session_id)))).toEqual(["one", "two"]);
  });
});

describe("a kill -9", () => {
  it("BRANCH-2 RUN-8 CTX-3: in the run of a branch changes nothing of it; nor does one after a selection", async () => {
    const model = await startScriptedModel({ responder: scriptByContent(rules) });
    using folder = new Folder();
    const boot = (): Promise<ChildGateway> => ChildGateway.start({ data_dir: folder.path, model });
    const asked = (): unknown[] => {
      const messages = model.requests.at(-1)?.body.messages ?? [];
      return messages.filter(({ role }) => role !== "system").map(({ content }) => content);
    };
    try {
      const first = await boot();
      const viewer = await first.connect();
      const { session_id, message_id: one } = await viewer.send("one");
      await viewer.event("done");
      await viewer.send("two", { session_id });
      await viewer.event("done", 2);
      const place = { session_id, replaces: one };
      await viewer.command({ type: "send", message_id: randomUUID(), content: "halt", ...place });
      await viewer.frame("text_delta", { where: ({ content }) => content === "Half" });
      await first.kill();
      const second = await boot();
      const back = await second.connect();
      await back.subscribe(session_id);
      await back.event("done", 3);
      expect(asked()).toEqual(["halt"]);
      const log = await second.events(session_id);
      expect(brokenRules(log)).toEqual([]);
      expect(said(fold(emptyView(), log))).toEqual(["halt"]);
      expect(await back.command({ type: "select_branch", session_id, message_id: one })).toMatchObject({ type: "ack" });
      await second.kill();
      const third = await boot();
      const last = await third.connect();
      expect(said(fold(emptyView(), await third.events(session_id)))).toEqual(["one", "two"]);
      const three = { type: "send", message_id: randomUUID(), content: "three", session_id } as const;
      expect(await last.command(three)).toMatchObject({ type: "ack", duplicate: false });
      await last.subscribe(session_id);
      await last.event("done", 4);
      expect(asked()).toEqual(["one", "Re one", "two", "Re two", "three"]);
      await third.kill();
    } finally {
      await model.close();
    }
  });
});
