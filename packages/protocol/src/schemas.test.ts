import { describe, expect, it } from "vitest";
import { z } from "zod";
import { Command } from "./commands.ts";
import { ControlFrame } from "./control.ts";
import { Event } from "./events/events.ts";
import { PROTOCOL_VERSION } from "./version.ts";

const PINNED = {
  version: 1,
  sha256: "9a6514365314a1b4c933520617b32dadf18f4c381b3aed7074871a7d44d97e8b",
};

describe("the schemas", () => {
  it("are those of the version that is pinned", async () => {
    const found = { version: PROTOCOL_VERSION, sha256: await sha256(canonical(wireSchemas())) };
    expect(
      found,
      "The wire has changed. If old clients survive it (a new optional field, a new type), put the new hash into PINNED. " +
        "If not, raise PROTOCOL_VERSION and SUBPROTOCOL as well, and say in SPEC.md what became of the old version.",
    ).toEqual(PINNED);
  });

  it("have one canonical text, whatever the order of keys", () => {
    expect(canonical({ b: [{ d: 1, c: undefined }], a: null })).toBe(canonical({ a: null, b: [{ d: 1 }] }));
    expect(canonical({ a: 1 })).not.toBe(canonical({ a: 2 }));
    expect(canonical(["a", "b"])).not.toBe(canonical(["b", "a"]));
  });

  it("name every type once in each direction", () => {
    const events = Event.options.map((option) => option.shape.type.value);
    const frames = ControlFrame.options.map((option) => option.shape.type.value);
    const commands = Command.options.map((option) => option.shape.type.value);
    expect(new Set([...events, ...frames]).size).toBe(events.length + frames.length);
    expect(new Set(commands).size).toBe(commands.length);
  });
});

function wireSchemas(): unknown {
  const schemas = { Event, Command, ControlFrame };
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => [name, z.toJSONSchema(schema, { io: "input" })]),
  );
}

/** JSON text with sorted keys. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, held: unknown) =>
    typeof held === "object" && held !== null && !Array.isArray(held)
      ? Object.fromEntries(Object.entries(held).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : held,
  );
}

/** Web Crypto's, which every runtime has; this package's types know no runtime. */
async function sha256(text: string): Promise<string> {
  const { crypto } = globalThis as unknown as {
    crypto: { subtle: { digest(algorithm: string, data: Uint8Array): Promise<ArrayBuffer> } };
  };
  const codes = Uint8Array.from(text, (letter) => letter.charCodeAt(0));
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", codes));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
