import pino from "pino";
import { describe, expect, it } from "vitest";
import { Audit } from "../auth/audit.ts";
import { Principal } from "../auth/principal.ts";
import type { Commands } from "../commands.ts";
import { DEFAULT_LIMITS } from "../limits.ts";
import type { Sessions } from "../session/sessions.ts";
import { Connection } from "./connection.ts";

const NOTICE = { type: "notice", code: "storage_ok", message: "" } as const;

/** A connection whose socket holds as much as a test says, and whose timers a test ends. */
function opened(): {
  connection: Connection;
  hold: (bytes: number) => void;
  pass: (ms: number) => void;
  told: unknown[];
} {
  const told: unknown[] = [];
  const timers = new Map<() => void, number>();
  let buffered = 0;
  const socket = {
    send: () => {},
    get buffered() {
      return buffered;
    },
    ping: () => {},
    terminate: () => void told.push("terminate"),
    close: (code: number) => void told.push(code),
  };
  const log = pino({ level: "silent" });
  const principal = new Principal({ user_id: "u", via: "local" }, () => 0);
  const connection = new Connection("c", { principal, address: "127.0.0.1" }, socket, {
    commands: {} as Commands,
    sessions: { onChange: () => () => {} } as unknown as Sessions,
    limits: DEFAULT_LIMITS,
    now: () => 0,
    later: (ms: number, due: () => void) => {
      timers.set(due, ms);
      return () => void timers.delete(due);
    },
    log,
    audit: new Audit(log, () => 0),
  } as ConstructorParameters<typeof Connection>[3]);
  return {
    connection,
    hold: (bytes) => {
      buffered = bytes;
    },
    pass: (ms) => {
      for (const [due, after] of [...timers]) if (after <= ms && timers.delete(due)) due();
    },
    told,
  };
}

describe("a connection whose client reads nothing", () => {
  it("F7 R8: is closed with 4004 and ended at once where more than 1 MiB waits", () => {
    const { connection, hold, told } = opened();
    hold(1024 * 1024 + 1_000);
    connection.notice(NOTICE);
    expect(told).toEqual([4004, "terminate"]);
    connection.notice(NOTICE);
    expect(told).toEqual([4004, "terminate"]);
  });

  it("F7 R8: is closed with 4004 and ended at once where something waits for 5 s", () => {
    const { connection, hold, pass, told } = opened();
    hold(DEFAULT_LIMITS.socket_high_water);
    connection.notice(NOTICE);
    pass(4_999);
    expect(told).toEqual([]);
    pass(5_000);
    expect(told).toEqual([4004, "terminate"]);
  });

  it("R8: stays where it has read in time", () => {
    const { connection, hold, pass, told } = opened();
    hold(DEFAULT_LIMITS.socket_high_water);
    connection.notice(NOTICE);
    hold(0);
    connection.drained();
    pass(5_000);
    expect(told).toEqual([]);
    connection.closed();
  });

  it("B37: and answers no ping is ended too, after two beats", () => {
    const { pass, told } = opened();
    for (const beat of [1, 2]) {
      pass(15_000);
      expect([beat, told]).toEqual([beat, []]);
    }
    pass(15_000);
    expect(told).toEqual([4003, "terminate"]);
  });
});
