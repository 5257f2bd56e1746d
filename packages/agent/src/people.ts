import { type InteractionItem, REASONS, type Turn } from "@millrace/protocol";
import { argsDigest } from "./args-digest.ts";
import { cutText } from "./cut-text.ts";
import type { RunAgentInput } from "./input.ts";
import type { Interaction, InteractionAnswer } from "./interact.ts";
import type { Permit, PermitRequest } from "./permit.ts";
import type { Away } from "./slots.ts";
import { untilAborted } from "./until-aborted.ts";

/** Whether a call may run; null: stopped. `reason` is for the model. */
export type Permission = { readonly allowed: true } | { readonly allowed: false; readonly reason: string } | null;

/** A call whose arguments fit. `args` are the model's, as they are shown; `request` holds those that the tool gets. */
interface Asking {
  readonly tool_name: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly request: PermitRequest;
}

/** How a call waits for a person: until `signal` aborts, its place free for others. */
interface Waiting {
  readonly signal: AbortSignal;
  readonly away: Away;
}

const ALLOWING: ReadonlySet<string> = new Set(["allow_once", "allow_session", "allow_always"]);

/** Longest comment of a person that is told to the model. UTF-16 code units. */
const COMMENT = 4_000;

/** Those who decide whether a call may run, and answer what a tool asks. */
export class People {
  readonly #permit: RunAgentInput["permit"];
  readonly #interact: RunAgentInput["interact"];
  /** Questions that the log held when this process began, by `request_id`. */
  readonly #asked: ReadonlyMap<string, InteractionItem>;

  constructor({ permit, interact }: Pick<RunAgentInput, "permit" | "interact">, turn: Turn) {
    const asked = turn.items.filter((item) => item.kind === "interaction");
    this.#permit = permit;
    this.#interact = interact;
    this.#asked = new Map(asked.map((item) => [item.request_id, item]));
  }

  /** Decides by rule, else asks; a call that a person was asked about is decided by that person, whatever a rule says. */
  async permission(asking: Asking, waiting: Waiting): Promise<Permission> {
    const { tool_name, args, request } = asking;
    const request_id = `confirm-${request.tool_call_id}`;
    const before = this.#asked.get(request_id);
    const permit = before === undefined ? await this.#decide(request, waiting.signal) : question(before);
    if (permit === null) return null;
    if (permit.decision === "allow") return { allowed: true };
    if (permit.decision === "deny") return { allowed: false, reason: permit.reason };
    if (before !== undefined && (await this.#isOther(before, request, waiting.signal))) {
      return waiting.signal.aborted ? null : { allowed: false, reason: REASONS.tool_changed };
    }
    if (this.#interact === undefined) return { allowed: false, reason: REASONS.nobody };
    const args_digest = argsDigest(tool_name, args);
    if (before !== undefined && before.args_digest !== args_digest) {
      return { allowed: false, reason: REASONS.args_changed };
    }
    const interaction: Interaction = {
      request_id,
      interaction_kind: "confirm",
      content: permit.content,
      options: permit.options,
      tool_call_id: request.tool_call_id,
      args_digest,
      ...(permit.pattern !== null && { pattern: permit.pattern }),
      ...(permit.tool_digest != null && { tool_digest: permit.tool_digest }),
    };
    try {
      const answer = await this.#answer(interaction, waiting);
      return answer === null ? null : allowedBy(answer, permit.options);
    } catch (error) {
      return { allowed: false, reason: `Nobody could be asked: ${messageOf(error)}` };
    }
  }

  /** The answer to a tool's question. Rejects where nobody can be asked, nobody answered, or it is stopped. */
  async ask(interaction: Interaction, waiting: Waiting): Promise<{ answer: string; comment: string | null }> {
    if (this.#interact === undefined) throw new Error("Nobody can be asked: the run is not interactive.");
    const answer = await this.#answer(interaction, waiting);
    if (answer === null) throw waiting.signal.reason;
    if (answer.by === "expiry") throw new Error("Nobody answered in time.");
    return { answer: answer.answer, comment: answer.comment };
  }

  /** Whether the tool says something else of itself than when a person was asked about this call. */
  async #isOther({ tool_digest }: InteractionItem, request: PermitRequest, signal: AbortSignal): Promise<boolean> {
    if (tool_digest === null) return false;
    const now = await this.#decide(request, signal);
    return now === null || (now.decision === "ask" && now.tool_digest != null && now.tool_digest !== tool_digest);
  }

  async #decide(request: PermitRequest, signal: AbortSignal): Promise<Permit | null> {
    try {
      if (this.#permit === undefined) return { decision: "allow" };
      return await untilAborted(Promise.resolve(this.#permit(request)), signal);
    } catch (error) {
      return { decision: "deny", reason: `Whether the call may run could not be decided: ${messageOf(error)}` };
    }
  }

  /** Null: stopped. */
  async #answer(interaction: Interaction, { signal, away }: Waiting): Promise<InteractionAnswer | null> {
    const interact = this.#interact;
    if (signal.aborted || interact === undefined) return null;
    try {
      return await away(() => untilAborted(interact(interaction, signal), signal));
    } catch (error) {
      if (signal.aborted) return null;
      throw error;
    }
  }
}

/** What a person was asked, as it was asked. */
function question({ content, options, pattern, tool_digest }: InteractionItem): Permit {
  return { decision: "ask", content, options, pattern, tool_digest };
}

function allowedBy({ answer, comment, by }: InteractionAnswer, options: readonly string[]): Permission {
  if (ALLOWING.has(answer) && options.includes(answer)) return { allowed: true };
  if (by === "expiry") return { allowed: false, reason: REASONS.expired };
  const said = comment === null || comment.trim() === "" ? "" : ` They said: ${cutText(comment.trim(), COMMENT)}`;
  return { allowed: false, reason: `The call was refused by ${by}.${said}` };
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
