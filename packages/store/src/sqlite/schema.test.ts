import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it, onTestFinished } from "vitest";
import { said, seed } from "../contract/given.ts";
import { StoreError } from "../log-store.ts";
import { storeError, transaction } from "./open.ts";
import { migrate } from "./schema.ts";
import { SqliteStore } from "./sqlite-store.ts";

function memory(): DatabaseSync {
  const db = new DatabaseSync(":memory:");
  onTestFinished(() => db.close());
  return db;
}

function versionOf(db: DatabaseSync): unknown {
  return db.prepare("PRAGMA user_version").get()?.user_version;
}

function tablesOf(db: DatabaseSync): unknown[] {
  return db
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
    .all()
    .map((row) => row.name);
}

const FIRST = "CREATE TABLE one (a TEXT); INSERT INTO one VALUES ('kept')";
const SECOND = "CREATE TABLE two (a TEXT); UPDATE one SET a = 'changed'";

describe("migrate", () => {
  it("brings any older version to the newest, each step once", () => {
    const db = memory();
    migrate(db, [FIRST]);
    expect([versionOf(db), tablesOf(db)]).toEqual([1, ["one"]]);
    migrate(db, [FIRST, SECOND]);
    expect([versionOf(db), tablesOf(db)]).toEqual([2, ["one", "two"]]);
    migrate(db, [FIRST, SECOND]);
    expect(db.prepare("SELECT a FROM one").all()).toEqual([{ a: "changed" }]);
  });

  it("leaves the old version whole when a step fails, and the next boot completes it (F54)", () => {
    const db = memory();
    migrate(db, [FIRST]);
    expect(() => migrate(db, [FIRST, SECOND, "CREATE TABLE three (a TEXT); INSERT INTO nowhere VALUES (1)"])).toThrow();
    expect(db.isTransaction).toBe(false);
    expect([versionOf(db), tablesOf(db)]).toEqual([1, ["one"]]);
    expect(db.prepare("SELECT a FROM one").all()).toEqual([{ a: "kept" }]);
    migrate(db, [FIRST, SECOND, "CREATE TABLE three (a TEXT)"]);
    expect([versionOf(db), tablesOf(db)]).toEqual([3, ["one", "three", "two"]]);
  });

  it("refuses data of a newer version and does not touch it", async () => {
    const folder = mkdtempSync(join(tmpdir(), "millrace-store-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const store = new SqliteStore(folder);
    await seed(store, "a", [said("kept")]);
    await store.close();
    const db = new DatabaseSync(join(folder, "millrace.db"));
    db.exec("PRAGMA user_version = 999");
    expect(() => migrate(db)).toThrow(expect.objectContaining({ code: "too_new" }));
    db.close();
    expect(() => new SqliteStore(folder)).toThrow(/newer version \(schema 999/);
    const after = new DatabaseSync(join(folder, "millrace.db"));
    expect([versionOf(after), after.prepare("SELECT count(*) AS n FROM journal").get()?.n]).toEqual([999, 1]);
    after.close();
  });
});

describe("transaction", () => {
  it("stores nothing when its work throws", () => {
    const db = memory();
    db.exec("CREATE TABLE t (a INTEGER)");
    const work = (): void => {
      db.exec("INSERT INTO t VALUES (1)");
      throw new Error("no");
    };
    expect(() => transaction(db, work)).toThrow(expect.objectContaining({ name: "StoreError", code: "unavailable" }));
    expect(db.isTransaction).toBe(false);
    expect(db.prepare("SELECT * FROM t").all()).toEqual([]);
  });

  it("calls a full database full, and works again when there is room (F49)", () => {
    const db = memory();
    db.exec("CREATE TABLE t (a TEXT); PRAGMA max_page_count = 8");
    const insert = (length: number): void => {
      transaction(db, () => {
        db.prepare("INSERT INTO t VALUES ('first')").run();
        db.prepare("INSERT INTO t VALUES (?)").run("x".repeat(length));
      });
    };
    expect(() => insert(100_000)).toThrow(expect.objectContaining({ code: "full" }));
    expect(db.isTransaction).toBe(false);
    expect(db.prepare("SELECT * FROM t").all()).toEqual([]);
    db.exec("PRAGMA max_page_count = 1000");
    insert(100_000);
    expect(db.prepare("SELECT count(*) AS n FROM t").get()?.n).toBe(2);
  });
});

describe("storeError", () => {
  it.each([
    [{ errcode: 13 }, "full"],
    [{ errcode: 778 }, "full"],
    [{ code: "ENOSPC" }, "full"],
    [{ code: "EDQUOT" }, "full"],
    [{ errcode: 266 }, "unavailable"],
    [{ errcode: 11 }, "unavailable"],
    [{ code: "EACCES" }, "unavailable"],
    [{}, "unavailable"],
  ])("tells %o as %s and keeps the cause", (fields, code) => {
    const cause = Object.assign(new Error("what happened"), fields);
    expect(storeError(cause)).toMatchObject({ code, cause });
  });

  it("passes its own kind through", () => {
    const error = new StoreError("gone", "No such session.");
    expect(storeError(error)).toBe(error);
  });
});
