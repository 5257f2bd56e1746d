import { createStore } from "zustand/vanilla";
import { createAskStore } from "../ask/ask-store.ts";
import type { SessionState, SessionStore } from "../session/session-store.ts";
import type { App } from "../shell/app-context.ts";
import { createPlayer, type Player, type PlayerClock } from "./player.ts";
import { quietClient } from "./quiet-client.ts";
import type { ReplayLog } from "./replay-log.ts";

/** What is being shown again. */
export interface Scene {
  readonly kind: "run" | "file";
  /** The run's number in its session, or the file's name. */
  readonly name: string;
  readonly log: ReplayLog;
  readonly player: Player;
  /** The application as the conversation and the inspector see it meanwhile: its session is the one shown, and nothing is sent. */
  readonly app: App;
  close(): void;
}

export interface SceneOptions extends Pick<Scene, "kind" | "name" | "log"> {
  readonly clock: PlayerClock;
  readonly position: number;
}

export function createScene(app: App, { kind, name, log, clock, position }: SceneOptions): Scene {
  const player = createPlayer(log.timing.length, clock);
  player.seek(position);
  const session = replaySession(log, player);
  const client = quietClient(app.client);
  return {
    kind,
    name,
    log,
    player,
    app: { ...app, client, session, asks: createAskStore(client, session) },
    close: player.close,
  };
}

/** A session whose events come with the player's position, and whose present is the log's. */
function replaySession(log: ReplayLog, player: Player): SessionStore {
  let count = -1;
  const shown = (): Pick<SessionState, "view" | "recent"> => {
    count = log.count(player.getState().position);
    const view = log.view(count);
    return { view, recent: log.recent(view) };
  };
  const session_id = log.events[0]?.session_id ?? "";
  // Never "live": what was asked then waits for nobody now.
  const store = createStore<SessionState>(() => ({
    session_id,
    link: "catching_up",
    skew: 0,
    stop_pressed: null,
    ...shown(),
  }));
  player.subscribe(({ position }) => {
    if (log.count(position) !== count) store.setState(shown());
  });
  return {
    ...store,
    now: () => log.timing.logTime(player.getState().position),
    open: () => undefined,
    stop: () => undefined,
    close: () => undefined,
  };
}
