/** Calls `run` once after `ms` milliseconds; the returned function calls it off. Does not keep the process alive. */
export type Later = (ms: number, run: () => void) => () => void;

export const later: Later = (ms, run) => {
  const timer = setTimeout(run, ms).unref();
  return () => clearTimeout(timer);
};
