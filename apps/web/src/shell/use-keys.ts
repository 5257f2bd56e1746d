import { useEffect } from "react";
import { goToAsk } from "../ask/ask-focus.ts";
import { useApp } from "./app-context.ts";

interface Keys {
  toggleSide(): void;
  toggleInspector(): void;
}

/** The keys that work everywhere. While an input method composes or a dialog is open, none does. */
export function useKeys({ toggleSide, toggleInspector }: Keys): void {
  const { session, screen, asks, go } = useApp();
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.isComposing || event.keyCode === 229 || event.defaultPrevented) return;
      if (document.querySelector("dialog[open], [role=menu]") !== null) return;
      const modified = event.metaKey || event.ctrlKey;
      const key = event.key.toLowerCase();
      const act = (action: () => void) => {
        event.preventDefault();
        action();
      };
      if (modified && !event.altKey) {
        if (key === "k" && !event.shiftKey) act(() => screen.setState({ overlay: { kind: "palette" } }));
        else if (key === "b" && !event.shiftKey) act(toggleSide);
        else if (key === "i" && !event.shiftKey) act(toggleInspector);
        else if (key === "o" && event.shiftKey) act(() => go(null));
        else if (key === "j" && !event.shiftKey && goToAsk(asks)) event.preventDefault();
      } else if (event.key === "Escape") {
        if (screen.getState().sheet !== null) act(() => screen.setState({ sheet: null }));
        else session.stop();
      } else if (event.key === "?" && !isTyping(event.target)) {
        act(() => screen.setState({ overlay: { kind: "settings", section: "keys" } }));
      } else if (event.key === "/" && !isTyping(event.target)) {
        act(() => document.getElementById("composer")?.focus());
      }
    };
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, [session, screen, asks, go, toggleSide, toggleInspector]);
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}
