/** Characters of one control sequence; a longer one is given up, so that nothing can swallow all that follows. */
const SEQUENCE_LENGTH = 1_024;

const ESCAPE = 0x1b;
const BELL = 0x07;

/**
 * - `text`: characters as they come
 * - `escape`: behind ESC · `csi`: in a sequence that ends with a letter · `string`: in one that ends with BEL or ST
 */
type State = "text" | "escape" | "csi" | "string";

/**
 * Takes terminal control out of text that comes in pieces: ANSI sequences, other control characters, carriage returns
 * (a line end each, one together with a following line feed). Tabs and line feeds stay.
 */
export class PlainText {
  #state: State = "text";
  #length = 0;
  #afterReturn = false;

  /** The plain text of the next piece. */
  write(piece: string): string {
    let plain = "";
    let kept = 0;
    for (let at = 0; at < piece.length; at++) {
      const code = piece.charCodeAt(at);
      // Almost everything: taken over as a whole slice.
      if (this.#state === "text" && !this.#afterReturn && isPlain(code)) continue;
      plain += piece.slice(kept, at) + this.#next(code, piece[at]!);
      kept = at + 1;
    }
    return plain + piece.slice(kept);
  }

  #next(code: number, character: string): string {
    switch (this.#state) {
      case "text":
        return this.#text(code, character);
      case "escape":
        return this.#escape(code);
      case "csi":
      case "string":
        return this.#inside(this.#state, code, character);
    }
  }

  #text(code: number, character: string): string {
    const afterReturn = this.#afterReturn;
    this.#afterReturn = code === 0x0d;
    if (code === ESCAPE) this.#enter("escape");
    else if (code === 0x9b) this.#enter("csi");
    else if (isStringStart(code)) this.#enter("string");
    if (code === 0x0d) return "\n";
    if (code === 0x0a && afterReturn) return "";
    return isPlain(code) ? character : "";
  }

  #escape(code: number): string {
    if (code === 0x5b) this.#enter("csi");
    else if (isStringStart(code + 0x40)) this.#enter("string");
    // Intermediate characters are followed by the one that ends it.
    else if (code < 0x20 || code > 0x2f || this.#isTooLong()) this.#enter(code === ESCAPE ? "escape" : "text");
    return code === 0x0a ? "\n" : "";
  }

  #inside(state: "csi" | "string", code: number, character: string): string {
    const isEnd = state === "csi" ? code >= 0x40 && code <= 0x7e : code === BELL || code === 0x9c;
    if (code === ESCAPE) this.#enter("escape");
    else if (isEnd) this.#enter("text");
    else if (code === 0x0a || code === 0x0d || this.#isTooLong()) {
      this.#enter("text");
      return this.#text(code, character);
    }
    return "";
  }

  #enter(state: State): void {
    this.#state = state;
    this.#length = 0;
  }

  #isTooLong(): boolean {
    this.#length += 1;
    return this.#length > SEQUENCE_LENGTH;
  }
}

function isPlain(code: number): boolean {
  if (code < 0x20) return code === 0x0a || code === 0x09;
  return code < 0x7f || code > 0x9f;
}

/** DCS, SOS, OSC, PM, APC as one character; with ESC before it, 0x40 less. */
function isStringStart(code: number): boolean {
  return code === 0x90 || code === 0x98 || (code >= 0x9d && code <= 0x9f);
}
