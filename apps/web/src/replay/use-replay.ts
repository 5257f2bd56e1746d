import { useCallback } from "react";
import { useStore } from "zustand";
import { useApp } from "../shell/app-context.ts";

export interface ReplayActions {
  /** What the page shows was: nothing can be sent, edited or answered. */
  readonly on: boolean;
  readonly loading: boolean;
  /** Shows a run that has ended again, as its log tells it. */
  play(run_id: string): void;
  leave(): void;
}

/** For parts of the conversation and the inspector. */
export function useReplay(): ReplayActions {
  const app = useApp();
  const { replays } = app;
  const on = useStore(replays, (state) => state.scene !== null);
  const loading = useStore(replays, (state) => state.loading);
  const play = useCallback((run_id: string) => replays.playRun(app, run_id), [replays, app]);
  return { on, loading, play, leave: replays.leave };
}
