import { useEffect } from "react";

/** With the focus in the transcript: J and K go from call to call, O opens one. Never while somebody types. */
export function useCallKeys(): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.isComposing || event.keyCode === 229 || event.metaKey || event.ctrlKey || event.altKey) return;
      const { target } = event;
      if (!(target instanceof HTMLElement) || target.closest(".scroll") === null) return;
      if (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) return;
      const key = event.key.toLowerCase();
      if (key !== "j" && key !== "k" && key !== "o") return;
      const heads = [...document.querySelectorAll<HTMLElement>(".scroll .call-head")].filter((head) =>
        head.checkVisibility(),
      );
      const here = heads.findIndex((head) => head === target || head.contains(target));
      if (key === "o") {
        if (here >= 0) heads[here]?.click();
      } else {
        const next = here < 0 ? (key === "j" ? 0 : heads.length - 1) : here + (key === "j" ? 1 : -1);
        heads[next]?.focus();
        heads[next]?.scrollIntoView({ block: "nearest" });
      }
      event.preventDefault();
    };
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, []);
}
