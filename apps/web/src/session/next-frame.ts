/** Calls back once and soon; returns the undo. */
export type Schedule = (callback: () => void) => () => void;

/** Longest wait of a tab whose animation frames are paused, in milliseconds. */
const BACKGROUND_MS = 250;

/** At the next animation frame; on a timer where the tab is in the background and frames do not come. */
export const nextFrame: Schedule = (callback) => {
  const cancel = () => {
    cancelAnimationFrame(frame);
    clearTimeout(timer);
  };
  const run = () => {
    cancel();
    callback();
  };
  const frame = requestAnimationFrame(run);
  const timer = setTimeout(run, BACKGROUND_MS);
  return cancel;
};
