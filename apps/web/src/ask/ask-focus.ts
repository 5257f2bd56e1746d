import type { AskStore } from "./ask-store.ts";

/** The element that holds the docked question, folded or not. */
export const ASK_ID = "ask";

/** The docked question on the screen, null where none waits. */
function shownAsk({ getState }: Pick<AskStore, "getState">) {
  const { asks, shown } = getState();
  return asks.find(({ item }) => item.request_id === shown) ?? asks[0] ?? null;
}

/** Unfolds the docked question and moves the focus into it; false where none waits. */
export function goToAsk(store: AskStore): boolean {
  const ask = shownAsk(store);
  if (ask === null) return false;
  store.fold(ask.item.request_id, false);
  requestAnimationFrame(() => document.getElementById(ASK_ID)?.focus());
  return true;
}

/** Gives the focus back to where it was before it came here; the message box where that is gone. */
export function leaveTo(before: Element | null, coarse: boolean): void {
  const target = before instanceof HTMLElement && before.isConnected ? before : document.getElementById("composer");
  // Focusing a field would open a phone's keyboard.
  if (target === null || (coarse && target instanceof HTMLTextAreaElement)) {
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
  } else {
    target.focus();
  }
}
