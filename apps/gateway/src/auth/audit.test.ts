import pino from "pino";
import { describe, expect, it } from "vitest";
import { Audit } from "./audit.ts";
import { Denial } from "./authorize.ts";
import { Principal } from "./principal.ts";

let now = 0;

function given(level: string): { audit: Audit; lines: Record<string, unknown>[] } {
  const lines: Record<string, unknown>[] = [];
  const log = pino({ level, base: null }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  return { audit: new Audit(log, () => now), lines };
}

const somebody = new Principal({ user_id: "u", via: "sign_in" });

describe("the audit", () => {
  it.each(["trace", "info", "warn", "error", "fatal"])("T34: is written at the level %s", (level) => {
    const { audit, lines } = given(level);
    audit.signedIn({ address: "1.2.3.4" }, somebody);
    audit.denied(
      { address: "1.2.3.4", connection_id: "c" },
      somebody,
      new Denial("not_found", "No such session.", { action: "stop", reason: "foreign" }),
      "s_1",
    );
    expect(lines).toMatchObject([
      { audit: true, msg: "signed in", address: "1.2.3.4", user_id: "u", via: "sign_in" },
      { msg: "denied", connection_id: "c", user_id: "u", action: "stop", reason: "foreign", session_id: "s_1" },
    ]);
  });

  it("is silent where the log is", () => {
    const { audit, lines } = given("silent");
    audit.refused({ address: "1.2.3.4" }, "invalid");
    expect(lines).toEqual([]);
  });

  it("T34 T7: nobody fills the disk with it: what is left out is counted", () => {
    const { audit, lines } = given("warn");
    for (let knocked = 0; knocked < 1_000; knocked++) audit.refused({ address: "1.2.3.4" }, "invalid");
    expect(lines).toHaveLength(60);
    now += 1_000;
    audit.refused({ address: "1.2.3.4" }, "invalid");
    expect(lines.at(-1)).toMatchObject({ left_out: 940 });
  });

  it("T24: a session that is no id of ours is not repeated", () => {
    const { audit, lines } = given("warn");
    const denial = new Denial("forbidden", "No.", { action: "send", reason: "read_only" });
    audit.denied({ address: "1.2.3.4" }, somebody, denial, "my secret text");
    expect(lines[0]).not.toHaveProperty("session_id");
  });
});
