import { useCallback, useSyncExternalStore } from "react";

/** Touch screens: a Return key without a Shift worth mentioning. */
export const COARSE = "(pointer: coarse)";
/** Panels are sheets. */
export const SMALL = "(max-width: 820px)";
/** There is room for three columns. */
export const WIDE = "(min-width: 1181px)";

export function useMedia(query: string): boolean {
  const subscribe = useCallback(
    (listener: () => void) => {
      const list = matchMedia(query);
      list.addEventListener("change", listener);
      return () => list.removeEventListener("change", listener);
    },
    [query],
  );
  return useSyncExternalStore(subscribe, () => matchMedia(query).matches);
}

const APPLE = /Mac|iPhone|iPad/.test(navigator.platform);

/** The modifier's name on this keyboard. */
export const MOD = APPLE ? "⌘" : "Ctrl+";
export const SHIFT_MOD = APPLE ? "⇧⌘" : "Ctrl+Shift+";
