import { type MillraceClient, RejectedError } from "@millrace/client";
import { openInteractions, type Respond, type View } from "@millrace/protocol";
import { createStore, type StoreApi } from "zustand/vanilla";
import type { SessionStore } from "../session/session-store.ts";
import { type Ask, answerWord, type Outcome, openAsks, outcomeOf } from "./ask.ts";

/** An answer that this tab gave, by its word: on its way, or why it did not count as far as is known. */
export interface Sent {
  readonly word: string;
  readonly refused: null | { readonly why: "args_changed" | "offline" | "other"; readonly message: string };
}

/** What became of a question that was docked here. */
export interface Settled {
  readonly ask: Ask;
  readonly outcome: Outcome;
  /** The answer was given in this tab. */
  readonly here: boolean;
}

interface AskState {
  /** Questions that wait in the open run, oldest first. */
  readonly asks: readonly Ask[];
  /** The question on the card, where several wait; null: the oldest. */
  readonly shown: string | null;
  readonly folded: ReadonlySet<string>;
  readonly sent: ReadonlyMap<string, Sent>;
  /** Shown for a moment where the card was. */
  readonly settled: Settled | null;
}

export interface AskStore extends StoreApi<AskState> {
  show(request_id: string): void;
  fold(request_id: string, folded: boolean): void;
  answer(ask: Ask, answer: Respond["answer"]): void;
}

/** Milliseconds for which the card's place says what became of its question. */
const SETTLED_MS = 4_000;

const NOTHING: AskState = { asks: [], shown: null, folded: new Set(), sent: new Map(), settled: null };

/** What is docked above the message box: open questions of the session on the screen, and what just became of one. */
export function createAskStore(
  client: Pick<MillraceClient, "respond">,
  session: Pick<SessionStore, "getState" | "subscribe">,
  after: (ms: number, callback: () => void) => () => void = timer,
): AskStore {
  const store = createStore<AskState>(() => NOTHING);
  let undo: (() => void) | null = null;

  const settle = (settled: Settled) => {
    undo?.();
    undo = after(SETTLED_MS, () => store.setState({ settled: null }));
    return settled;
  };
  /** Of what was never docked here, history, nothing is said. */
  const look = (view: View) => {
    const { asks: docked, shown, folded, sent, settled } = store.getState();
    const asks = openAsks(view).map((ask) => docked.find((held) => isSame(held, ask)) ?? ask);
    if (asks.length === docked.length && asks.every((ask, index) => ask === docked[index])) return;
    const open = new Set(asks.map(({ item }) => item.request_id));
    const gone = docked.filter(({ item }) => !open.has(item.request_id));
    const last = gone.map((ask) => settledOf(view, ask, sent)).findLast((one) => one !== null);
    store.setState({
      asks,
      shown: shown !== null && open.has(shown) ? shown : null,
      folded: new Set([...folded].filter((id) => open.has(id))),
      sent: new Map([...sent].filter(([id]) => open.has(id))),
      settled: last == null ? settled : settle(last),
    });
  };
  const mark = (request_id: string, sent: Sent | null) => {
    const next = new Map(store.getState().sent);
    if (sent === null) next.delete(request_id);
    else next.set(request_id, sent);
    store.setState({ sent: next });
  };
  /** Somebody else was first, or it is over: what the log says of it was not said here. */
  const notHere = (request_id: string) => {
    const { settled } = store.getState();
    mark(request_id, null);
    if (settled?.ask.item.request_id === request_id) store.setState({ settled: { ...settled, here: false } });
  };

  session.subscribe((state, before) => {
    if (state.session_id !== before.session_id || state.link === "gone") {
      undo?.();
      store.setState(NOTHING);
    } else if (state.link === "live" && (state.view !== before.view || before.link !== "live")) {
      look(state.view);
    }
  });

  return {
    ...store,
    show: (shown) => store.setState({ shown }),
    fold(request_id, folded) {
      const next = new Set(store.getState().folded);
      if (folded) next.add(request_id);
      else next.delete(request_id);
      store.setState({ folded: next });
    },
    answer({ item }, answer) {
      const { request_id, args_digest } = item;
      const { session_id } = session.getState();
      const earlier = store.getState().sent.get(request_id);
      if (session_id === null || (earlier !== undefined && earlier.refused === null)) return;
      const word = answerWord(answer);
      mark(request_id, { word, refused: null });
      const bound = args_digest === null ? {} : { args_digest };
      client.respond(session_id, request_id, answer, bound).catch((error: unknown) => {
        const refused = refusalOf(error);
        if (refused === null) notHere(request_id);
        else if (store.getState().sent.has(request_id)) mark(request_id, { word, refused });
      });
    },
  };
}

/** Null where the log tells the rest. */
function refusalOf(error: unknown): Sent["refused"] {
  const message = error instanceof Error ? error.message : String(error);
  if (!(error instanceof RejectedError)) return { why: "offline", message };
  if (error.code === "already_answered" || error.code === "not_found") return null;
  return { why: error.code === "args_changed" ? "args_changed" : "other", message };
}

function settledOf(view: View, { run_id, item, about }: Ask, sent: AskState["sent"]): Settled | null {
  const turn = view.turns.find((one) => one.run_id === run_id);
  const now = turn?.items.find((one) => one.kind === "interaction" && one.request_id === item.request_id);
  if (turn === undefined || now?.kind !== "interaction") return null;
  const over = !openInteractions(turn).includes(now);
  const outcome = outcomeOf(turn.phase.state, now, over);
  if (outcome === null) return null;
  const own = sent.get(item.request_id);
  const counts = own !== undefined && (own.refused === null || own.refused.why === "offline");
  const here = outcome.kind === "answered" && counts && own.word === outcome.word;
  return { ask: { run_id, item: now, about }, outcome, here };
}

function isSame(one: Ask, other: Ask): boolean {
  if (one.item !== other.item || one.about.kind !== other.about.kind) return false;
  return "call" in one.about && "call" in other.about ? one.about.call === other.about.call : true;
}

function timer(ms: number, callback: () => void): () => void {
  const id = setTimeout(callback, ms);
  return () => clearTimeout(id);
}
