/** Where a search looks and when it ends. */
export interface Search {
  readonly pattern: string;
  /** Folder or file, from the workspace. */
  readonly start: string;
  /** Whether a file counts, by its path from the workspace. */
  readonly wanted: (path: string) => boolean;
  /** Aborts when the run is stopped. */
  readonly signal: AbortSignal;
  /** Aborts when the search has taken too long: what was found until then counts. */
  readonly late: AbortSignal;
}

/** A line that was found. */
export interface Match {
  /** From the workspace, with `/`. */
  readonly path: string;
  /** Counted from 1. */
  readonly line: number;
  /** Without its line ending; cut at {@link SHOWN_COLUMNS}. */
  readonly text: string;
}

/** `complete`: there are no others. */
export interface Matches {
  readonly matches: readonly Match[];
  readonly complete: boolean;
}

/** Lines in a result. */
export const SHOWN_MATCHES = 200;
/** Of one line. UTF-16 code units. */
const SHOWN_COLUMNS = 400;
/** Larger files are left out. Bytes. */
export const SEARCHED_BYTES: number = 8 * 1024 * 1024;

export function cutLine(line: string): string {
  if (line.length <= SHOWN_COLUMNS) return line;
  return `${line.slice(0, SHOWN_COLUMNS).replace(/[\ud800-\udbff]$/, "")}…`;
}
