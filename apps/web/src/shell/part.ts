/** A part of the page that comes by itself, when it is needed or ahead of that. */
export interface Part<T> {
  /** Null until it is there. */
  get(): T | null;
  /** Wants it until the undo is called; `come` is called once, if it was not there yet. */
  want(come: (part: T) => void): () => void;
  /** Begins to load; what is already loaded stays. */
  load(): void;
  /** Resolves when it is there, however long that takes; where it fails, the page says so meanwhile. */
  whenLoaded(): Promise<T>;
}

/** Parts that are still to come, by what begins to load them. */
const coming = new Set<() => void>();
/** Those of them that somebody wants and that could not be loaded. */
const failed = new Set<() => void>();
const listeners = new Set<() => void>();
let isAhead = false;

export function part<T>(load: () => Promise<T>): Part<T> {
  const waiting = new Set<(part: T) => void>();
  let loaded: T | null = null;
  let loading = false;
  const begin = () => {
    if (loading || loaded !== null) return;
    loading = true;
    load().then(
      (value) => {
        loaded = value;
        coming.delete(begin);
        changeFailed(() => failed.delete(begin));
        for (const come of [...waiting]) come(value);
        waiting.clear();
      },
      () => {
        loading = false;
        if (waiting.size > 0) changeFailed(() => failed.add(begin));
      },
    );
  };
  const want = (come: (part: T) => void) => {
    waiting.add(come);
    begin();
    return () => {
      waiting.delete(come);
      if (waiting.size === 0) changeFailed(() => failed.delete(begin));
    };
  };
  coming.add(begin);
  if (isAhead) begin();
  return {
    get: () => loaded,
    want,
    load: begin,
    whenLoaded: () => new Promise((resolve) => (loaded === null ? want(resolve) : resolve(loaded))),
  };
}

/** Loads every part that is still to come, and those that they bring; calling it again tries again what failed. */
export function loadAhead(): void {
  isAhead = true;
  loadFailed();
  for (const begin of [...coming]) begin();
}

/** What is wanted and could not be loaded is tried once more. */
export function loadFailed(): void {
  const again = [...failed];
  changeFailed(() => failed.clear());
  for (const begin of again) begin();
}

/** What could not be loaded is tried once more: what is wanted, and what was to come ahead. */
export function loadAgain(): void {
  if (isAhead) loadAhead();
  else loadFailed();
}

/** Whether something that is wanted could not be loaded. */
export const hasFailed = (): boolean => failed.size > 0;

export function onFailed(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function changeFailed(change: () => void): void {
  const before = failed.size;
  change();
  if (failed.size === before) return;
  for (const listener of [...listeners]) listener();
}

/** Parts are loaded ahead once the page has time for it; not where its reader saves data. */
export function loadAheadWhenIdle(): void {
  const saves = (navigator as { connection?: { saveData?: boolean } }).connection?.saveData === true;
  const idle = () => {
    if (!saves) (window.requestIdleCallback ?? setTimeout)(loadAhead);
  };
  if (document.readyState === "complete") idle();
  else window.addEventListener("load", idle);
  window.addEventListener("online", loadAgain);
}
