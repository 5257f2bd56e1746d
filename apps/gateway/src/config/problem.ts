import type { z } from "zod";

/** What is wrong with a configuration: one line that names the setting and holds none of its values. */
export function problemOf(error: z.ZodError): string {
  const issue = deepest(error.issues[0] as z.core.$ZodIssue);
  if (issue.code === "unrecognized_keys") {
    return `${pathOf([...issue.path, issue.keys[0] ?? ""])}: there is no such setting.`;
  }
  const path = issue.path.length === 0 ? "" : `${pathOf(issue.path)}: `;
  const message = issue.code === "invalid_key" ? (issue.issues[0]?.message ?? issue.message) : issue.message;
  return `${path}${message.replace(/^Invalid (input|option): /, "")}.`;
}

/** Of a union's alternatives the one that was meant: whose problem lies deepest, or that knows more of the keys. */
function deepest(issue: z.core.$ZodIssue): z.core.$ZodIssue {
  if (issue.code !== "invalid_union") return issue;
  const [best] = issue.errors
    .flatMap((issues) => (issues.length === 0 ? [] : [{ first: issues[0] as z.core.$ZodIssue, count: issues.length }]))
    .toSorted((a, b) => a.count - b.count || b.first.path.length - a.first.path.length);
  if (best === undefined) return issue;
  return deepest({ ...best.first, path: [...issue.path, ...best.first.path] });
}

function pathOf(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === "number") return `${text}[${key}]`;
    const name = String(key).slice(0, 100);
    return text === "" ? name : `${text}.${name}`;
  }, "");
}
