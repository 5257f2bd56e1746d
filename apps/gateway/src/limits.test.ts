import { describe, expect, it } from "vitest";
import { DEFAULT_LIMITS } from "./limits.ts";

const KIB = 1024;
const MIB = 1024 * KIB;

/** What is promised without any settings. Who changes one of these breaks the promise that is named. */
const PROMISED: readonly [string, keyof typeof DEFAULT_LIMITS, number][] = [
  ["R5: a commit is slow after 2 s", "slow_commit_ms", 2_000],
  ["R5: of a model's text 256 Ki code units wait to be stored", "unstored_text", 256 * KIB],
  ["R5: what is not stored after 30 s ends its step", "lost_commit_ms", 30_000],
  ["R6: a full disk is tried every 5 s", "store_retry_ms", 5_000],
  ["R6: no new run begins below 64 MiB", "free_bytes", 64 * MIB],
  ["R7: viewers come back within 3 s", "drain_spread_ms", 3_000],
  ["R7 F32: a drain waits 25 s for a step's end", "drain_ms", 25_000],
  ["R8 F6: 1 MiB waits for one viewer", "outgoing_bytes", MIB],
  ["R8 F6 T9: for 5 s", "outgoing_ms", 5_000],
  ["F2 F21 B37: a heartbeat comes every 15 s", "heartbeat_ms", 15_000],
  ["B17 T7: 10 s to say who one is", "auth_ms", 10_000],
  ["B19 T7: 50 upgrades in 10 s of one address", "unauthenticated_upgrades", 50],
  ["B19 T7: 200 sockets that wait", "unauthenticated_waiting", 200],
  ["T6: 5 wrong tokens a minute", "auth_failures_per_minute", 5],
  ["B29 B70 T7: 64 KiB a frame or body", "frame_bytes", 64 * KIB],
  ["F83: 64 KiB an event", "event_bytes", 64 * KIB],
  ["B45: 32 levels", "json_depth", 32],
  ["B41: 64 characters of a command's id", "command_id_length", 64],
  ["B42: 20 rejects a minute", "rejects_per_minute", 20],
  ["B54: 64 sessions a connection", "subscriptions", 64],
  ["B55: 120 commands a minute", "commands_per_minute", 120],
  ["B55: 30 at once", "command_burst", 30],
  ["B71 T9: 30 s for a body", "body_ms", 30_000],
  ["B72 T9: 10 s for headers", "headers_ms", 10_000],
  ["B87: 100 streams a user", "user_streams", 100],
  ["R3: a question waits for ever", "interaction_ms", 0],
];

describe("the limits without any settings", () => {
  it.each(PROMISED)("%s (%s)", (_promise, name, value) => {
    expect(DEFAULT_LIMITS[name]).toBe(value);
  });
});
