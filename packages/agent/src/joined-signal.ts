/**
 * Aborts with the first of the signals. Unlike `AbortSignal.any`, whose `aborted` asks its sources each time it is
 * read, it is cheap to look at; in return it lives as long as they do.
 */
export function joinedSignal(signals: readonly AbortSignal[]): AbortSignal {
  const joined = new AbortController();
  for (const signal of signals) {
    const abort = (): void => joined.abort(signal.reason);
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { once: true });
  }
  return joined.signal;
}
