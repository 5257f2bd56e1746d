import { Buffer } from "node:buffer";
import { describe, expect, it } from "vitest";
import { imageSize } from "./image-size.ts";

const readsOf = (bytes: Buffer) => {
  let read = 0;
  const at = async (position: number, length: number): Promise<Buffer> => {
    read += 1;
    return bytes.subarray(position, position + length);
  };
  return { at, count: () => read };
};
const sizeOf = (bytes: Buffer) => imageSize(readsOf(bytes).at);
const u16 = (value: number): Buffer => Buffer.from([value >> 8, value & 255]);
const padded = (...parts: (string | Buffer)[]): Buffer =>
  Buffer.concat([...parts.map((part) => Buffer.from(part as string, "latin1")), Buffer.alloc(40)]);

const PNG = (width: number, height: number): Buffer => {
  const sides = Buffer.alloc(8);
  sides.writeUInt32BE(width, 0);
  sides.writeUInt32BE(height, 4);
  return padded("\x89PNG\r\n\x1a\n\0\0\0\rIHDR", sides);
};
const segment = (marker: number, length: number): Buffer =>
  Buffer.concat([Buffer.from([0xff, marker]), u16(length), Buffer.alloc(length - 2)]);
const frame = (marker: number): Buffer =>
  Buffer.concat([Buffer.from([0xff, marker]), u16(17), Buffer.from([8]), u16(480), u16(640), Buffer.alloc(10)]);

describe("the size of an image, by its bytes", () => {
  it.each<[string, Buffer, string, number, number]>([
    ["PNG", PNG(800, 600), "image/png", 800, 600],
    ["GIF", padded("GIF89a", Buffer.from([0x20, 0x03, 0x58, 0x02])), "image/gif", 800, 600],
    ["JPEG", padded("\xff\xd8", segment(0xe0, 16), frame(0xc0)), "image/jpeg", 640, 480],
    [
      "progressive JPEG behind a long EXIF and fill bytes",
      padded("\xff\xd8", segment(0xe1, 65_000), "\xff", frame(0xc2)),
      "image/jpeg",
      640,
      480,
    ],
    [
      "WebP",
      padded("RIFF\0\0\0\0WEBPVP8 \0\0\0\0\0\0\0\x9d\x01\x2a", Buffer.from([0x80, 0x02, 0xe0, 0x01])),
      "image/webp",
      640,
      480,
    ],
    [
      "lossless WebP",
      padded("RIFF\0\0\0\0WEBPVP8L\0\0\0\0\x2f", Buffer.from([0x7f, 0xc2, 0x77, 0x00])),
      "image/webp",
      640,
      480,
    ],
    [
      "extended WebP",
      padded("RIFF\0\0\0\0WEBPVP8X\0\0\0\0\0\0\0\0", Buffer.from([0x7f, 2, 0, 0xdf, 1, 0])),
      "image/webp",
      640,
      480,
    ],
  ])("%s", async (_name, bytes, media_type, width, height) => {
    expect(await sizeOf(bytes)).toEqual({ media_type, width, height });
  });

  it.each<[string, Buffer]>([
    ["nothing", Buffer.alloc(0)],
    ["a page", padded("<!doctype html><script>")],
    ["SVG", padded("<svg xmlns='http://www.w3.org/2000/svg'>")],
    ["a PNG without sides", PNG(0, 5)],
    ["a cut PNG", PNG(8, 8).subarray(0, 20)],
    ["a cut WebP", padded("RIFF\0\0\0\0WEBPVP8 ").subarray(0, 26)],
    ["a JPEG whose picture comes before its size", padded("\xff\xd8", segment(0xda, 8), frame(0xc0))],
    ["a JPEG that is no JPEG behind its head", padded("\xff\xd8\xff\xe0", u16(4), "abcdefgh")],
  ])("%s has none", async (_name, bytes) => {
    expect(await sizeOf(bytes)).toBeNull();
  });

  it("B53: a JPEG of endless segments, or of none that ends, is given up", async () => {
    const endless = Buffer.concat([
      Buffer.from([0xff, 0xd8]),
      ...Array.from({ length: 3_000 }, () => segment(0xe0, 2)),
    ]);
    const reads = readsOf(endless);
    expect(await imageSize(reads.at)).toBeNull();
    expect(reads.count()).toBeLessThan(1_100);
    const stuck = readsOf(Buffer.concat([Buffer.from([0xff, 0xd8]), Buffer.alloc(5_000, 0xff)]));
    expect(await imageSize(stuck.at)).toBeNull();
    expect(stuck.count()).toBeLessThan(1_100);
  });
});
