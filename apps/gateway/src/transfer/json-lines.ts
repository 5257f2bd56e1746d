import { ImportError } from "./import-error.ts";

const DEEPEST = 256;
/** Values of one line. An event's `data` and `args` are some kilobytes; what is long in a log is text. */
const MOST_VALUES = 20_000;
/** Values of all lines: each takes tens of bytes in memory, where its text has two. An event has about ten. */
const MOST_OF_ALL = 1_500_000;

/**
 * Lines of JSON that others wrote. Each is looked over before it is parsed: a megabyte of brackets takes a hundred times
 * as long to parse as a megabyte of text.
 */
export class JsonLines {
  #values = 0;

  /** What a line says; undefined where it is blank. @throws ImportError */
  parse(line: Uint8Array): unknown {
    this.#values += countValues(line);
    if (this.#values > MOST_OF_ALL) throw new ImportError(`All lines hold more than ${MOST_OF_ALL} values.`);
    const text = decoded(line);
    if (text.trim() === "") return undefined;
    try {
      return JSON.parse(text);
    } catch {
      throw new ImportError("This is not JSON.");
    }
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

function decoded(line: Uint8Array): string {
  try {
    return utf8.decode(line);
  } catch {
    throw new ImportError("This is not UTF-8.");
  }
}

const [QUOTE, BACKSLASH, COMMA] = [34, 92, 44];
const [OPEN_ARRAY, OPEN_OBJECT, CLOSE_ARRAY, CLOSE_OBJECT] = [91, 123, 93, 125];

/** About how many values a line holds. @throws ImportError where they nest too deep, or are too many */
function countValues(line: Uint8Array): number {
  let depth = 0;
  let values = 0;
  for (let at = 0; at < line.length; at += 1) {
    switch (line[at]) {
      case QUOTE:
        at = endOfString(line, at + 1);
        break;
      case OPEN_ARRAY:
      case OPEN_OBJECT:
        depth += 1;
        values += 1;
        if (depth > DEEPEST) throw new ImportError(`Nested deeper than ${DEEPEST}.`);
        break;
      case CLOSE_ARRAY:
      case CLOSE_OBJECT:
        depth -= 1;
        break;
      case COMMA:
        values += 1;
        break;
    }
    if (values > MOST_VALUES) throw new ImportError(`It holds more than ${MOST_VALUES} values.`);
  }
  return values;
}

function endOfString(line: Uint8Array, begin: number): number {
  let at = begin;
  while (at < line.length && line[at] !== QUOTE) at += line[at] === BACKSLASH ? 2 : 1;
  return at;
}
