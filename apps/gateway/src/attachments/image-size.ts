import type { ImageType } from "@millrace/protocol";

/** Reads `length` bytes from a place of a file, fewer at its end. */
export type ReadAt = (position: number, length: number) => Promise<Buffer>;

export interface ImageSize {
  readonly media_type: ImageType;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
}

/** How many segments may come before a JPEG's size. */
const MOST_SEGMENTS = 1_000;

/** What an image is by its bytes, and how large it says it is; null: none that is known. Decodes nothing. */
export async function imageSize(read: ReadAt): Promise<ImageSize | null> {
  const head = await read(0, 32);
  if (head.length < 16) return null;
  const text = head.toString("latin1");
  if (text.startsWith("\x89PNG\r\n\x1a\n") && text.slice(12, 16) === "IHDR" && head.length >= 24)
    return sized("image/png", head.readUInt32BE(16), head.readUInt32BE(20));
  if (/^GIF8[79]a/.test(text)) return sized("image/gif", head.readUInt16LE(6), head.readUInt16LE(8));
  if (text.startsWith("RIFF") && text.slice(8, 12) === "WEBP") return webp(head);
  if (text.startsWith("\xff\xd8\xff")) return jpeg(read);
  return null;
}

function sized(media_type: ImageType, width: number, height: number): ImageSize | null {
  return width > 0 && height > 0 ? { media_type, width, height } : null;
}

function webp(head: Buffer): ImageSize | null {
  if (head.length < 30) return null;
  switch (head.toString("latin1", 12, 16)) {
    case "VP8 ":
      if (head.readUIntBE(23, 3) !== 0x9d012a) return null;
      return sized("image/webp", head.readUInt16LE(26) & 0x3fff, head.readUInt16LE(28) & 0x3fff);
    case "VP8L": {
      if (head[20] !== 0x2f) return null;
      const bits = head.readUInt32LE(21);
      return sized("image/webp", (bits & 0x3fff) + 1, ((bits >>> 14) & 0x3fff) + 1);
    }
    case "VP8X":
      return sized("image/webp", head.readUIntLE(24, 3) + 1, head.readUIntLE(27, 3) + 1);
    default:
      return null;
  }
}

/** The first start of a frame says the size. */
async function jpeg(read: ReadAt): Promise<ImageSize | null> {
  let position = 2;
  for (let segment = 0; segment < MOST_SEGMENTS; segment++) {
    const bytes = await read(position, 9);
    if (bytes.length < 9 || bytes[0] !== 0xff) return null;
    const marker = bytes[1] as number;
    if (marker === 0xff) {
      position += 1;
      continue;
    }
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return sized("image/jpeg", bytes.readUInt16BE(7), bytes.readUInt16BE(5));
    // From here on there is only the picture.
    if (marker === 0xda || marker === 0xd9) return null;
    position += 2 + bytes.readUInt16BE(2);
  }
  return null;
}
