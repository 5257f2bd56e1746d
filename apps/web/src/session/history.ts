import type { Event, Turn, View } from "@millrace/protocol";
import type { Older, OlderRange } from "./session-store.ts";

/** Most events of one answer: folding them takes less than a frame. */
const PAGE = 2_000;
/** Milliseconds without a byte of it after which an answer is given up. */
const SILENCE_MS = 15_000;
/** Waits between attempts, in milliseconds: a random part of the first, doubled with each, up to the longest. */
const FIRST_MS = 250;
const LONGEST_MS = 10_000;
/** Attempts in vain after which the reader is told. */
const QUIETLY = 2;
/** Refusals that pass. */
const PASSING: ReadonlySet<number> = new Set([408, 425, 429]);

interface Waits {
  readonly random?: () => number;
  /** Tells when it is worth trying at once; `network`: what is under way is lost. Returns its undo. */
  readonly onWake?: (wake: (why: "network" | "seen") => void) => () => void;
}

/**
 * Folds a session's log from its beginning up to a position, page by page. Asks again while the gateway cannot be
 * reached, fails or is silent; `late` gets the way to ask at once while that lasts, and null when it is over. Rejects
 * where it refuses (`cause.status`), where the log was replaced meanwhile, and once `signal` is aborted. What folds is
 * handed in: it is of the first load, which this chunk must not take apart.
 */
export async function readOlder(range: OlderRange, waits: Waits = {}): Promise<Older> {
  const { session_id, to, begin, fold } = range;
  const path = `/api/v1/sessions/${encodeURIComponent(session_id)}/events`;
  let view = begin;
  let epoch: string | null = null;
  while (view.seq < to) {
    const page = await read(`${path}?after=${view.seq}&before=${to + 1}&limit=${PAGE}`, range, waits);
    const next = fold(view, page.events);
    if (next.seq <= view.seq || (epoch !== null && page.epoch !== epoch)) throw new Error("The log was replaced.");
    view = next;
    epoch = page.epoch;
  }
  return { epoch, join: (since, shown) => sharing(fold(view, since), shown) };
}

interface Page {
  readonly epoch: string | null;
  readonly events: readonly Event[];
}

async function read(path: string, { signal, late }: OlderRange, waits: Waits): Promise<Page> {
  const { random = Math.random, onWake = onPageWake } = waits;
  let lost: () => void = () => undefined;
  let resume: () => void = () => undefined;
  /** Asked for while an answer was awaited: should that fail, the next attempt waits for nothing. */
  let hurry = false;
  const retry = () => {
    hurry = true;
    resume();
  };
  const undo = onWake((why) => {
    if (why === "network") lost();
    retry();
  });
  try {
    for (let attempt = 1; ; attempt += 1) {
      const answer = await ask(path, signal, (abort) => {
        lost = abort;
      });
      signal.throwIfAborted();
      if ("events" in answer) return answer;
      if (attempt >= QUIETLY) late(retry);
      const wait_ms = random() * Math.min(LONGEST_MS, FIRST_MS * 2 ** (attempt - 1));
      if (!hurry)
        await pause(Math.max(answer.least_ms, wait_ms), signal, (end) => {
          resume = end;
        });
      hurry = false;
    }
  } finally {
    undo();
    if (!signal.aborted) late(null);
  }
}

/** One attempt: a page, or how long the next one has to wait at least. `begun` gets what ends it early. */
async function ask(
  path: string,
  signal: AbortSignal,
  begun: (abort: () => void) => void,
): Promise<Page | { readonly least_ms: number }> {
  const attempt = new AbortController();
  const giveUp = () => attempt.abort();
  begun(giveUp);
  let silence = setTimeout(giveUp, SILENCE_MS);
  const heard = () => {
    clearTimeout(silence);
    silence = setTimeout(giveUp, SILENCE_MS);
  };
  let response: Response;
  try {
    const headers = { accept: "application/json" };
    response = await fetch(path, { headers, signal: AbortSignal.any([signal, attempt.signal]) });
    if (response.ok) {
      const events = JSON.parse(await textOf(response, heard)) as readonly Event[];
      return { epoch: response.headers.get("millrace-epoch"), events };
    }
  } catch {
    return { least_ms: 0 };
  } finally {
    clearTimeout(silence);
  }
  const { status } = response;
  if (status < 500 && !PASSING.has(status)) throw new Error(`HTTP ${status}`, { cause: { status } });
  return { least_ms: Math.min(60, Number(response.headers.get("retry-after")) || 0) * 1_000 };
}

async function textOf({ body }: Response, heard: () => void): Promise<string> {
  if (body === null) return "";
  const decoder = new TextDecoder();
  const reader = body.getReader();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    heard();
    if (done) return text + decoder.decode();
    text += decoder.decode(value, { stream: true });
  }
}

/** Rejects once `signal` is aborted. */
function pause(ms: number, signal: AbortSignal, begun: (resume: () => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      if (signal.aborted) reject(signal.reason);
      else resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener("abort", end);
    begun(end);
  });
}

/** When the network is back, and when somebody looks at the page again. */
function onPageWake(wake: (why: "network" | "seen") => void): () => void {
  const online = () => wake("network");
  const seen = () => document.visibilityState === "visible" && wake("seen");
  window.addEventListener("online", online);
  document.addEventListener("visibilitychange", seen);
  return () => {
    window.removeEventListener("online", online);
    document.removeEventListener("visibilitychange", seen);
  };
}

/** The view with the turns that are shown already: only what is new about them is drawn again. */
function sharing(view: View, shown: View): View {
  const drawn = new Map(shown.turns.map((turn) => [turn.run_id, turn]));
  return { ...view, turns: view.turns.map((turn) => shared(turn, drawn.get(turn.run_id))) };
}

/** Both are folds of the same events of the run; what lies before it tells its parent and its branch. */
function shared(turn: Turn, drawn: Turn | undefined): Turn {
  if (drawn === undefined) return turn;
  const isSame = turn.parent === drawn.parent && turn.branch === null && drawn.branch === null;
  return isSame ? drawn : { ...turn, items: drawn.items };
}
