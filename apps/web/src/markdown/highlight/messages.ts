import type { Spans } from "./ink.ts";
import type { Grammar } from "./languages.ts";

/** To the worker: lines that follow on the job's last ones, and the line after them, which may still grow. */
export interface Request {
  readonly job: number;
  readonly grammar: Grammar;
  readonly lines: readonly string[];
  readonly last: string;
}

/** To the worker: this job will ask no more. */
export interface Ended {
  readonly job: number;
  readonly ended: true;
}

/** Between the lines of a reply. */
export const LINE_END = "\0";

/** Back: the inks of the request's lines, each with `LINE_END` after it, and of the last one. Null where they could not be found out. */
export interface Reply {
  readonly job: number;
  readonly inks: { readonly lines: string; readonly last: Spans } | null;
}
