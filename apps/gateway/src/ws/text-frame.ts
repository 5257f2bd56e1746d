/**
 * A server's WebSocket frame as a string whose characters are its bytes: written at once and in one piece, where the
 * socket library would write header and text as two buffers. Null for text beyond ASCII, whose bytes are not its
 * characters.
 */
export function textFrame(text: string): string | null {
  if (text !== last.text) last = { text, frame: Buffer.byteLength(text) === text.length ? header(text) + text : null };
  return last.frame;
}

/** The same text goes to all viewers of a session, one after the other. */
let last: { readonly text: string; readonly frame: string | null } = { text: "", frame: "\x81\x00" };

/** A whole text message, not masked. */
function header({ length }: string): string {
  if (length < 126) return String.fromCharCode(0x81, length);
  if (length < 0x1_0000) return String.fromCharCode(0x81, 126, length >> 8, length & 0xff);
  return String.fromCharCode(
    0x81,
    127,
    0,
    0,
    0,
    0,
    length >>> 24,
    (length >> 16) & 0xff,
    (length >> 8) & 0xff,
    length & 0xff,
  );
}
