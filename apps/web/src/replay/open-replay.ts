import type { Event } from "@millrace/protocol";
import type { App } from "../shell/app-context.ts";
import { frameClock } from "./player.ts";
import { replayLog } from "./replay-log.ts";
import { createScene, type Scene } from "./scene.ts";

/** A run of the session on the screen, from its log as the gateway has it. Plays at once. Rejects where the log does not come. */
export async function openRun(app: App, run_id: string): Promise<Scene> {
  const { session_id, view } = app.session.getState();
  const lines = (await app.client.sessions.export(session_id ?? "")).split("\n");
  const events = lines.slice(1).flatMap((line) => (line === "" ? [] : [JSON.parse(line) as Event]));
  const log = await replayLog({ events, title: view.title }, run_id, pageTurn);
  // Of what is on the screen the beginning may be still to come.
  const { turns } = log.view(log.count(log.timing.length));
  const number = turns.findIndex((turn) => turn.run_id === run_id) + 1;
  const scene = createScene(app, { kind: "run", name: String(number), log, clock: frameClock, position: 0 });
  scene.player.play();
  return scene;
}

/** The page draws and takes input before this resolves. */
export const pageTurn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));
