import type { MessageAttachment } from "@millrace/protocol";

/** Files that this page has sent, for messages that come back. */
export const sentFiles = new Map<string, MessageAttachment>();
