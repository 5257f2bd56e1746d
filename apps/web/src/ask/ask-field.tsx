import type { KeyboardEvent } from "react";

interface Props {
  value: string;
  label: string;
  write(value: string): void;
  /** Enter, but for one that ends a composition. */
  send(): void;
  focused?: boolean;
}

/** UTF-16 code units; the server takes 16 KiB of UTF-8. */
const LONGEST = 4_000;

/** A line of one's own words. */
export function AskField({ value, label, write, send, focused = false }: Props) {
  const onKeyDown = (event: KeyboardEvent) => {
    const { nativeEvent: native } = event;
    if (event.key !== "Enter" || native.isComposing || native.keyCode === 229) return;
    event.preventDefault();
    event.stopPropagation();
    send();
  };
  return (
    <input
      className="field"
      data-testid="ask-text"
      value={value}
      placeholder={label}
      aria-label={label}
      maxLength={LONGEST}
      enterKeyHint="send"
      // The person asked for this field by a button.
      // biome-ignore lint/a11y/noAutofocus: the field replaces the button that was pressed
      autoFocus={focused}
      onChange={(event) => write(event.target.value)}
      onKeyDown={onKeyDown}
    />
  );
}
