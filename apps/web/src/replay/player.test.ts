import { describe, expect, it } from "vitest";
import { createPlayer } from "./player.ts";

function setup(length = 10_000) {
  let now = 0;
  let due: (() => void) | null = null;
  const player = createPlayer(length, {
    now: () => now,
    frame(callback) {
      due = callback;
      return () => {
        if (due === callback) due = null;
      };
    },
  });
  const frame = (ms: number) => {
    now += ms;
    const callback = due;
    due = null;
    callback?.();
  };
  return { player, frame, asks: () => due !== null };
}

describe("the player", () => {
  it("moves by the time between frames, times its speed", () => {
    const { player, frame } = setup();
    player.play();
    frame(16);
    expect(player.getState().position).toBe(16);
    player.setSpeed(4);
    frame(20);
    expect(player.getState().position).toBe(96);
    player.setSpeed(0.5);
    frame(20);
    expect(player.getState().position).toBe(106);
  });

  it("asks for no frame while it does not play", () => {
    const { player, frame, asks } = setup();
    expect(asks()).toBe(false);
    player.play();
    frame(16);
    player.pause();
    expect([asks(), player.getState()]).toEqual([false, { playing: false, speed: 1, position: 16 }]);
  });

  it("goes on where it was after a time without frames", () => {
    const { player, frame } = setup();
    player.play();
    frame(60_000);
    expect(player.getState().position).toBe(250);
  });

  it("stops at its end, and plays from the start again", () => {
    const { player, frame, asks } = setup(100);
    player.play();
    frame(90);
    frame(90);
    expect([player.getState(), asks()]).toEqual([{ playing: false, speed: 1, position: 100 }, false]);
    player.play();
    expect(player.getState()).toMatchObject({ playing: true, position: 0 });
  });

  it("goes on playing where it was moved to, within its bounds", () => {
    const { player, frame } = setup();
    player.play();
    player.seek(5_000);
    frame(10);
    expect(player.getState()).toMatchObject({ playing: true, position: 5_010 });
    player.seek(-5);
    expect(player.getState().position).toBe(0);
    player.seek(1e9);
    expect(player.getState().position).toBe(10_000);
  });

  it("is still when paused from within a change", () => {
    const { player, frame, asks } = setup();
    player.subscribe(({ position }) => {
      if (position > 50 && player.getState().playing) player.pause();
    });
    player.play();
    frame(60);
    expect(asks()).toBe(false);
  });
});
