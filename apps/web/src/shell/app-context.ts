import type { ConnectionState, MillraceClient, OutboxEntry } from "@millrace/client";
import { createContext, useContext, useSyncExternalStore } from "react";
import { type StoreApi, useStore } from "zustand";
import type { AskStore } from "../ask/ask-store.ts";
import type { Choices } from "../composer/choices.ts";
import type { DraftFiles } from "../composer/draft-files.ts";
import type { Replays } from "../replay/replays.ts";
import type { SessionState, SessionStore } from "../session/session-store.ts";
import type { Removals } from "../sessions/removals.ts";
import type { SessionsState, SessionsStore } from "../sessions/sessions-store.ts";
import type { StoppedRuns } from "../sessions/stop-runs.ts";
import type { Preferences } from "./preferences.ts";

/** What is on the screen besides the log: nothing of it is kept. */
export interface Screen extends Choices {
  /** The call that is selected in the conversation and on the timeline. */
  readonly selected: string | null;
  /** On narrow screens: the panel that covers the conversation. */
  readonly sheet: "side" | "inspector" | null;
  /** What is open above the page. */
  readonly overlay: Overlay | null;
  /** What became of stopping every run, until that was told. */
  readonly stopped?: ToldStop | null;
  /** Where the gateway's storage is not well, as it says. */
  readonly storage: StorageTrouble | null;
}

/** Null: the runs could not be listed. */
export interface ToldStop {
  readonly runs: StoppedRuns | null;
  readonly reason: string | null;
}

export type SettingsSection = "models" | "permissions" | "tools" | "appearance" | "notifications" | "keys" | "about";
type Overlay = { readonly kind: "palette" } | { readonly kind: "settings"; readonly section: SettingsSection };
export type StorageTrouble = "slow" | "full" | "unavailable";

/** The parts of the application, made once in main.tsx. */
export interface App {
  readonly client: MillraceClient;
  readonly session: SessionStore;
  readonly sessions: SessionsStore;
  readonly removals: Removals;
  readonly asks: AskStore;
  readonly replays: Replays;
  readonly preferences: StoreApi<Preferences>;
  readonly screen: StoreApi<Screen>;
  /** Files of the messages that are being written. */
  readonly files: DraftFiles;
  /** Ids of the messages that this page has sent. */
  readonly sent: ReadonlySet<string>;
  /** Shows a session, or a new chat where null. */
  go(session_id: string | null, replace?: "replace"): void;
}

export const AppContext = createContext<App | null>(null);

export function useApp(): App {
  const app = useContext(AppContext);
  if (app === null) throw new Error("AppContext is missing");
  return app;
}

export const useSession = <T>(select: (state: SessionState) => T): T => useStore(useApp().session, select);
export const useSessions = <T>(select: (state: SessionsState) => T): T => useStore(useApp().sessions, select);
export const usePreferences = <T>(select: (state: Preferences) => T): T => useStore(useApp().preferences, select);
export const useScreen = <T>(select: (state: Screen) => T): T => useStore(useApp().screen, select);

export function useConnection(): ConnectionState {
  const { connection } = useApp().client;
  return useSyncExternalStore(connection.subscribe, connection.get);
}

export function useOutbox(): readonly OutboxEntry[] {
  const { outbox } = useApp().client;
  return useSyncExternalStore(outbox.subscribe, outbox.get);
}
