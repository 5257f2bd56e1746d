import type { ConnectionState, WatchState } from "@millrace/client";
import { isOpen, openCalls, openInteractions, type ToolItem, type Turn, type View } from "@millrace/protocol";
import { type AskAbout, askOf } from "../ask/ask.ts";
import type { StorageTrouble } from "../shell/app-context.ts";
import { isSignedOut } from "../shell/sign-in.ts";

/** The one thing that is true about link and run, in the order of what matters to the reader. */
export type Truth =
  | { readonly state: "ready" }
  | { readonly state: "offline"; readonly why: "connecting" | "draining"; readonly running: boolean }
  | { readonly state: "offline"; readonly why: "lost"; readonly retry_at: number; readonly running: boolean }
  | { readonly state: "offline"; readonly why: "closed"; readonly code: number; readonly running: boolean }
  | { readonly state: "signed_out" }
  | { readonly state: "storage"; readonly how: StorageTrouble }
  /** `behind`: events still to come, null where nobody said. */
  | { readonly state: "catching_up"; readonly behind: number | null }
  | { readonly state: "stopping"; readonly turn: Turn; readonly open: number }
  | { readonly state: "waiting"; readonly turn: Turn; readonly asks: AskAbout }
  | { readonly state: "live"; readonly turn: Turn; readonly doing: Doing }
  | { readonly state: "stopped" | "interrupted" | "failed"; readonly turn: Turn }
  | { readonly state: "done"; readonly turn: Turn; readonly calls: number; readonly failed: number };

export type Doing =
  | { readonly kind: "starting" | "thinking" | "writing" }
  | { readonly kind: "preparing" | "running"; readonly tools: readonly string[] };

/** `head`: the last event the server is known to have, null where unknown. `storage`: what the server says of it. */
export function truthOf(
  connection: ConnectionState,
  link: WatchState | null,
  view: View,
  head: number | null,
  storage: StorageTrouble | null = null,
): Truth {
  const last = view.turns.at(-1);
  const running = last !== undefined && isOpen(last);
  switch (connection.state) {
    case "idle":
    case "connecting":
      return { state: "offline", why: "connecting", running };
    case "waiting":
      return connection.reason === "draining"
        ? { state: "offline", why: "draining", running }
        : { state: "offline", why: "lost", retry_at: connection.retry_at, running };
    case "closed":
      if (isSignedOut(connection)) return { state: "signed_out" };
      return { state: "offline", why: "closed", code: connection.code, running };
    case "online":
      break;
  }
  if (storage !== null && storage !== "slow") return { state: "storage", how: storage };
  if (link === "subscribing" || link === "catching_up") {
    return { state: "catching_up", behind: head !== null && head > view.seq ? head - view.seq : null };
  }
  const truth: Truth = last === undefined ? { state: "ready" } : truthOfTurn(last);
  if (storage === null || truth.state === "waiting" || truth.state === "stopping") return truth;
  return { state: "storage", how: storage };
}

function truthOfTurn(turn: Turn): Truth {
  switch (turn.phase.state) {
    case "stopping":
      return { state: "stopping", turn, open: openCalls(turn).length };
    case "running": {
      const asked = openInteractions(turn)[0];
      if (asked === undefined) return { state: "live", turn, doing: doingOf(turn) };
      return { state: "waiting", turn, asks: askOf(turn, asked).about };
    }
    case "cancelled":
      return { state: "stopped", turn };
    case "error":
      return { state: turn.phase.reason === "interrupted" ? "interrupted" : "failed", turn };
    case "done": {
      const calls = turn.items.filter((item) => item.kind === "tool");
      const failed = calls.filter(({ phase }) => phase.state === "ended" && phase.outcome === "failed").length;
      return { state: "done", turn, calls: calls.length, failed };
    }
  }
}

function doingOf(turn: Turn): Doing {
  const open = openCalls(turn);
  const running = names(open.filter((call) => call.phase.state === "running"));
  if (running.length > 0) return { kind: "running", tools: running };
  if (open.length > 0) return { kind: "preparing", tools: names(open) };
  const last = turn.items.at(-1);
  if (last?.kind === "text" && last.ended_at === null) return { kind: "writing" };
  return { kind: turn.step === 0 ? "starting" : "thinking" };
}

const names = (calls: readonly ToolItem[]): string[] => [...new Set(calls.map((call) => call.tool_name))];
