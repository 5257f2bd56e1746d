/**
 * The members of a JSON object as slices of its own text, so that numbers above 2^53, key order and spacing
 * survive. Throws SyntaxError where the text is not one JSON object; of a repeated name the last counts.
 */
export function memberSlices(text: string): ReadonlyMap<string, string> {
  const value: unknown = JSON.parse(text);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new SyntaxError("not a JSON object");
  }
  const members = new Map<string, string>();
  let at = skipSpace(text, text.indexOf("{") + 1);
  while (text[at] === '"') {
    const nameEnd = stringEnd(text, at);
    const name: string = JSON.parse(text.slice(at, nameEnd));
    const start = skipSpace(text, skipSpace(text, nameEnd) + 1);
    const end = valueEnd(text, start);
    members.set(name, text.slice(start, end));
    at = skipSpace(text, end);
    at = text[at] === "," ? skipSpace(text, at + 1) : at;
  }
  return members;
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && " \t\n\r".includes(text.charAt(at))) {
    at += 1;
  }
  return at;
}

/** The text is known to be valid, so brackets balance and strings end. */
function valueEnd(text: string, from: number): number {
  let depth = 0;
  let at = from;
  for (;;) {
    const char = text.charAt(at);
    if (char === '"') {
      at = stringEnd(text, at);
    } else if (char === "{" || char === "[") {
      depth += 1;
      at += 1;
    } else if (char === "}" || char === "]") {
      depth -= 1;
      at += 1;
    } else {
      at = scalarEnd(text, at);
    }
    if (depth === 0) {
      return at;
    }
    while (at < text.length && " \t\n\r,:".includes(text.charAt(at))) {
      at += 1;
    }
  }
}

function stringEnd(text: string, from: number): number {
  let at = from + 1;
  while (text[at] !== '"') {
    at += text[at] === "\\" ? 2 : 1;
  }
  return at + 1;
}

function scalarEnd(text: string, from: number): number {
  let at = from;
  while (at < text.length && !" \t\n\r,:]}".includes(text.charAt(at))) {
    at += 1;
  }
  return at;
}
