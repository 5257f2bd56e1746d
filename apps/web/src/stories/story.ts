import type { ConnectionState, OutboxEntry, WatchState } from "@millrace/client";
import type { SessionSummary } from "@millrace/protocol";
import type { DraftFile } from "../composer/draft-files.ts";
import type { FileProblem } from "../replay/read-log-file.ts";
import type { Body } from "../session/testing-events.ts";
import type { Removals } from "../sessions/removals.ts";
import type { Screen } from "../shell/app-context.ts";
import type { Preferences } from "../shell/preferences.ts";

/** Parts whose stories are the whole page, each in a window of its own. */
const PAGES = ["page", "menus", "settings", "palette"] as const;
export type PagePart = (typeof PAGES)[number];
export type Part = "turns" | "diagrams" | "truth" | "dock" | "composer" | "side" | "inspector" | "empty" | PagePart;

export const isPage = (part: Part): part is PagePart => PAGES.some((one) => one === part);

/** A click on what a selector names, or words typed into it. */
export type Act = string | { readonly into: string; readonly type: string };

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
  /** Of these sessions the times of the last events that were seen. */
  readonly seen?: Readonly<Record<string, number>>;
  readonly files?: readonly DraftFile[];
  readonly draft?: string;
  readonly preferences?: Partial<Preferences>;
  readonly screen?: Partial<Screen>;
  /** What the gateway says to an answer. */
  readonly refuses?: "args_changed";
  /** What was deleted here just now. */
  readonly removals?: Partial<ReturnType<Removals["getState"]>>;
  /** `run`: the log is shown again; else the door for files, and what was wrong with the last one. */
  readonly replay?: "run" | "door" | FileProblem;
  /** What the gateway says over HTTP, by path; null: that something is wrong. Only for pages. */
  readonly answers?: Readonly<Record<string, unknown>>;
  /** What is done within the story, one after the other, each once it can be. */
  readonly press?: readonly Act[];
}
