import { describe, expect, it } from "vitest";
import { attachment } from "./file-name.ts";

const named = (ascii: string, own: string): string => `attachment; filename="${ascii}"; filename*=UTF-8''${own}`;

describe("the name of an export", () => {
  it.each([
    ["How many files?", "millrace-how-many-files.md", "millrace-how-many-files.md"],
    ["今天星期几？", "millrace-s_1.md", "millrace-%E4%BB%8A%E5%A4%A9%E6%98%9F%E6%9C%9F%E5%87%A0.md"],
    ["Crème brûlée", "millrace-creme-brulee.md", "millrace-cr%C3%A8me-br%C3%BBl%C3%A9e.md"],
    ['../../etc/passwd"; x=\r\n\u0000', "millrace-etc-passwd-x.md", "millrace-etc-passwd-x.md"],
    ["\u202egpj.exe \ud800", "millrace-gpj-exe.md", "millrace-gpj-exe.md"],
    ["", "millrace-s_1.md", "millrace-s_1.md"],
    ["a".repeat(500), `millrace-${"a".repeat(60)}.md`, `millrace-${"a".repeat(60)}.md`],
  ])("T24: of %j has nothing in it that a header or a folder could mind", (title, ascii, own) => {
    expect(attachment(title, "s_1", "md")).toBe(named(ascii, own));
  });
});
