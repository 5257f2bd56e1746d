import { describe, expect, it } from "vitest";
import { fullNames } from "./tool-names.ts";

describe("fullNames", () => {
  it("T26: puts the server's name before the tool's, so that none shadows another server's", () => {
    expect([...fullNames("weather", ["get", "read_file"]).values()]).toEqual(["weather__get", "weather__read_file"]);
  });

  it("makes names fit [A-Za-z0-9_-]{1,64}", () => {
    const long = "x".repeat(200);
    const names = [...fullNames("s", ["get.weather", "día", "a b", long, `${long}2`, "🌧"]).values()];
    expect(names.slice(0, 3)).toEqual(["s__get_weather", "s__d_a", "s__a_b"]);
    for (const name of names) expect(name).toMatch(/^[A-Za-z0-9_-]{1,64}$/);
    expect(new Set(names).size).toBe(names.length);
  });

  it("T26: a tool keeps its exact name, whatever others are made to look like it and in whatever order", () => {
    for (const tools of [
      ["read_file", "read.file", "read file"],
      ["read file", "read.file", "read_file"],
    ]) {
      const names = fullNames("s", tools);
      expect(names.get("read_file")).toBe("s__read_file");
      expect(names.get("read.file")).toMatch(/^s__read_file_[0-9a-f]{10}$/);
      expect(new Set(names.values()).size).toBe(3);
    }
  });

  it("T26: a tool that is named like another's digest takes nobody's place", () => {
    const first = fullNames("s", ["read_file", "read.file"]).get("read.file")!;
    const names = fullNames("s", ["read_file", "read.file", first.slice("s__".length)]);
    expect(names.get(first.slice("s__".length))).toBe(first);
    expect(new Set(names.values()).size).toBe(3);
  });
});
