/** Wraps text for the eye; identity where there are no colours. */
export interface Style {
  /** Whether colours tell things apart; where not, words have to. */
  readonly colours: boolean;
  grey(text: string): string;
  red(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
  bold(text: string): string;
}

const wrap =
  (code: number, end: number, colours: boolean) =>
  (text: string): string =>
    colours && text !== "" ? `\u001b[${code}m${text}\u001b[${end}m` : text;

export function styleFor(colours: boolean): Style {
  return {
    colours,
    grey: wrap(90, 39, colours),
    red: wrap(31, 39, colours),
    green: wrap(32, 39, colours),
    yellow: wrap(33, 39, colours),
    bold: wrap(1, 22, colours),
  };
}

/** Only on a terminal, and not where NO_COLOR is set to anything (https://no-color.org) or the terminal is dumb. */
export function wantsColours(isTTY: boolean, env: Readonly<Record<string, string | undefined>>): boolean {
  return isTTY && !env.NO_COLOR && env.TERM !== "dumb";
}
