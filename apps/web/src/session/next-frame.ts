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

/** Now and then, so that what comes in a burst does not wait for the screen. */
export const nowAndThen: Schedule = (callback) => {
  const timer = setTimeout(callback, BACKGROUND_MS);
  return () => clearTimeout(timer);
};
