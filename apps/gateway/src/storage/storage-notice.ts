import type { Notice } from "@millrace/protocol";
import type { StorageState } from "./storage-health.ts";

const SAID: Readonly<Record<StorageState, Omit<Notice, "type">>> = {
  ok: { code: "storage_ok", message: "Everything is stored again." },
  slow: { code: "storage_slow", message: "The storage is slow: new messages have to wait." },
  full: { code: "storage_full", message: "The storage is full: nothing new is stored until there is room." },
  unavailable: { code: "storage_unavailable", message: "The storage does not answer: nothing new is stored." },
};

/** What viewers are told when the storage's state has changed. */
export function storageNotice(state: StorageState): Notice {
  return { type: "notice", ...SAID[state] };
}

/** Whether new work should come here: a slow storage still stores it. */
export function takesWork(state: StorageState): boolean {
  return state === "ok" || state === "slow";
}
