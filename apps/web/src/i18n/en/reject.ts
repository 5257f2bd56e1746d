import type { RejectCode } from "@millrace/protocol";

/** Why the server refused something. */
export const reject = {
  reject: {
    bad_request: "the server does not take it as it is",
    unknown_type: "the server does not know this yet: reload the page",
    not_found: "the conversation does not exist",
    forbidden: "you may not do this",
    idempotency_conflict: "another message was sent under the same id: send it again",
    already_answered: "somebody answered first",
    args_changed: "the call has changed since it was shown: look again",
    bad_cursor: "the page lost its place: reload it",
    too_large: "it is too long",
    too_deep: "it is nested too deeply",
    unsupported_media_type: "files of this kind are not taken",
    quota_exceeded: "there is no room left for your files",
    unknown_model: "the model is not available",
    rate_limited: "too many messages, wait a moment",
    subscription_limit: "too many conversations are open here",
    run_limit: "wait for a run to end",
    storage_unavailable: "the server cannot store it right now",
    storage_full: "the server has no room left",
  } satisfies Record<RejectCode, string>,
} as const;
