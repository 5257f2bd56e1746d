import { type RefObject, useCallback, useEffect, useLayoutEffect, useState, useSyncExternalStore } from "react";
import type { CodeLines } from "../code-lines.ts";
import { type Colours, NO_COLOURS } from "./colouring.ts";
import { beginJob, type Job } from "./highlighter.ts";
import { whenNear } from "./when-near.ts";

/** How long colours wait for the next text to be drawn with it, while text comes, in milliseconds. */
const WITH_TEXT = 60;

/**
 * The colours of code in a language, as far as they are there, once its `frame` has come near the screen. While the
 * code `grows` they are drawn together with its next piece, or after a moment.
 */
export function useColours(
  language: string,
  lines: CodeLines,
  frame: RefObject<Element | null>,
  grows: boolean,
): Colours {
  const [near, setNear] = useState(false);
  const [job, setJob] = useState<Job | null>(null);
  const { generation } = lines;

  useEffect(() => (frame.current === null ? undefined : whenNear(frame.current, () => setNear(true))), [frame]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another text is another job
  useEffect(() => {
    if (!near) return;
    const own = beginJob(language);
    setJob(own);
    return () => {
      setJob(null);
      own?.close();
    };
  }, [near, language, generation]);

  useLayoutEffect(() => job?.colouring.update(lines), [lines, job]);

  const subscribe = useCallback(
    (listener: () => void) => {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const unsubscribe = job?.colouring.subscribe(() => {
        clearTimeout(timer);
        timer = setTimeout(listener, grows ? WITH_TEXT : 0);
      });
      return () => {
        clearTimeout(timer);
        unsubscribe?.();
      };
    },
    [job, grows],
  );
  return useSyncExternalStore(
    subscribe,
    () => job?.colouring.colours ?? NO_COLOURS,
    () => NO_COLOURS,
  );
}
