/**
 * Sentences in which a server says why it asks about a call or refuses it: words of `interaction_request.content` and
 * of a denied call's result. A model reads them as they are; an interface knows them by these keys, to say them in its
 * reader's language. Some are only the beginning of a sentence, and several may follow one another.
 */
export const REASONS = {
  no_rule: "No rule allows this.",
  rule_asks: "A rule says to ask:",
  rule_forbids: "A rule forbids this:",
  rule_needed: "is not allowed unless a rule allows it.",
  unsure: "It cannot be told for sure what this call would do.",
  guarded: "This file instructs agents or configures what programs run: each change is asked for.",
  tainted: "This session has read private data and text that strangers wrote, and this call can carry something out.",
  nobody: "It needs a person's permission, and nobody can be asked.",
  expired: "Nobody answered in time, so the call was not allowed.",
  args_changed: "The arguments are not those that a person was shown.",
  tool_changed: "The tool is not the one that a person was shown.",
  no_sandbox: "Without it the command can do all that the server can.",
  sandbox_needed: "bash needs a sandbox (bubblewrap):",
  sandbox_system: "there is none for this system.",
  sandbox_processor: "there is no filter for this processor.",
  sandbox_missing: "it is not installed.",
  sandbox_broken: "it does not run on this machine.",
  sandbox_not_started: "it could not be started.",
} as const;

export type ReasonKey = keyof typeof REASONS;
