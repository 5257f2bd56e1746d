import { useSyncExternalStore } from "react";
import { flushSync } from "react-dom";

const onPaper = typeof matchMedia === "undefined" ? null : matchMedia("print");
let begun = false;

// Before any other listener: what another one draws for the print must know of it too.
if (typeof window !== "undefined") {
  window.addEventListener("beforeprint", () => {
    begun = true;
  });
  window.addEventListener("afterprint", () => {
    begun = false;
  });
}

/** Whether the page is laid out for paper. What follows from it is drawn before the page is printed. */
export function usePrinting(): boolean {
  return useSyncExternalStore(
    subscribe,
    () => begun || onPaper?.matches === true,
    () => false,
  );
}

function subscribe(changed: () => void): () => void {
  const draw = () => flushSync(changed);
  window.addEventListener("beforeprint", draw);
  window.addEventListener("afterprint", draw);
  onPaper?.addEventListener("change", changed);
  return () => {
    window.removeEventListener("beforeprint", draw);
    window.removeEventListener("afterprint", draw);
    onPaper?.removeEventListener("change", changed);
  };
}
