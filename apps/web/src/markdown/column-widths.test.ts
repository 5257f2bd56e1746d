import fc from "fast-check";
import { expect, it } from "vitest";
import { type Column, columnWidths } from "./column-widths.ts";

const words = (wide: number, narrow = 60): Column => ({ wide, narrow, figures: false });
const figures = (wide: number): Column => ({ wide, narrow: wide, figures: true });
const sum = (numbers: readonly number[]) => numbers.reduce((all, one) => all + one, 0);

it("fills the room, and gives what is left to words rather than to figures, most of it to the last", () => {
  const [number, name, note] = columnWidths(730, [figures(36), words(60), words(60)]);
  expect(number).toBeLessThan(110);
  expect(name).toBeGreaterThan(200);
  expect(note).toBeGreaterThan(name!);
  expect(note).toBe(730 - number! - name!);
});

it("takes room from the longest words where there is too little", () => {
  const [name, note] = columnWidths(358, [words(120), words(900)]);
  expect(name).toBeGreaterThanOrEqual(112);
  expect(name! + note!).toBe(358);
  expect(note).toBeGreaterThan(name!);
});

it("lets many columns be wider than the room instead of breaking their words", () => {
  const widths = columnWidths(
    358,
    Array.from({ length: 6 }, () => words(400)),
  );
  expect(widths).toEqual(Array.from({ length: 6 }, () => 180));
});

it("leaves each column room for a longer cell, and never less than the room in all", () => {
  const column = fc.record({ wide: fc.nat(2_000), narrow: fc.nat(500), figures: fc.boolean() });
  fc.assert(
    fc.property(
      fc.integer({ min: 200, max: 900 }),
      fc.array(column, { minLength: 1, maxLength: 12 }),
      (room, columns) => {
        const widths = columnWidths(room, columns);
        expect(sum(widths)).toBeGreaterThanOrEqual(room);
        for (const [at, width] of widths.entries()) {
          expect(Number.isInteger(width)).toBe(true);
          expect(width).toBeGreaterThanOrEqual(columns[at]!.figures ? 72 : 88);
        }
      },
    ),
  );
});
