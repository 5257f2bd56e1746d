import type { ReactNode } from "react";

interface Props {
  armed: boolean;
  press(): void;
  className?: string;
  /** The word that this button answers with. */
  option?: string;
  /** The key that presses it, inside the card; a digit or Enter. */
  hotkey?: string;
  testId?: string;
  children: ReactNode;
}

/** A button of a card: does nothing before it is armed, and keeps its focus meanwhile. */
export function AskButton({ armed, press, className = "btn", option, hotkey, testId, children }: Props) {
  return (
    <button
      type="button"
      className={className}
      data-testid={testId ?? (option === undefined ? undefined : "ask-option")}
      data-option={option}
      data-key={hotkey}
      aria-disabled={!armed}
      onClick={() => {
        if (armed) press();
      }}
    >
      {children}
      {hotkey !== undefined && <kbd>{hotkey === "Enter" ? "↵" : hotkey}</kbd>}
    </button>
  );
}
