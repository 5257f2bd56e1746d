import { createContext, useContext } from "react";

/** Why nothing can be sent or selected now; null: it can. Names a word of `turn.*`. */
export type Blocked = "blocked_running" | "blocked_offline" | "blocked_replay" | null;

/** What the turns of the conversation share. */
export interface Turns {
  readonly blocked: Blocked;
  /** What happens is seen as it happens: none of it is history that is still coming in. */
  readonly live: boolean;
  /** To be called when something was sent: the page goes to its end. */
  sent(): void;
  /** Whether the page is held at its end. */
  atEnd(): boolean;
  /** To be called before what is shown changes by the reader's own doing: the page stays where it is. */
  stay(): void;
}

export const TurnsContext = createContext<Turns>({
  blocked: null,
  live: true,
  sent: () => undefined,
  atEnd: () => true,
  stay: () => undefined,
});

export const useTurns = (): Turns => useContext(TurnsContext);
