import type { Permit, PermitRequest, Tool, ToolTrait } from "@millrace/agent";
import {
  allTurns,
  type InteractionItem,
  type Item,
  openTurn,
  REASONS,
  type ToolItem,
  type View,
} from "@millrace/protocol";
import {
  type Decision,
  decide,
  type Grant,
  type Rule,
  TAINT_REASON,
  taintAsks,
  toolFingerprint,
} from "@millrace/tools";
import { allows, wordOf } from "./answer.ts";
import { askingText } from "./asking-text.ts";
import type { PermissionStore } from "./permission-store.ts";

/** What decides about the calls of all sessions. */
export interface Permissions {
  /** The operator's. */
  readonly rules: readonly Rule[];
  readonly store: Pick<PermissionStore, "list" | "add">;
  /** The folder that the tools see: what is allowed for always is allowed there. */
  readonly workspace: string;
}

/** A session, as its permissions see it. */
export interface PermitSubject {
  readonly user_id: string;
  readonly view: () => View;
  /** A tool by its name, as it is now. */
  readonly tool: (name: string) => Tool | undefined;
}

/** Of a tool that is not there any more the worst is assumed. */
const GONE: readonly ToolTrait[] = ["private", "untrusted"];

/** Whether calls of one session may run: the operator's rules, what tools say of themselves, what people answered. */
export class SessionPermits {
  readonly #permissions: Permissions;
  readonly #subject: PermitSubject;

  constructor(permissions: Permissions, subject: PermitSubject) {
    this.#permissions = permissions;
    this.#subject = subject;
  }

  /** @param interactive whether somebody can be asked; where nobody can, what would ask is denied */
  permit({ tool, args }: PermitRequest, interactive: boolean): Permit {
    const remembered = [...this.#forSession(tool), ...this.#forAlways(tool)];
    const decided = decide({ tool, args, rules: this.#permissions.rules, remembered, interactive });
    if (decided.decision === "deny") return decided;
    const tainted = this.#tainted(tool);
    if (decided.decision === "allow" && !tainted) return decided;
    if (!interactive) return { decision: "deny", reason: `${TAINT_REASON} ${REASONS.nobody}` };
    return asking(tool, args, decided, tainted);
  }

  /** Stores what an answer allows for always. @throws where it cannot be stored */
  async remember({ tool_call_id, pattern, tool_digest, answer }: InteractionItem): Promise<void> {
    if (tool_call_id === null || pattern === null || tool_digest === null || answer === null) return;
    if (answer.remember !== "always" || !allows(wordOf(answer.value))) return;
    const call = callsOf(this.#subject.view()).find((one) => one.tool_call_id === tool_call_id);
    if (call === undefined) return;
    const { store, workspace } = this.#permissions;
    const given = { user_id: this.#subject.user_id, tool: call.tool_name, pattern, workspace };
    await store.add({ ...given, fingerprint: tool_digest });
  }

  /** What this session's log says was allowed for as long as it lives. */
  #forSession({ name }: Tool): Grant[] {
    const view = this.#subject.view();
    const granted = allTurns(view).flatMap(({ items }) =>
      items.filter((item) => item.kind === "interaction" && item.answer?.remember === "session"),
    ) as InteractionItem[];
    if (granted.length === 0) return [];
    const ofTool = new Set(callsOf(view).flatMap((call) => (call.tool_name === name ? [call.tool_call_id] : [])));
    return granted.flatMap(({ tool_call_id, pattern, tool_digest, answer }) => {
      if (tool_call_id === null || pattern === null || !ofTool.has(tool_call_id)) return [];
      return allows(wordOf(answer?.value)) ? [{ tool: name, pattern, schema_hash: tool_digest }] : [];
    });
  }

  #forAlways({ name }: Tool): Grant[] {
    const { store, workspace } = this.#permissions;
    const kept = store.list(this.#subject.user_id).filter((one) => one.tool === name && one.workspace === workspace);
    return kept.map(({ tool, pattern, fingerprint }) => ({ tool, pattern, schema_hash: fingerprint }));
  }

  #tainted({ traits }: Tool): boolean {
    if (traits?.includes("outbound") !== true) return false;
    const seen = new Set<ToolTrait>(this.#offersForeign() || this.#bringsFiles() ? ["untrusted"] : []);
    for (const { tool_name, phase } of callsOf(this.#subject.view())) {
      // What a failing call says can be a stranger's word too.
      if (phase.state !== "ended" || phase.started_at === null) continue;
      const tool = this.#subject.tool(tool_name);
      for (const trait of tool === undefined ? GONE : (tool.traits ?? [])) seen.add(trait);
    }
    return taintAsks({ traits, seen });
  }

  /** Whoever sends a file has seldom written it, and as seldom read all of it. That it is private nobody has said. */
  #bringsFiles(): boolean {
    const brings = (item: Item): boolean => item.kind === "message" && item.message.attachments.length > 0;
    return allTurns(this.#subject.view()).some(({ items }) => items.some(brings));
  }

  /** What another program says of its tools is a stranger's word too, and the model reads it before it calls any. */
  #offersForeign(): boolean {
    const turn = openTurn(this.#subject.view());
    return (turn?.tools ?? []).some((name) => this.#subject.tool(name)?.input_schema !== undefined);
  }
}

function asking(tool: Tool, args: unknown, decided: Decision, tainted: boolean): Permit {
  const asked = decided.decision === "ask" ? decided : null;
  const why = [tainted ? TAINT_REASON : null, asked?.why ?? null].filter((reason) => reason !== null).join(" ");
  // What rules and earlier answers cannot allow is not remembered either.
  const pattern = tainted ? null : (asked?.pattern ?? null);
  const may = pattern === null ? undefined : asked?.may_remember;
  const options = [
    "allow_once",
    ...(may?.session === true ? ["allow_session"] : []),
    ...(may?.always === true ? ["allow_always"] : []),
    "deny",
  ];
  return {
    decision: "ask",
    content: askingText(tool.name, args, why),
    options,
    pattern,
    tool_digest: digestOf(tool),
  };
}

function callsOf(view: View): ToolItem[] {
  return allTurns(view).flatMap(({ items }) => items.filter((item) => item.kind === "tool"));
}

/** Null where the tool's schema cannot be said. */
function digestOf(tool: Tool): string | null {
  try {
    return toolFingerprint(tool);
  } catch {
    return null;
  }
}
