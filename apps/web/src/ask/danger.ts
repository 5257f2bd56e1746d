/** A stretch of a command, in UTF-16 code units. */
interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** What may stand before a command's name: another command's end, or what runs the one that follows. */
const BEFORE = String.raw`(?<=^|[;&|({\n\x60]|\$\(|\b(?:sudo|doas|xargs|exec|command|env|time|nohup|then|do|else)\s(?:-\S+\s){0,9})\s*`;
/** The rest of one command: up to what ends it. */
const REST = String.raw`[^;&|\n)\x60]*`;

const DANGERS = [
  String.raw`rm\b(?=[^;&|\n]*\s(?:-\w*[rRf]|--recursive|--force|[^\s;&|]*\*))`,
  String.raw`(?:shred|wipefs|mkfs(?:\.\w+)?|truncate|blkdiscard)\s`,
  String.raw`dd\s(?=[^;&|\n]*\bof=)`,
  String.raw`find\s(?=[^;&|\n]*\s-delete\b)`,
  String.raw`git\s+(?:-\S+\s+(?:[^-\s]\S*\s+)?)*(?:clean\s(?=[^;&|\n]*-\w*f)|reset\s(?=[^;&|\n]*--hard)|push\s(?=[^;&|\n]*(?:\s-f\b|--force|--delete|--mirror))|branch\s(?=[^;&|\n]*\s-D\b)|stash\s+(?:drop|clear)|(?:checkout|restore)\s(?=[^;&|\n]*(?:\s\.|\s--\s)))`,
  String.raw`(?:docker|podman)\s+(?:system|volume|image|container)\s+prune`,
  String.raw`kubectl\s+delete\s`,
];
const COMMAND = new RegExp(`${BEFORE}(?:${DANGERS.join("|")})${REST}`, "g");
const DEVICE = />\s*\/dev\/(?:sd|nvme|disk|hd|vd|mapper)\S*/g;
const SQL = /\b(?:drop\s+(?:table|database|schema)|truncate\s+table)\b[^;"'\n]*/gi;

/** UTF-16 code units of a command that are looked through. */
export const LOOKED_THROUGH = 20_000;

/**
 * Parts of a shell command that are known to delete or overwrite what cannot be brought back, in order, none within
 * another. A help for the eye: what is not marked is not thereby harmless.
 */
export function dangersIn(command: string): readonly Stretch[] {
  const text = command.slice(0, LOOKED_THROUGH);
  const found = [COMMAND, DEVICE, SQL]
    .flatMap((pattern) => [...text.matchAll(pattern)])
    .map((match) => {
      const words = match[0].trim();
      const from = match.index + match[0].indexOf(words);
      return { from, to: from + words.length };
    })
    .sort((one, other) => one.from - other.from);
  return found.filter(({ from }, index) => !found.slice(0, index).some(({ to }) => from < to));
}
