import { LIMITS } from "@millrace/protocol";
import { describe, expect, it } from "vitest";
import { fileKind } from "./file-kind.ts";

type Bytes = string | Uint8Array<ArrayBuffer>;
const file = (name: string, type: string, bytes: Bytes = "words\n") => new File([bytes], name, { type });
const binary = new Uint8Array([0x50, 0x4b, 3, 4, 0, 0, 8]);

describe("what a chosen file is uploaded as", () => {
  it.each([
    ["a.png", "image/png", "image/png"],
    ["a.JPG", "image/jpeg", "image/jpeg"],
    ["a.py", "text/x-python", "text/x-python"],
    ["a.rs", "application/octet-stream", "text/plain"],
    ["a.ts", "video/mp2t", "text/plain"],
    ["a.svg", "image/svg+xml", "text/plain"],
    ["a.json", "application/json", "application/json"],
    ["go.mod", "", "text/plain"],
    ["notes.rst", "", "text/plain"],
    ["Gemfile", "", "text/plain"],
    ["Cargo.lock", "", "text/plain"],
    ["build.kts", "", "text/plain"],
    ["doc.adoc", "", "text/plain"],
    ["App.csproj", "", "text/plain"],
    ["noext", "", "text/plain"],
  ])("ATTACH-1: %s of type %j is %s", async (name, type, as) => {
    expect(await fileKind(file(name, type))).toEqual({ type: as });
  });

  it.each([
    ["a.pdf", "application/pdf", "%PDF-1.7\n"],
    ["a.zip", "application/zip", binary],
    ["renamed.txt", "text/plain", binary],
    ["latin1.txt", "text/plain", new Uint8Array([0x66, 0xfc, 0x72])],
    ["a.heic", "image/heic", new Uint8Array([0, 0, 0, 0x24])],
    ["a.mp4", "video/mp4", new Uint8Array([0, 0, 0, 0x20])],
  ])("ATTACH-1: %s of type %j is not taken where its bytes are not text", async (name, type, bytes) => {
    expect(await fileKind(file(name, type, bytes))).toEqual({ why: "kind" });
  });

  it("reads no more than the beginning, which may end within a character", async () => {
    const long = new TextEncoder().encode(`a${"字".repeat(5_000)}`);
    expect(await fileKind(file("a", "", long))).toEqual({ type: "text/plain" });
    const later = new Uint8Array(20_000).fill(0x61);
    later[19_999] = 0;
    expect(await fileKind(file("a", "", later))).toEqual({ type: "text/plain" });
  });

  it.each(["a.txt", "a.png", "a.pdf"])("says that %s is empty", async (name) => {
    expect(await fileKind(file(name, name === "a.png" ? "image/png" : "", ""))).toEqual({ why: "empty" });
  });

  it("says that a file is gone which cannot be read", async () => {
    const gone = file("a.txt", "text/plain");
    Object.assign(gone, { slice: () => ({ arrayBuffer: () => Promise.reject(new Error("NotReadableError")) }) });
    expect(await fileKind(gone)).toEqual({ why: "gone" });
  });

  it("has the size that the server takes", async () => {
    const { attachment_image_bytes: image, attachment_text_bytes: text } = LIMITS;
    const of = (size: number) => new Uint8Array(size).fill(0x61);
    expect(await fileKind(file("a.png", "image/png", of(image)))).toEqual({ type: "image/png" });
    expect(await fileKind(file("a.png", "image/png", of(image + 1)))).toEqual({ why: "too_large" });
    expect(await fileKind(file("a.txt", "text/plain", of(text)))).toEqual({ type: "text/plain" });
    expect(await fileKind(file("a.txt", "text/plain", of(text + 1)))).toEqual({ why: "too_large" });
  });
});
