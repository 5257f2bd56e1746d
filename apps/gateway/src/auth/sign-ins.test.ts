import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pino from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AuthSettings } from "./auth-settings.ts";
import { OWNER, Principal } from "./principal.ts";
import { type SignedIn, SignIns } from "./sign-ins.ts";

let data_dir = "";
let now = 1_000;
beforeEach(() => {
  data_dir = mkdtempSync(join(tmpdir(), "millrace-sign-ins-"));
  now = 1_000;
});
afterEach(() => rmSync(data_dir, { recursive: true, force: true }));

const AUTH: AuthSettings = { token: "t", read_token: "r", oidc: { issuer: "https://id.test", audience: "a" } };
const log = pino({ level: "silent" });
const limits = { sign_in_ms: 10_000, user_sign_ins: 50, sign_ins: 100 };
/** With as many sign-ins as there may be, `create` gives null. */
class Open extends SignIns {
  override async create(...given: Parameters<SignIns["create"]>): Promise<SignedIn> {
    const signedIn = await super.create(...given);
    if (signedIn === null) throw new Error("There are too many.");
    return signedIn;
  }
}
const open = (auth: AuthSettings = AUTH, less: Partial<typeof limits> = {}): Open =>
  new Open({ auth, data_dir, limits: { ...limits, ...less }, now: () => now, log });
const owner = new Principal({ user_id: OWNER, via: "token" });
const reader = new Principal({ user_id: OWNER, via: "token", scope: "read" });
const alice = new Principal({ user_id: "https://id.test#alice", via: "oidc", expires_at: 5_000 }, () => now);

