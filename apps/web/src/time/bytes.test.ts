import { expect, it } from "vitest";
import { bytes } from "./bytes.ts";

it.each([
  [0, "0 B"],
  [999, "999 B"],
  [1_000, "1 KB"],
  [1_440, "1.4 KB"],
  [9_960, "10 KB"],
  [256 * 1024, "262 KB"],
  [999_499, "999 KB"],
  [999_500, "1 MB"],
  [5 * 1024 * 1024, "5.2 MB"],
])("%d bytes are %s", (size, said) => expect(bytes(size)).toBe(said));
