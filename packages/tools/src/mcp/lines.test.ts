import { describe, expect, it } from "vitest";
import { Lines } from "./lines.ts";

function read(limit: number, chunks: readonly string[]): { lines: string[]; overflows: number } {
  const lines: string[] = [];
  let overflows = 0;
  const reader = new Lines(
    limit,
    (line) => lines.push(line),
    () => {
      overflows += 1;
    },
  );
  for (const chunk of chunks) reader.write(Buffer.from(chunk, "latin1"));
  return { lines, overflows };
}

describe("Lines", () => {
  it("puts lines together from pieces, also where a piece splits a character", () => {
    const bytes = Buffer.from("añb\r\n\n  \nlast").toString("latin1");
    expect(read(100, [...bytes]).lines).toEqual(["añb\r"]);
    expect(read(100, ["a\nb", "c\nd\n"]).lines).toEqual(["a", "bc", "d"]);
  });

  it("F85: gives up at a line that is too long, wherever it is cut", () => {
    expect(read(4, ["abcd\nab", "cde", "f\ng\n"])).toEqual({ lines: ["abcd"], overflows: 1 });
    expect(read(4, ["abcde\nf\n"])).toEqual({ lines: [], overflows: 1 });
  });
});
