import type { StoreApi } from "zustand";
import type { SessionState } from "../session/session-store.ts";

/** How long a conversation may take to appear, once what it holds has come. Milliseconds. */
const PATIENCE_MS = 5_000;
/** How long what it holds may take to come, so that nobody is moved who has long read on. Milliseconds. */
const LONGEST_MS = 60_000;
const SHOWN_MS = 4_000;
const FRAMES = 4;

/**
 * Brings a text of the session on the screen into view as soon as it is there, and marks it for a moment. Waits for
 * what came before the end that a long one is opened with; gives up where the reader goes to another session.
 */
export function findInChat(text: string, session: Pick<StoreApi<SessionState>, "getState">): void {
  const { session_id } = session.getState();
  const began = performance.now();
  let until = began + PATIENCE_MS;
  const wanted = text.toLowerCase();
  const look = () => {
    const { session_id: shown, partial, link } = session.getState();
    if (shown !== session_id) return;
    if (partial === true || link !== "live") until = Math.min(began + LONGEST_MS, performance.now() + PATIENCE_MS);
    const range = rangeOf(wanted) ?? (drawFar(wanted) ? rangeOf(wanted) : null);
    if (range === null) {
      if (link !== "gone" && performance.now() < until) setTimeout(look, 100);
      return;
    }
    center(range, FRAMES);
    if (!("highlights" in CSS)) return;
    const mark = new Highlight(range);
    CSS.highlights.set("found", mark);
    setTimeout(() => {
      if (CSS.highlights.get("found") === mark) CSS.highlights.delete("found");
    }, SHOWN_MS);
  };
  look();
}

/** What comes near is drawn, and has its true height, only in the next frames. */
function center(range: Range, frames: number): void {
  range.startContainer.parentElement?.scrollIntoView({ block: "center" });
  if (frames > 0) requestAnimationFrame(() => center(range, frames - 1));
}

/** Has the turns drawn that only keep their place and hold the text, as the browser's own search does. */
function drawFar(wanted: string): boolean {
  const far = [...document.querySelectorAll(".scroll .turns.far .findable")];
  const found = far.find((words) => words.textContent.toLowerCase().includes(wanted));
  return found?.dispatchEvent(new Event("beforematch", { bubbles: true })) ?? false;
}

function rangeOf(wanted: string): Range | null {
  const parts = document.querySelectorAll('.scroll [data-testid="user-message"], .scroll [data-testid="text-block"]');
  for (const part of parts) {
    const nodes = document.createTreeWalker(part, NodeFilter.SHOW_TEXT);
    for (let node = nodes.nextNode(); node !== null; node = nodes.nextNode()) {
      const at = (node.nodeValue ?? "").toLowerCase().indexOf(wanted);
      if (at < 0) continue;
      const range = document.createRange();
      range.setStart(node, at);
      range.setEnd(node, at + wanted.length);
      return range;
    }
  }
  return null;
}
