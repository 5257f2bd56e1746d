import { createStore, type StoreApi } from "zustand/vanilla";
import type { App } from "../shell/app-context.ts";
import { part } from "../shell/part.ts";
import { isReplay, REPLAY_ADDRESS } from "../shell/route.ts";
import { forbidCompiling } from "./forbid-compiling.ts";
import type { FileProblem } from "./read-log-file.ts";
import type { Scene } from "./scene.ts";

interface ReplayState {
  /** Null: the page shows what is. */
  readonly scene: Scene | null;
  /** The address is that of logs from files. */
  readonly door: boolean;
  readonly loading: boolean;
  /** Why what was asked for cannot be shown. `unavailable`: the session's log did not come. */
  readonly problem: FileProblem | { readonly why: "unavailable" } | null;
}

export interface Replays extends StoreApi<ReplayState> {
  /** Shows a run of the session on the screen again. */
  playRun(app: App, run_id: string): void;
  /** Shows a log from a file, at an address of its own. */
  playFile(app: App, file: File): void;
  /** Back to what is. */
  leave(): void;
  /** The page shows something else now. */
  moved(): void;
}

const opening = part(() => import("./open-replay.ts"));
const openingFile = part(() => {
  forbidCompiling();
  return import("./open-file.ts");
});

const NOTHING: ReplayState = { scene: null, door: false, loading: false, problem: null };

/** Whether something is shown again instead of what is, and what. The rest of it is loaded when first needed. */
export function createReplays(): Replays {
  const store = createStore<ReplayState>(() => NOTHING);
  /** Counts what was asked for: what comes late is not shown. */
  let asked = 0;
  /** Where a file's reader came from. */
  let before: string | null = null;

  const become = (state: Partial<ReplayState>) => {
    store.getState().scene?.close();
    store.setState({ ...NOTHING, door: isReplay(location.pathname), ...state });
  };
  const load = (open: () => Promise<Pick<ReplayState, "scene"> | Pick<ReplayState, "problem">>) => {
    asked += 1;
    const own = asked;
    become({ loading: true });
    open()
      .catch(() => ({ problem: { why: "unavailable" as const } }))
      .then((opened) => {
        if (own === asked) become(opened);
        else if ("scene" in opened) opened.scene?.close();
      })
      .catch(() => undefined);
  };
  return {
    ...store,
    playRun(app, run_id) {
      load(async () => ({ scene: await (await opening.whenLoaded()).openRun(app, run_id) }));
    },
    playFile(app, file) {
      if (!isReplay(location.pathname)) {
        before = app.session.getState().session_id;
        history.pushState(null, "", REPLAY_ADDRESS);
        app.session.open(null);
        app.screen.setState({ selected: null, sheet: null });
      }
      load(async () => {
        return (await openingFile.whenLoaded()).openFile(app, file);
      });
    },
    leave() {
      const { scene, door } = store.getState();
      asked += 1;
      if (door && scene?.app !== undefined) scene.app.go(before);
      become({});
    },
    moved() {
      asked += 1;
      become({});
    },
  };
}
