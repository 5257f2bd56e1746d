import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Lines } from "./lines.ts";

describe("Lines", () => {
  it("are those of the whole, however it comes in pieces", () => {
    const text = fc.array(fc.constantFrom("a", "\u00e9", "\n", "\r\n", " ")).map((parts) => parts.join(""));
    fc.assert(
      fc.property(text, fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1 }), (whole, sizes) => {
        const bytes = Buffer.from(whole);
        const lines = new Lines();
        const found: string[] = [];
        for (let at = 0, piece = 0; at < bytes.length; piece += 1) {
          const size = sizes[piece % sizes.length] ?? 1;
          for (const line of lines.push(bytes.subarray(at, at + size))) found.push(Buffer.from(line).toString());
          at += size;
        }
        const last = whole.split("\n").at(-1) ?? "";
        expect(lines.length).toBe(Buffer.byteLength(last));
        found.push(Buffer.from(lines.rest()).toString());
        expect(found).toEqual(whole.split("\n"));
        expect(lines.length).toBe(0);
      }),
    );
  });
});
