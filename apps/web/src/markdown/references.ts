import type { References } from "./grammar.ts";

/** The labels whose meaning differs between two lists of references. */
export function changedLabels(before: References, after: References): ReadonlySet<string> {
  const changed = new Set<string>();
  for (const label in after) if (!same(before[label], after[label])) changed.add(label);
  for (const label in before) if (after[label] === undefined) changed.add(label);
  return changed;
}

/** Whether a text has one of the labels in brackets. */
export function mentions(text: string, labels: ReadonlySet<string>): boolean {
  if (!text.includes("[")) return false;
  const plain = text.toLowerCase().replace(/\s+/g, " ");
  for (const label of labels) if (plain.includes(`[${label}]`)) return true;
  return false;
}

type Reference = References[string] | undefined;

const same = (one: Reference, other: Reference): boolean => one?.href === other?.href && one?.title === other?.title;
