/** What a line can begin with. `input` counts only behind an action. */
export type Label = "thought" | "action" | "input" | "observation" | "answer";

export interface LabelAt {
  readonly label: Label;
  /** Code units up to what follows the label, its colon and the marks around them. */
  readonly end: number;
  /** A mark that was opened before the label and not closed behind it: `**` of `**Answer: yes**`. */
  readonly mark: string;
}

/** As models write them; a space stands for any of space, `_`, `-` or nothing. */
const NAMES: readonly (readonly [name: string, label: Label])[] = [
  ...names("thought", "thought", "thoughts", "思考", "想法", "思路"),
  ...names("action", "action", "行动", "行動", "动作", "動作", "操作"),
  ...names("input", "action input", "action inputs", "action arguments", "tool input", "input", "arguments"),
  ...names("input", "行动输入", "行動輸入", "动作输入", "動作輸入", "操作输入", "工具输入", "输入", "輸入", "参数"),
  ...names("observation", "observation", "observations", "观察", "观察结果", "觀察"),
  ...names("answer", "answer", "final answer", "回答", "答案", "最终答案", "最終答案", "最终回答"),
];

/** No line whose label ends further on is one. Code units. */
const LONGEST = 48;

const SPACE = /[ \t_-]/;

function names(label: Label, ...written: readonly string[]): (readonly [string, Label])[] {
  return written.map((name) => [name, label] as const);
}

/**
 * The label that a line begins with; `open` where more text is needed to tell, null where there is none. Marks of
 * Markdown around it, numbers (`Thought 2:`), any case and full-width colons are taken for what they are.
 *
 * @param line text from the beginning of a line on
 * @param ended whether no more of it comes
 */
export function labelAt(line: string, ended = false): LabelAt | "open" | null {
  const start = line.slice(0, LONGEST);
  const cut = !ended && line.length < LONGEST;
  // `#` or a mark may go on where the text ends.
  const before = /^ {0,3}(?:#{1,6}[ \t]*)?([*_`]{0,3})/.exec(start)!;
  if (before[0].length === start.length) return cut ? "open" : null;
  const opened = before[1]!;
  let open = false;
  for (const [name, label] of NAMES) {
    const at = skipName(start, before[0].length, name);
    if (at === "open") open = true;
    if (typeof at !== "number") continue;
    const colon = /^[ \t]*\d{0,2}[ \t]*[*_`]{0,3}[ \t]*[:：]/.exec(start.slice(at));
    if (colon === null) {
      if (/^[ \t]*\d{0,2}[ \t]*[*_`]{0,3}[ \t]*$/.test(start.slice(at))) open = true;
      continue;
    }
    const end = at + colon[0].length;
    const closed = opened === "" || colon[0].includes(opened);
    if (closed) return { label, end, mark: "" };
    const behind = start.slice(end, end + opened.length);
    if (behind === opened) return { label, end: end + opened.length, mark: "" };
    if (cut && opened.startsWith(behind)) return "open";
    return { label, end, mark: opened };
  }
  return open && cut ? "open" : null;
}

/** Where a name ends that begins at `from`; null where it is another word. */
function skipName(line: string, from: number, name: string): number | "open" | null {
  let at = from;
  for (const letter of name) {
    if (letter === " ") {
      while (at < line.length && SPACE.test(line.charAt(at))) at += 1;
      continue;
    }
    if (at >= line.length) return "open";
    if (line.charAt(at).toLowerCase() !== letter) return null;
    at += 1;
  }
  return at;
}
