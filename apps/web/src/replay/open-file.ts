import type { App } from "../shell/app-context.ts";
import { pageTurn } from "./open-replay.ts";
import { frameClock } from "./player.ts";
import { FileError, type FileProblem, readLogFile } from "./read-log-file.ts";
import { replayLog } from "./replay-log.ts";
import { createScene, type Scene } from "./scene.ts";

/** A log from a file: stands at its end, and waits to be played. Nothing of it leaves the page. */
export async function openFile(app: App, file: File): Promise<{ scene: Scene } | { problem: FileProblem }> {
  try {
    const source = await readLogFile(file, pageTurn);
    const log = await replayLog(source, null, pageTurn);
    const position = log.timing.length;
    return { scene: createScene(app, { kind: "file", name: file.name, log, clock: frameClock, position }) };
  } catch (error) {
    if (error instanceof FileError) return { problem: error.problem };
    throw error;
  }
}
