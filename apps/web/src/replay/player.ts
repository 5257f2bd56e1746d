import { createStore, type StoreApi } from "zustand/vanilla";

export const SPEEDS = [0.5, 1, 2, 4, 8, 16] as const;
export type Speed = (typeof SPEEDS)[number];

interface Playback {
  readonly playing: boolean;
  readonly speed: Speed;
  /** Milliseconds of playback since its start. */
  readonly position: number;
}

export interface Player extends StoreApi<Playback> {
  readonly length: number;
  /** From the start again, where it has come to its end. */
  play(): void;
  pause(): void;
  setSpeed(speed: Speed): void;
  /** Goes on playing from there, if it plays. */
  seek(position: number): void;
  close(): void;
}

export interface PlayerClock {
  /** Milliseconds, for differences only. */
  now(): number;
  /** Calls back at the next frame; returns the undo. */
  frame(callback: () => void): () => void;
}

/** Longest step of one frame: a tab that got no frames goes on where it was. */
const STEP_MS = 250;

/** Moves a position through a stretch of time, once per frame while it plays. Frames are only asked for then. */
export function createPlayer(length: number, clock: PlayerClock): Player {
  const store = createStore<Playback>(() => ({ playing: false, speed: 1, position: 0 }));
  let undo: (() => void) | null = null;
  let last = 0;

  const halt = () => {
    undo?.();
    undo = null;
  };
  const next = () => {
    undo = clock.frame(() => {
      const now = clock.now();
      const { position, speed } = store.getState();
      const moved = Math.min(length, position + Math.min(now - last, STEP_MS) * speed);
      last = now;
      const playing = moved < length;
      store.setState({ position: moved, playing });
      if (playing && undo !== null) next();
      else halt();
    });
  };
  return {
    ...store,
    length,
    play() {
      if (store.getState().playing) return;
      if (store.getState().position >= length) store.setState({ position: 0 });
      store.setState({ playing: true });
      last = clock.now();
      next();
    },
    pause() {
      halt();
      store.setState({ playing: false });
    },
    setSpeed: (speed) => store.setState({ speed }),
    seek: (position) => store.setState({ position: Math.max(0, Math.min(length, position)) }),
    close: halt,
  };
}

export const frameClock: PlayerClock = {
  now: () => performance.now(),
  frame(callback) {
    const id = requestAnimationFrame(callback);
    return () => cancelAnimationFrame(id);
  },
};
