import { describe, expect, it } from "vitest";
import { declared, fileName } from "./media.ts";

describe("what a file is declared to be", () => {
  it.each([
    ["image/png", "image/png", "image"],
    ["IMAGE/JPEG; a=b", "image/jpeg", "image"],
    ["text/x-python; charset=utf-8", "text/x-python", "text"],
    ["application/json", "application/json", "text"],
    ["application/ld+json", "application/ld+json", "text"],
    ["application/x-yaml", "application/x-yaml", "text"],
  ])("%s is taken", (type, media_type, kind) => {
    expect(declared(type)).toEqual({ media_type, kind });
  });

  it.each([
    undefined,
    "",
    "image/svg+xml",
    "image/avif",
    "image/*",
    "application/pdf",
    "application/octet-stream",
    "video/mp4",
    "text/",
    "text",
    "text/a b",
    `text/${"a".repeat(200)}`,
    "multipart/form-data; boundary=x",
  ])("B53: %s is not", (type) => {
    expect(declared(type)).toBeNull();
  });
});

describe("a file's name", () => {
  it.each([
    ["a.png", "a.png"],
    [encodeURIComponent("报告 (1).md"), "报告 (1).md"],
    [encodeURIComponent("../../etc/passwd"), "passwd"],
    [encodeURIComponent("C:\\Users\\me\\x.txt"), "x.txt"],
    [encodeURIComponent("a\r\nSet-Cookie: b\u202Egpj.txt\0"), "aSet-Cookie: bgpj.txt"],
    ["", "image"],
    [encodeURIComponent(" \u200b "), "image"],
    [encodeURIComponent(`${"é".repeat(300)}.png`), `${"é".repeat(99)}…${"é".repeat(16)}.png`],
  ])("T15 T16: %j becomes %j", (header, name) => {
    expect(fileName(header, "image")).toBe(name);
  });

  it("T15: is refused where it is not percent-encoded UTF-8", () => {
    expect(fileName("%ff", "text")).toBeNull();
    expect(fileName("100%", "text")).toBeNull();
    expect(fileName(undefined, "text")).toBe("text");
  });
});
