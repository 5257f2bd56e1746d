export type KeyAction = "send" | "steer" | "stop" | null;

/** The part of a keyboard event that decides. */
export interface Key {
  readonly key: string;
  readonly keyCode: number;
  readonly isComposing: boolean;
  readonly shiftKey: boolean;
  readonly altKey: boolean;
  readonly metaKey: boolean;
  readonly ctrlKey: boolean;
}

export interface Situation {
  /** A run is open. */
  readonly running: boolean;
  /** A composition ended in this very task: Safari sends the Enter that ended it just afterwards. */
  readonly justComposed: boolean;
  /** A phone's Return makes a new line; its send button sends. */
  readonly coarse: boolean;
}

/** What a key in the message box does; null leaves it to the browser and the input method. */
export function keyAction(key: Key, { running, justComposed, coarse }: Situation): KeyAction {
  if (key.isComposing || key.keyCode === 229) return null;
  if (key.key === "Escape") return running ? "stop" : null;
  if (key.key !== "Enter" || justComposed || key.shiftKey || key.altKey) return null;
  if (key.metaKey || key.ctrlKey) return running ? "steer" : "send";
  return coarse ? null : "send";
}
