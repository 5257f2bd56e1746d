import type { CallPermission, Tool, ToolPermission } from "@millrace/agent";
import { REASONS } from "@millrace/protocol";
import { toolFingerprint } from "./fingerprint.ts";
import { matchesPattern, SUBJECT_LENGTH } from "./pattern.ts";
import type { Grant, Rule } from "./rule.ts";

export type Decision =
  | { readonly decision: "allow" }
  | { readonly decision: "deny" /** For the model. */; readonly reason: string }
  | {
      readonly decision: "ask";
      /** For the person. */
      readonly why: string;
      /** What their answer would stand for if it were remembered; null where it cannot be. */
      readonly pattern: string | null;
      readonly may_remember: { readonly session: boolean; readonly always: boolean };
    };

export interface DecideInput {
  readonly tool: Tool;
  /** As the tool would get them. */
  readonly args: unknown;
  readonly rules: readonly Rule[];
  readonly remembered: readonly Grant[];
  /** Whether somebody can be asked; where nobody can, "ask" becomes "deny" and says why. True by default. */
  readonly interactive?: boolean | undefined;
}

/**
 * What happens to a call: deny over ask over allow over the tool's own default, whatever the order of the rules. Every
 * subject of the call must be allowed, by a rule or a grant. A grant is no more than an allow rule: it beats neither
 * deny nor ask. Where a tool cannot tell its subjects no rule allows the call; deny rules are then held against all
 * texts in its arguments. Pure, and never throws: a subject that cannot be compared is asked for, and a pattern that
 * is too long denies or asks, but does not allow.
 */
export function decide(input: DecideInput): Decision {
  const decision = decideAsking(input);
  if (decision.decision !== "ask" || input.interactive !== false) return decision;
  return { decision: "deny", reason: `${decision.why} ${REASONS.nobody}` };
}

function decideAsking({ tool, args, rules, remembered }: DecideInput): Decision {
  const permission = tool.permission ?? "allow";
  const fallback = typeof permission === "string" ? permission : permission.default;
  const subjects = typeof permission === "string" ? [] : subjectsOf(permission, args);
  const own = rules.filter((rule) => matchesPattern(rule.tool, tool.name) ?? rule.action !== "allow");
  const told = typeof permission === "string" || subjects === null ? fragmentsOf(args) : subjects;
  const speaksOfCall = ({ pattern }: Rule): boolean =>
    pattern === undefined || told.some((text) => matchesPattern(pattern, text) ?? true);

  const denied = own.find((rule) => rule.action === "deny" && speaksOfCall(rule));
  if (denied !== undefined) return { decision: "deny", reason: `${REASONS.rule_forbids} ${nameOf(denied)}.` };
  const asked = own.find((rule) => rule.action === "ask" && speaksOfCall(rule));

  const allows = own.filter((rule) => rule.action === "allow");
  if (fallback === "deny" && allows.length === 0) {
    return { decision: "deny", reason: `${tool.name} ${REASONS.rule_needed}` };
  }
  if (asked !== undefined) return askOnce(`${REASONS.rule_asks} ${nameOf(asked)}.`);
  if (subjects === null) return askOnce(reasonOf(permission, args));

  const hash = hashOf(tool);
  const grants = remembered.filter((grant) => grant.tool === tool.name);
  const valid = grants.filter(({ schema_hash }) => schema_hash !== null && schema_hash === hash);
  const patterns = [...allows.map(({ pattern }) => pattern ?? "*"), ...valid.map(({ pattern }) => pattern)];
  const isAllowed = (subject: string): boolean => patterns.some((each) => matchesPattern(each, subject) === true);
  if ((subjects.length === 0 ? [""] : subjects).every(isAllowed)) return { decision: "allow" };
  if (fallback === "allow") return { decision: "allow" };
  if (fallback === "deny") return { decision: "deny", reason: REASONS.no_rule };

  const pattern = hash === null ? null : patternOf(permission, args);
  const always = pattern !== null && valid.length === grants.length && !isOutbound(tool);
  return { decision: "ask", why: REASONS.no_rule, pattern, may_remember: { session: pattern !== null, always } };
}

function askOnce(why: string): Decision {
  return { decision: "ask", why, pattern: null, may_remember: { session: false, always: false } };
}

function subjectsOf(permission: CallPermission<unknown>, args: unknown): readonly string[] | null {
  try {
    const subjects = permission.subjects(args);
    return subjects?.every((subject) => subject.length <= SUBJECT_LENGTH) === true ? subjects : null;
  } catch {
    return null;
  }
}

function patternOf(permission: ToolPermission<unknown>, args: unknown): string | null {
  if (typeof permission === "string") return null;
  try {
    const pattern = permission.remembered?.(args) ?? null;
    const subjects = permission.subjects(args) ?? [];
    // A pattern that does not allow the very call it was shown for would be asked for again and again.
    const covers = pattern !== null && subjects.every((subject) => matchesPattern(pattern, subject) === true);
    return covers ? pattern : null;
  } catch {
    return null;
  }
}

function reasonOf(permission: ToolPermission<unknown>, args: unknown): string {
  const unknown = REASONS.unsure;
  if (typeof permission === "string") return unknown;
  try {
    return permission.ask_reason?.(args) ?? unknown;
  } catch {
    return unknown;
  }
}

function hashOf(tool: Tool): string | null {
  try {
    return toolFingerprint(tool);
  } catch {
    return null;
  }
}

const isOutbound = (tool: Tool): boolean => tool.traits?.includes("outbound") === true;

const nameOf = ({ tool, pattern }: Rule): string => (pattern === undefined ? tool : `${tool} ${pattern}`);

/** The texts in some arguments, whole and in the pieces that a shell would take for commands, without quotes. */
function fragmentsOf(args: unknown): string[] {
  const texts: string[] = [];
  const visit = (value: unknown): void => {
    if (typeof value === "string") texts.push(value);
    else if (typeof value === "object" && value !== null) for (const item of Object.values(value)) visit(item);
  };
  visit(args);
  const pieces = texts.flatMap((text) => text.replace(/["'\\]/g, "").split(/[;&|\n\r`(){}]/));
  return [...texts, ...pieces].map((text) => text.trim().slice(0, SUBJECT_LENGTH)).filter((text) => text !== "");
}
