import type { Readable } from "./types.ts";

/** A {@link Readable} with its setter. Setting the same value again tells nobody. */
export interface Value<T> extends Readable<T> {
  set(value: T): void;
}

export function createValue<T>(initial: T): Value<T> {
  let current = initial;
  const listeners = createListeners<void>();
  return {
    get: () => current,
    subscribe: listeners.add,
    set(value) {
      if (Object.is(value, current)) return;
      current = value;
      listeners.tell();
    },
  };
}

export interface Listeners<T> {
  add(listener: (value: T) => void): () => void;
  tell(value: T): void;
}

export function createListeners<T>(): Listeners<T> {
  const listeners = new Map<object, (value: T) => void>();
  return {
    add(listener) {
      const key = {};
      listeners.set(key, listener);
      return () => void listeners.delete(key);
    },
    tell(value) {
      for (const listener of [...listeners.values()]) listener(value);
    },
  };
}
