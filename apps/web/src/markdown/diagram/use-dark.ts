import { useSyncExternalStore } from "react";

const DARK = "(prefers-color-scheme: dark)";

/** Whether the page is dark now, by the reader's choice or the system's. */
export function useDark(): boolean {
  return useSyncExternalStore(subscribe, isDark);
}

const isDark = (): boolean => getComputedStyle(document.documentElement).colorScheme === "dark";

function subscribe(listener: () => void): () => void {
  const system = matchMedia(DARK);
  const chosen = new MutationObserver(listener);
  system.addEventListener("change", listener);
  chosen.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  return () => {
    system.removeEventListener("change", listener);
    chosen.disconnect();
  };
}
