import type { CommandType, RejectCode } from "@millrace/protocol";
import { Rejection } from "../rejection.ts";
import { OWNER, type Principal, type PrincipalEnd } from "./principal.ts";

/** A command by its wire name; `read`, `read_metrics` and `change` are the HTTP routes that are no command. */
export type Action = CommandType | "create_session" | "read" | "read_metrics" | "change";

/** Everything else changes something. */
const READING: ReadonlySet<Action> = new Set(["read", "read_metrics", "subscribe", "unsubscribe", "ping"]);

/** Somebody who is known may not do what they asked for. */
export class Denial extends Rejection {
  readonly action: Action;
  readonly reason: "foreign" | "read_only" | PrincipalEnd;

  constructor(code: RejectCode, message: string, denied: Pick<Denial, "action" | "reason">) {
    super(code, message);
    this.action = denied.action;
    this.reason = denied.reason;
  }
}

/**
 * The one rule for every command, route and stream: a session, or a file, belongs to one user, who alone may do anything
 * with it, and a principal that may only read changes nothing. `owned` is null where the action concerns none. What is
 * somebody else's is answered like what does not exist. Metrics add up what everybody did: they are the owner's, not
 * those of an issuer's people. @throws Denial
 */
export function authorize(
  principal: Principal,
  action: Action,
  owned: { readonly user_id: string } | null,
  what: "session" | "attachment" = "session",
): void {
  const { ended } = principal;
  if (ended !== null) throw new Denial("forbidden", "The sign-in is over.", { action, reason: ended });
  if (owned !== null && owned.user_id !== principal.user_id)
    throw new Denial("not_found", `No such ${what}.`, { action, reason: "foreign" });
  if (action === "read_metrics" && principal.user_id !== OWNER)
    throw new Denial("forbidden", "Only the gateway's own tokens may read its metrics.", { action, reason: "foreign" });
  if (principal.scope === "read" && !READING.has(action))
    throw new Denial("forbidden", "This sign-in may only read.", { action, reason: "read_only" });
}
