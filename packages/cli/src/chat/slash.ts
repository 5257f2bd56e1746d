/** What a line at the prompt asks for. */
export type Line =
  | { readonly kind: "message"; readonly content: string }
  | { readonly kind: "nothing" | "help" | "new" | "quit" }
  | { readonly kind: "model"; readonly name: string | null }
  | { readonly kind: "sessions"; readonly number: number | null }
  | { readonly kind: "export"; readonly format: "jsonl" | "md"; readonly file: string | null }
  | { readonly kind: "wrong"; readonly why: string };

/** Reads a line. Two slashes at its start send it as it is, but for the first. */
export function readLine(line: string): Line {
  const text = line.trim();
  if (text === "") return { kind: "nothing" };
  if (!text.startsWith("/")) return { kind: "message", content: text };
  if (text.startsWith("//")) return { kind: "message", content: text.slice(1) };
  const [name = "", ...words] = text.slice(1).split(/\s+/u);
  switch (name) {
    case "help":
    case "new":
    case "quit":
      return { kind: name };
    case "exit":
      return { kind: "quit" };
    case "model":
      return { kind: "model", name: words[0] ?? null };
    case "sessions": {
      const number = words[0] === undefined ? null : Number(words[0]);
      return number === null || (Number.isInteger(number) && number > 0)
        ? { kind: "sessions", number }
        : { kind: "wrong", why: "/sessions takes a number of its list" };
    }
    case "export": {
      const named = words[0] === "jsonl" || words[0] === "md" ? words[0] : null;
      const file = words.slice(named === null ? 0 : 1).join(" ");
      return {
        kind: "export",
        format: named ?? (file.endsWith(".jsonl") ? "jsonl" : "md"),
        file: file === "" ? null : file,
      };
    }
    default:
      return { kind: "wrong", why: `there is no /${name}; /help says what there is` };
  }
}