describe("SignIns", () => {
  it("one principal per sign-in, so that ending it ends all that goes on under it", async () => {
    const signIns = open();
    const { id, principal } = await signIns.create(owner, "token");
    expect(signIns.find(id)).toBe(principal);
    const ends: string[] = [];
    principal.onEnd((end) => ends.push(end));
    await signIns.revoke(id);
    expect([ends, signIns.find(id), open().find(id)]).toEqual([["revoked"], null, null]);
    await signIns.revoke(id);
  });

  it("no two ids are alike, and only an id is looked for", async () => {
    const signIns = open();
    const ids = new Set<string>();
    for (let made = 0; made < 20; made++) ids.add((await signIns.create(owner, "token")).id);
    expect(ids.size).toBe(20);
    for (const id of ids) expect(id).toMatch(/^[\w-]{43}$/);
    for (const id of ["", "__proto__", "a".repeat(43), "a".repeat(10_000)]) expect(signIns.find(id)).toBe(null);
  });

  it("T11: lasts as long as the token at most, and is gone afterwards", async () => {
    const signIns = open();
    const { id, principal } = await signIns.create(alice, "oidc");
    expect(principal).toMatchObject({ user_id: "https://id.test#alice", scope: "full", expires_at: 5_000 });
    now = 5_000;
    expect([signIns.find(id), open().find(id)]).toEqual([null, null]);
    expect((await open().create(owner, "token")).principal.expires_at).toBe(15_000);
  });

  it("B58: a reader's sign-in may only read", async () => {
    const { id } = await open().create(reader, "read_token");
    expect(open().find(id)?.scope).toBe("read");
  });

  it("T11: holds only while what vouched for it does", async () => {
    const signIns = open();
    const ids = {
      token: (await signIns.create(owner, "token")).id,
      read: (await signIns.create(owner, "read_token")).id,
      oidc: (await signIns.create(alice, "oidc")).id,
    };
    const held = (auth: AuthSettings): string[] =>
      Object.entries(ids).flatMap(([name, id]) => (open(auth).find(id) === null ? [] : [name]));
    expect(held(AUTH)).toEqual(["token", "read", "oidc"]);
    expect(held({ ...AUTH, token: "other" })).toEqual(["read", "oidc"]);
    expect(held({ ...AUTH, read_token: null })).toEqual(["token", "oidc"]);
    expect(held({ ...AUTH, oidc: null })).toEqual(["token", "read"]);
    expect(held({ ...AUTH, oidc: { issuer: "https://id.test", audience: "b" } })).toEqual(["token", "read"]);
    expect(held({ token: "r", read_token: "t", oidc: null })).toEqual([]);
  });

  it("T7 T11: beyond what one user may have the oldest of the same user and scope gives way, nobody else's", async () => {
    const signIns = open(AUTH, { user_sign_ins: 3 });
    const others = [await signIns.create(owner, "token"), await signIns.create(alice, "oidc")];
    const [first, ...later] = [
      await signIns.create(reader, "read_token"),
      await signIns.create(reader, "read_token"),
      await signIns.create(reader, "read_token"),
      await signIns.create(reader, "read_token"),
    ];
    expect([first?.principal.ended, signIns.find(first?.id ?? "")]).toEqual(["revoked", null]);
    for (const { id, principal } of [...others, ...later]) {
      expect(signIns.find(id)).toBe(principal);
      expect(open().find(id)).not.toBe(null);
    }
  });

  it("T7: with as many as there may be, who has one may sign in anew, and nobody else is let in or put out", async () => {
    const signIns = open(AUTH, { sign_ins: 2 });
    const [mine, alices] = [await signIns.create(owner, "token"), await signIns.create(alice, "oidc")];
    await expect(signIns.create(reader, "read_token")).rejects.toThrow("too many");
    expect([signIns.find(mine.id), signIns.find(alices.id)]).toEqual([mine.principal, alices.principal]);
    const again = await signIns.create(owner, "token");
    expect([signIns.find(mine.id), signIns.find(again.id)]).toEqual([null, again.principal]);
    expect(signIns.find(alices.id)).toBe(alices.principal);
    // What is over by the clock takes up no room.
    now = 5_000;
    const { id, principal } = await signIns.create(reader, "read_token");
    expect(signIns.find(id)).toBe(principal);
  });

  it("T24: the file tells neither id nor token, and is its owner's alone", async () => {
    const secret = { ...AUTH, token: "a-long-token-to-look-for" };
    const { id } = await open(secret).create(owner, "token");
    const file = join(data_dir, "sign-ins.json");
    const text = readFileSync(file, "utf8");
    expect(text).not.toContain(id);
    expect(text).not.toContain("a-long-token-to-look-for");
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it("T11: who writes into the file becomes nobody else", async () => {
    const { id } = await open().create(alice, "oidc");
    const file = join(data_dir, "sign-ins.json");
    const edited = (from: string, to: string): Principal | null => {
      writeFileSync(file, readFileSync(file, "utf8").replace(from, to));
      return open().find(id);
    };
    expect(edited('"oidc"', '"token"')).toBe(null);
    expect(edited('"token"', '"oidc"')?.user_id).toBe("https://id.test#alice");
    expect(edited("https://id.test#alice", "local")).toBe(null);
  });

  it("a damaged file signs everybody out and is put aside", async () => {
    const { id } = await open().create(owner, "token");
    writeFileSync(join(data_dir, "sign-ins.json"), '{"version":1,"sign_ins":[{"hash":1}]}');
    expect(open().find(id)).toBe(null);
    expect(statSync(join(data_dir, "sign-ins.json.damaged")).isFile()).toBe(true);
  });

  it("where it cannot be stored a sign-in works here, and signing out says that it is not for good", async () => {
    const signIns = open();
    const { id } = await signIns.create(owner, "token");
    rmSync(data_dir, { recursive: true });
    writeFileSync(data_dir, "not a folder");
    const { id: second } = await signIns.create(owner, "token");
    expect(signIns.find(second)).not.toBe(null);
    await expect(signIns.revoke(id)).rejects.toThrow();
    expect(signIns.find(id)).toBe(null);
  });
});
