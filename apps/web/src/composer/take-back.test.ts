import type { ConnectionState, OutboxEntry } from "@millrace/client";
import type { Message } from "@millrace/protocol";
import { expect, it } from "vitest";
import { takeBack } from "./take-back.ts";

const online: ConnectionState = { state: "online", since: 0, connection_id: "c", user: { id: "local" } };
const file = { attachment_id: "a_1", name: "a.txt", media_type: "text/plain", size: 3 };
const message = (message_id: string, attachments: Message["attachments"] = []): Message => ({
  message_id,
  content: message_id,
  mode: "queue",
  options: null,
  attachments,
  replaces: null,
  seq: 1,
  ts: 0,
});
const entry = (message_id: string, fields: Partial<OutboxEntry> = {}): OutboxEntry => ({
  message_id,
  session_id: "s",
  content: message_id,
  mode: "queue",
  state: "sent",
  ...fields,
});

/** A client whose server has read the messages of `read`. */
function client({ state = online, outbox = [] as OutboxEntry[], read = [] as string[] } = {}) {
  const asked: string[] = [];
  const fixed = <T>(value: T) => ({ get: () => value, subscribe: () => () => undefined });
  return {
    asked,
    connection: fixed(state),
    outbox: fixed<readonly OutboxEntry[]>(outbox),
    withdraw: (id: string) => outbox.some((held) => held.message_id === id && held.state === "waiting"),
    unsend: (_: string, id: string) => {
      asked.push(id);
      return read.includes(id) ? Promise.reject(new Error("not_found")) : Promise.resolve({ type: "ack", id } as const);
    },
  };
}

it("STOP-1 SEND-9: takes back what is queued, with its files, and what is on its way, at once and in order", async () => {
  const outbox = [entry("sent"), entry("queued 2"), entry("waiting", { state: "waiting" })];
  const asks = client({ outbox });
  const back = takeBack(asks, "s", [message("queued 1", [file]), message("queued 2")]);
  expect(asks.asked).toEqual(["queued 1", "queued 2", "sent"]);
  expect(await back).toEqual({ text: "queued 1\n\nqueued 2\n\nsent\n\nwaiting", files: [file] });
});

it("SEND-9: leaves what was read meanwhile, refused, rewritten, or said elsewhere", async () => {
  const outbox = [
    entry("refused", { state: "rejected" }),
    entry("rewritten", { replaces: "m" }),
    entry("elsewhere", { session_id: "other" }),
  ];
  expect(await takeBack(client({ outbox, read: ["read"] }), "s", [message("read"), message("queued")])).toEqual({
    text: "queued",
    files: [],
  });
});

it("STOP-1: asks for so few that Stop is not refused after them, and for none without a connection", async () => {
  const many = Array.from({ length: 40 }, (_, at) => message(`${at}`));
  expect((await takeBack(client(), "s", many)).text.split("\n\n")).toHaveLength(12);
  const offline = client({ state: { state: "connecting", attempt: 1 } });
  expect(await takeBack(offline, "s", many)).toEqual({ text: "", files: [] });
  expect(offline.asked).toEqual([]);
});
