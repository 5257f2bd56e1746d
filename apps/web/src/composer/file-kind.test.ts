import { LIMITS } from "@millrace/protocol";
import { describe, expect, it } from "vitest";
import { fileKind } from "./file-kind.ts";

const file = (name: string, type: string, size = 10) => ({ name, type, size });

describe("what a chosen file is uploaded as", () => {
  it.each([
    ["a.png", "image/png", "image/png"],
    ["a.JPG", "image/jpeg", "image/jpeg"],
    ["a.py", "text/x-python", "text/x-python"],
    ["a.py", "", "text/plain"],
    ["a.rs", "application/octet-stream", "text/plain"],
    ["a.ts", "video/mp2t", "text/plain"],
    ["a.svg", "image/svg+xml", "text/plain"],
    ["a.json", "application/json", "application/json"],
    ["Dockerfile", "", "text/plain"],
    [".env.example", "", "text/plain"],
    ["notes", "text/plain", "text/plain"],
  ])("%s of type %j is %s", (name, type, as) => {
    expect(fileKind(file(name, type))).toEqual({ type: as });
  });

  it.each([
    ["a.pdf", "application/pdf"],
    ["a.zip", "application/zip"],
    ["a.heic", "image/heic"],
    ["photo", ""],
    ["a.mp4", "video/mp4"],
  ])("%s is not taken", (name, type) => {
    expect(fileKind(file(name, type))).toEqual({ why: "kind" });
  });

  it("has the size that the server takes", () => {
    const { attachment_image_bytes: image, attachment_text_bytes: text } = LIMITS;
    expect(fileKind(file("a.png", "image/png", image))).toEqual({ type: "image/png" });
    expect(fileKind(file("a.png", "image/png", image + 1))).toEqual({ why: "too_large" });
    expect(fileKind(file("a.txt", "text/plain", text))).toEqual({ type: "text/plain" });
    expect(fileKind(file("a.txt", "text/plain", text + 1))).toEqual({ why: "too_large" });
  });
});
