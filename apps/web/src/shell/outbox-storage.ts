import type { OutboxEntry, OutboxStorage } from "@millrace/client";

const KEY = "millrace.outbox";

/** Unsent messages outlive a reload of their own tab; another tab never sends them too. */
export const outboxStorage: OutboxStorage = {
  load: () => JSON.parse(sessionStorage.getItem(KEY) ?? "[]") as OutboxEntry[],
  save: (entries) => sessionStorage.setItem(KEY, JSON.stringify(entries)),
};
