/** What a tool's answer turned out to be: of a known shape, or a failure with its words. */
export type Reading<T> = { readonly value: T } | { readonly failure: string };

const FAILURE_START =
  /^\W*(error|failed|failure|denied|cancell?ed|unknown outcome|timed? ?out|the arguments (do|could) not|the server stopped while|错误|失败|拒绝|已取消)/iu;
/** How tools put it without saying "error": taken for a failure only where there is nothing else. */
const FAILURE_LINE =
  /^(there is no|no such|nobody can be|cannot|can't|could not|unknown tool|the (tool|call|user|run|file|path|person)\b.*\b(denied|refused|cancell?ed|failed|stopped|not|no result|outside)\b|.*\b(was not run|not found|does not exist|not allowed|ENOENT|EACCES)\b)/iu;
const FAILURE_LINE_LENGTH = 400;

/** The failure's words when the text is one: `{error}`, `{success: false}`, an outcome, or a line that says so. */
export function failureIn(result: string): string | undefined {
  const value = parseObject(result);
  if (value === undefined) {
    return saysFailure(result) ? shorten(result) : undefined;
  }
  const { error, success, ok, outcome, message } = value;
  const failed =
    (error !== undefined && error !== null && error !== false) ||
    success === false ||
    ok === false ||
    (typeof outcome === "string" && outcome !== "completed");
  if (!failed) {
    return undefined;
  }
  const inner = typeof error === "object" && error !== null && "message" in error ? error.message : error;
  return shorten([inner, message, outcome].find((words) => typeof words === "string") ?? result);
}

function saysFailure(result: string): boolean {
  const line = result.trim();
  const alone = line.length <= FAILURE_LINE_LENGTH && !line.includes("\n");
  return FAILURE_START.test(line) || (alone && FAILURE_LINE.test(line));
}

export interface FileList {
  readonly files: readonly string[];
  /** May be more than `files` holds. */
  readonly total: number;
  readonly truncated: boolean;
}

/** Accepts `{files, total, truncated}`, a JSON array, and one path per line. */
export function readFileList(result: string): Reading<FileList> {
  const failure = failureIn(result);
  if (failure !== undefined) {
    return { failure };
  }
  const json = parse(result);
  const listed = Array.isArray(json) ? { files: json } : parseObject(result);
  if (Array.isArray(listed?.files)) {
    const files = listed.files.map(pathOf).filter((path) => path !== "");
    const total = typeof listed.total === "number" ? listed.total : files.length;
    return { value: { files, total, truncated: listed.truncated === true || total > files.length } };
  }
  const lines = result.split("\n").map((line) => line.trim().replace(/^[-*]\s+/u, ""));
  const files = lines.filter((line) => /^[^\s:|]+$/u.test(line) || /^[^:|]*\.[A-Za-z0-9]{1,8}$/u.test(line));
  const empty = /^\s*$|\b(no|0) (matching )?files?\b|no output|nothing (found|matches)|没有/iu.test(result);
  if (files.length === 0 && !empty) {
    return { failure: shorten(result) };
  }
  return { value: { files, total: files.length, truncated: /truncated|more files|已截断/iu.test(result) } };
}

function pathOf(entry: unknown): string {
  if (typeof entry === "string") {
    return entry;
  }
  const path = typeof entry === "object" && entry !== null && "path" in entry ? entry.path : "";
  return typeof path === "string" ? path : "";
}

export interface Moment {
  /** 0 is Sunday. */
  readonly weekday: number;
  /** `2026-11-20`, "" where the tool named only the weekday. */
  readonly date: string;
  /** `13:45`, "" where it named none. */
  readonly time: string;
}

const WEEKDAYS = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

/** Finds a local date and time, or at least a weekday's name, anywhere in the text. */
export function readMoment(result: string): Reading<Moment> {
  const failure = failureIn(result);
  if (failure !== undefined) {
    return { failure };
  }
  const named = WEEKDAYS.findIndex((day) => result.toLowerCase().includes(day));
  const local = /"(?:local|local_time|iso_local)"\s*:\s*"([^"]+)"/u.exec(result)?.[1] ?? result;
  const stamp = /(\d{4})-(\d\d)-(\d\d)(?:[T ,]+(\d\d):(\d\d))?/u.exec(local);
  if (stamp === null && named === -1) {
    return { failure: shorten(result) };
  }
  const [, year, month, day, hour, minute] = stamp ?? [];
  const date = stamp === null ? "" : `${year}-${month}-${day}`;
  return {
    value: {
      weekday: named === -1 ? new Date(`${date}T00:00:00Z`).getUTCDay() : named,
      date,
      time: hour === undefined ? "" : `${hour}:${minute}`,
    },
  };
}

/** The file's text: `{content}` or the answer itself. */
export function readFileText(result: string): Reading<string> {
  const failure = failureIn(result);
  if (failure !== undefined) {
    return { failure };
  }
  const value = parseObject(result);
  return { value: typeof value?.content === "string" ? value.content : result };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function parseObject(text: string): Record<string, unknown> | undefined {
  const value = parse(text);
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}

/** One line of at most 160 code points. */
export function shorten(value: string, length: number = 160): string {
  const line = [...value.replace(/\s+/gu, " ").trim()];
  return line.length > length ? `${line.slice(0, length - 1).join("")}…` : line.join("");
}
