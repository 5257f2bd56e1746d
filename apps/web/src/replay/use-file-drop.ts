import { useEffect } from "react";
import type { App } from "../shell/app-context.ts";
import { isReplay } from "../shell/route.ts";

/** Exported logs dropped onto the page are shown; at the replay's own address any file is tried. */
export function useFileDrop(app: App): void {
  useEffect(() => {
    const onDragOver = (event: DragEvent) => {
      if (event.dataTransfer?.types.includes("Files") === true) event.preventDefault();
    };
    const onDrop = (event: DragEvent) => {
      const files = event.dataTransfer?.files;
      const file = files?.[0];
      if (file === undefined) return;
      const own = files?.length === 1 && (isReplay(location.pathname) || /\.(jsonl|ndjson)$/i.test(file.name));
      // A file that nobody takes must not replace the page.
      if (own || app.replays.getState().scene !== null) event.preventDefault();
      if (own) app.replays.playFile(app, file);
    };
    window.addEventListener("dragover", onDragOver);
    window.addEventListener("drop", onDrop, true);
    return () => {
      window.removeEventListener("dragover", onDragOver);
      window.removeEventListener("drop", onDrop, true);
    };
  }, [app]);
}
