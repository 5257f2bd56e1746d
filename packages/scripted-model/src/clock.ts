/** Time as a script sees it, in milliseconds. */
export interface Clock {
  /** Monotonic; only differences mean anything. */
  now(): number;
  /** Resolves after `ms` (0: the next turn of the event loop), at once when the signal aborts. Never rejects. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal.aborted) {
        resolve();
        return;
      }
      if (ms <= 0) {
        setImmediate(resolve);
        return;
      }
      const wake = (): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", wake);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      signal.addEventListener("abort", wake, { once: true });
    }),
};
