import type { RejectCode } from "@millrace/protocol";

/** Hears what the doors refuse and end. */
export interface DoorMeter {
  rejected(door: "ws" | "http", code: RejectCode): void;
  /** A WebSocket was closed, by us or by its client. */
  closed(code: number): void;
}
