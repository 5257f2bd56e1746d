/** Characters of an opened event that are shown. */
const SHOWN = 20_000;
const TOKEN = /("(?:\\.|[^"\\])*")(\s*:)?|\b(?:true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
/** What would be seen as nothing, or turn the text around. */
const HIDDEN = /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

interface Part {
  readonly at: number;
  readonly text: string;
  readonly kind: "key" | "str" | "num" | "plain";
}

/** A value as JSON with its parts in colours, hidden characters as their numbers. */
export function JsonText({ value }: { value: unknown }) {
  return partsOf(prettyJson(value)).map(({ at, text, kind }) => (
    <span key={at} className={kind === "plain" ? undefined : `j-${kind}`}>
      {text}
    </span>
  ));
}

function partsOf(json: string): readonly Part[] {
  const parts: Part[] = [];
  let end = 0;
  const add = (text: string, kind: Part["kind"]) => {
    if (text !== "") parts.push({ at: end, text, kind });
    end += text.length;
  };
  for (const match of json.matchAll(TOKEN)) {
    const [all, string, colon] = match;
    add(json.slice(end, match.index), "plain");
    if (string === undefined) add(all, "num");
    else add(string, colon === undefined ? "str" : "key");
  }
  add(json.slice(end), "plain");
  return parts;
}

export function prettyJson(value: unknown): string {
  const text = JSON.stringify(value, null, 2);
  const shown = text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
  return shown.replace(HIDDEN, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
