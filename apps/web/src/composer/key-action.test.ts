import { describe, expect, it } from "vitest";
import { type Key, keyAction, type Situation } from "./key-action.ts";

const press = (key: Partial<Key>, situation: Partial<Situation> = {}) =>
  keyAction(
    {
      key: "Enter",
      keyCode: 13,
      isComposing: false,
      shiftKey: false,
      altKey: false,
      metaKey: false,
      ctrlKey: false,
      ...key,
    },
    { running: false, justComposed: false, coarse: false, ...situation },
  );

describe("keyAction", () => {
  it("sends with Enter and makes a line with Shift", () => {
    expect(press({})).toBe("send");
    expect(press({}, { running: true })).toBe("send");
    expect(press({ shiftKey: true })).toBeNull();
    expect(press({ key: "a" })).toBeNull();
  });

  it("steers with the modifier while a run is open, else sends", () => {
    expect(press({ metaKey: true }, { running: true })).toBe("steer");
    expect(press({ ctrlKey: true }, { running: true })).toBe("steer");
    expect(press({ ctrlKey: true })).toBe("send");
  });

  it("leaves everything to the input method while it composes", () => {
    for (const composing of [{ isComposing: true }, { keyCode: 229 }]) {
      expect(press(composing)).toBeNull();
      expect(press({ ...composing, metaKey: true }, { running: true })).toBeNull();
      expect(press({ ...composing, key: "Escape" }, { running: true })).toBeNull();
    }
  });

  it("ignores the Enter that ended a composition in Safari", () => {
    expect(press({}, { justComposed: true })).toBeNull();
    expect(press({ key: "Escape" }, { justComposed: true, running: true })).toBe("stop");
  });

  it("stops with Esc only where something runs", () => {
    expect(press({ key: "Escape" }, { running: true })).toBe("stop");
    expect(press({ key: "Escape" })).toBeNull();
  });

  it("makes a new line with a phone's Return", () => {
    expect(press({}, { coarse: true })).toBeNull();
    expect(press({ ctrlKey: true }, { coarse: true })).toBe("send");
  });
});
