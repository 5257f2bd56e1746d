import { isUnsure } from "./unsure-commands.ts";

/** What is split: longer commands are always asked for. UTF-16 code units; simple commands in one line. */
const COMMAND_LENGTH = 8_192;
const PART_LENGTH = 1_000;
const PARTS = 32;

/** Characters that need no quotes and mean themselves. */
const PLAIN = /[A-Za-z0-9_./:@%+,=^~\-\u00a1-\uffff]/;
const PLAIN_WORD = /^[A-Za-z0-9_./:@%+,=^~*?\-\u00a1-\uffff]+$/;

/** Control characters, and what is invisible, turns the direction of text, or looks like a space. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Zs}\p{Cs}\p{Co}\p{Cn}\u2800]|\p{Default_Ignorable_Code_Point}/u;

/** Redirections that neither read nor write a file. */
const HARMLESS_REDIRECTION = /^(?:2>&1|1?>&2|[12]?>{1,2} ?\/dev\/null|&>{1,2} ?\/dev\/null|<\/dev\/null)(?=$|[\s;&|])/;

const SEPARATOR = /^(?:&&|\|\||;|\||&|\n)/;

/**
 * The simple commands of a line of bash, each as text with single spaces and with quotes only where they are needed,
 * so that two commands have the same text only where they do the same. Null: it is not sure what the line would run.
 * That is anything but plain words, quotes, `;` `&&` `||` `|` `&`, line ends and redirections to nowhere: expansions,
 * substitutions, escapes, other redirections, assignments, words of the shell, commands that run commands.
 */
export function splitCommand(command: string): string[] | null {
  if (command.length > COMMAND_LENGTH || HIDDEN.test(command.replaceAll(/[ \t\n]/g, ""))) return null;
  const parts: string[][] = [[]];
  let rest = command.trim();
  while (rest !== "") {
    const separator = SEPARATOR.exec(rest)?.[0];
    const redirection = HARMLESS_REDIRECTION.exec(rest)?.[0];
    if (redirection !== undefined) {
      rest = rest.slice(redirection.length);
    } else if (separator !== undefined) {
      if (parts.at(-1)!.length === 0) return null;
      rest = rest.slice(separator.length);
      // A line may end with `;` or `&`, and lines may be empty; `|` and `&&` go on in the next line.
      rest =
        separator === "&" || separator === ";" ? rest.replace(/^[ \t]+/, "").replace(/^\n\s*/, "") : rest.trimStart();
      if (rest === "" && separator !== ";" && separator !== "&") return null;
      if (rest !== "") parts.push([]);
    } else {
      const word = readWord(rest);
      if (word === null || (word.quoted && parts.at(-1)!.length === 0)) return null;
      parts.at(-1)!.push(word.text);
      rest = word.rest;
    }
    rest = rest.replace(/^[ \t]+/, "");
  }
  if (parts.length > PARTS || parts.some((words) => words.length === 0 || isUnsure(words))) return null;
  const texts = parts.map((words) => words.map(quoted).join(" "));
  return texts.every((text) => text.length <= PART_LENGTH) ? texts : null;
}

interface Word {
  readonly text: string;
  readonly quoted: boolean;
  readonly rest: string;
}

/** The first word of a text that begins with one; null where it is more than plain characters and quotes. */
function readWord(source: string): Word | null {
  let text = "";
  let isQuoted = false;
  let at = 0;
  while (at < source.length && !/[ \t\n;&|]/.test(source[at]!)) {
    const character = source[at]!;
    if (character === "'" || character === '"') {
      const end = source.indexOf(character, at + 1);
      const inside = source.slice(at + 1, end);
      if (end === -1 || inside.includes("\n") || (character === '"' && /[$`\\]/.test(inside))) return null;
      // A star in quotes is a star, and could not be told from one outside of them.
      if (/[*?]/.test(inside)) return null;
      text += inside;
      isQuoted = true;
      at = end + 1;
    } else if (isPlain(character, text, isQuoted)) {
      text += character;
      at += 1;
    } else {
      return null;
    }
  }
  return { text, quoted: isQuoted, rest: source.slice(at) };
}

function isPlain(character: string, before: string, isQuoted: boolean): boolean {
  // The home folder, and in `a=~` and `a:~` too.
  if (character === "~") return before !== "" && !before.endsWith("=") && !before.endsWith(":");
  // File names that begin with `-` would become options.
  if (character === "*" || character === "?") return !isQuoted && /^[A-Za-z0-9_./]/.test(before.charAt(0));
  return PLAIN.test(character);
}

function quoted(word: string): string {
  return PLAIN_WORD.test(word) ? word : `'${word.replaceAll("'", `'"'"'`)}'`;
}
