import { testTitles } from "./test-titles.ts";

export interface Findings {
  /** Rules that no test names. */
  readonly untested: readonly string[];
  /** IDs in the titles of tests that are no rule, with the file. */
  readonly unknown: readonly { readonly id: string; readonly file: string }[];
  /** Rules that are defined more than once. */
  readonly repeated: readonly string[];
}

const RULE = /^\s*- \*\*([A-Z]+-\d+)\*\* /gm;
const ID = /\b([A-Z]{2,})-\d+\b/g;

/** Looks like a rule's ID and is not: standards and encodings. */
const NO_RULES: ReadonlySet<string> = new Set(["UTF", "SHA", "ISO", "RFC", "GPT"]);

/** A file whose titles count: tests, and the suites that a port exports for its implementations. */
export function holdsTests(path: string): boolean {
  return /\.(test|spec)\.tsx?$/.test(path) || /(^|[./\\-])contract\.ts$/.test(path);
}

/** The rules that a specification defines, in its order: list entries that begin with a bold ID. */
export function rulesOf(spec: string): string[] {
  return [...spec.matchAll(RULE)].map((match) => match[1] ?? "");
}

/** Compares a specification's rules with the titles of the tests. `sources`: texts of test files by path. */
export function checkRules(spec: string, sources: ReadonlyMap<string, string>): Findings {
  const rules = rulesOf(spec);
  const known = new Set(rules);
  const tested = new Set<string>();
  const unknown: { id: string; file: string }[] = [];
  for (const [file, source] of sources) {
    const ids = testTitles(source).flatMap((title) => [...title.matchAll(ID)]);
    for (const [id, prefix = ""] of ids) {
      if (known.has(id)) tested.add(id);
      else if (!NO_RULES.has(prefix)) unknown.push({ id, file });
    }
  }
  return {
    untested: [...known].filter((rule) => !tested.has(rule)),
    unknown,
    repeated: rules.filter((rule, index) => rules.indexOf(rule) !== index),
  };
}
