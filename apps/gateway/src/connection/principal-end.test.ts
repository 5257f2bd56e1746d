import pino from "pino";
import { afterEach, describe, expect, it } from "vitest";
import { Audit } from "../auth/audit.ts";
import { Principal } from "../auth/principal.ts";
import type { Commands } from "../commands.ts";
import { DEFAULT_LIMITS } from "../limits.ts";
import type { Sessions } from "../session/sessions.ts";
import { Connection } from "./connection.ts";

let now = 0;
const opened: Connection[] = [];
afterEach(() => {
  now = 0;
  for (const connection of opened.splice(0)) connection.closed();
});

function open(principal: Principal): { connection: Connection; told: unknown[]; listening: () => number } {
  const told: unknown[] = [];
  let listening = 0;
  const socket = {
    send: (frame: string) => void told.push(JSON.parse(frame).type),
    buffered: 0,
    ping: () => {},
    terminate: () => {},
    close: (code: number) => void told.push(code),
  };
  const onChange = (): (() => void) => {
    listening += 1;
    return () => {
      listening -= 1;
    };
  };
  const log = pino({ level: "silent" });
  const connection = new Connection("c", { principal, address: "127.0.0.1" }, socket, {
    commands: {} as Commands,
    sessions: { onChange } as unknown as Sessions,
    limits: DEFAULT_LIMITS,
    now: () => now,
    log,
    audit: new Audit(log, () => now),
  } as ConstructorParameters<typeof Connection>[3]);
  opened.push(connection);
  return { connection, told, listening: () => listening };
}

const until = (expires_at: number): Principal => new Principal({ user_id: "u", via: "oidc", expires_at }, () => now);
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("a connection whose principal is over", () => {
  it("T11: no command is carried out after its time, even where the timer is late", async () => {
    const { connection, told, listening } = open(until(1_000));
    connection.receive('{"type":"ping","id":"1"}');
    await settled();
    now = 1_000;
    connection.receive('{"type":"ping","id":"2"}');
    connection.receive('{"type":"ping","id":"3"}');
    await settled();
    expect(told).toEqual(["welcome", "ack", 4006]);
    expect(listening()).toBe(0);
  });

  it("T11: revoked closes with 4102 at once, and a command on its way is not answered", async () => {
    const principal = until(1_000);
    const { connection, told } = open(principal);
    connection.receive('{"type":"ping","id":"1"}');
    principal.revoke();
    await settled();
    expect(told).toEqual(["welcome", 4102]);
    principal.revoke();
    expect(told).toHaveLength(2);
  });

  it("T13: one that is over before it began is closed, and listens to nothing", () => {
    const principal = until(1_000);
    principal.revoke();
    const { told, listening } = open(principal);
    expect(told.at(-1)).toBe(4102);
    expect(listening()).toBe(0);
  });
});
