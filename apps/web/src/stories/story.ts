import type { ConnectionState, OutboxEntry, WatchState } from "@millrace/client";
import type { SessionSummary } from "@millrace/protocol";
import type { DraftFile } from "../composer/draft-files.ts";
import type { Body } from "../session/testing-events.ts";
import type { Screen } from "../shell/app-context.ts";
import type { Tab } from "../shell/preferences.ts";

export type Part = "turns" | "truth" | "dock" | "composer" | "side" | "inspector" | "empty";

/** One state of one part of the page: what the gateway and the browser would have told it, and what is shown of it. */
export interface Story {
  /** Names it in addresses and tests. */
  readonly name: string;
  readonly part: Part;
  /** The session's log; null: a new chat. */
  readonly log: readonly Body[] | null;
  /** Events that come while the page looks: what was docked is then settled, what runs is seen running. */
  readonly next?: readonly Body[];
  /** Seconds from the log's last event to now. */
  readonly later?: number;
  readonly link?: WatchState;
  readonly connection?: ConnectionState;
  readonly outbox?: readonly OutboxEntry[];
  readonly sessions?: readonly SessionSummary[];
  /** Of these sessions the heads that were seen. */
  readonly seen?: Readonly<Record<string, number>>;
  readonly files?: readonly DraftFile[];
  readonly draft?: string;
  readonly tab?: Tab;
  readonly screen?: Partial<Screen>;
  /** What the gateway says to an answer. */
  readonly refuses?: "args_changed";
  /** Selectors within the story that are clicked one after the other once they can be. */
  readonly press?: readonly string[];
}
