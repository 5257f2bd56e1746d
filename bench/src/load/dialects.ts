import { randomUUID } from "node:crypto";

/** What a frame means to the viewer of one stream. */
type Heard =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "end" }
  | { readonly kind: "problem"; readonly problem: string }
  | null;

/** One stream as a viewer of one of the servers sees it. */
export interface Dialogue {
  /** The frame that asks for the stream. */
  readonly ask: (prompt: string) => string;
  readonly hear: (frame: string) => Heard;
}

export type Dialect = "relay" | "naive" | "millrace";

export const PATHS: Readonly<Record<Dialect, string>> = { relay: "/", naive: "/", millrace: "/api/v1/ws" };

export const dialogues: Readonly<Record<Dialect, () => Dialogue>> = { relay, naive, millrace };

function relay(): Dialogue {
  return {
    ask: (prompt) => prompt,
    hear: (frame) => {
      if (frame === "[DONE]") return { kind: "end" };
      const { choices } = JSON.parse(frame) as { choices: readonly { delta: { content?: string } }[] };
      const text = choices[0]?.delta.content ?? "";
      return text === "" ? null : { kind: "text", text };
    },
  };
}

function naive(): Dialogue {
  return {
    ask: (prompt) => prompt,
    hear: (frame) => {
      const message = JSON.parse(frame) as { type: string; content?: string };
      return message.type === "done" ? { kind: "end" } : { kind: "text", text: message.content ?? "" };
    },
  };
}

interface GatewayEvent {
  readonly v?: 1;
  readonly type: string;
  readonly seq: number;
  readonly from?: number;
  readonly offset: number;
  readonly content: string;
}

/** A viewer by the protocol's rule: a cursor that allows no hole, and text that continues where it stopped. */
function millrace(): Dialogue {
  let cursor = 0;
  let length = 0;
  return {
    ask: (prompt) => JSON.stringify({ type: "send", id: "1", message_id: randomUUID(), content: prompt }),
    hear: (frame) => {
      if (frame.startsWith('{"type":"session_changed"')) return null;
      const event = JSON.parse(frame) as GatewayEvent;
      if (event.type === "reject") return { kind: "problem", problem: frame };
      if (event.v === undefined) return null;
      if ((event.from ?? event.seq) !== cursor + 1) {
        return { kind: "problem", problem: `event ${event.from ?? event.seq} came after ${cursor}` };
      }
      cursor = event.seq;
      if (event.type === "done") return { kind: "end" };
      if (event.type === "error" || event.type === "cancelled") return { kind: "problem", problem: frame };
      if (event.type !== "text_delta") return null;
      if (event.offset !== length) return { kind: "problem", problem: `offset ${event.offset} came at ${length}` };
      length += event.content.length;
      return { kind: "text", text: event.content };
    },
  };
}
