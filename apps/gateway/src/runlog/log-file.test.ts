import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { redactor } from "@millrace/agent";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LogFile } from "./log-file.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "millrace-log-file-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function logFile({ most = 10_000, waiting = 10_000, path = join(folder, "a.jsonl") } = {}) {
  const file = new LogFile({ path, most, waiting, redact: redactor(["canary-value"]), now: () => 7 });
  const lines = (): unknown[] =>
    readFileSync(path, "utf8")
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  return { file, lines };
}

describe("LogFile", () => {
  it("writes whole lines, in order, readable by its owner only", async () => {
    const { file, lines } = logFile();
    file.write('{"n":1}');
    void file.flush();
    file.write('{"n":2}');
    await file.flush();
    file.write('{"n":3}');
    await file.flush();
    expect(lines()).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
    expect(statSync(file.path).mode & 0o777).toBe(0o600);
  });

  it("T24: holds no secret", async () => {
    const { file, lines } = logFile();
    file.write('{"content":"it is canary-value"}');
    await file.flush();
    expect(lines()).toEqual([{ content: "it is [redacted]" }]);
  });

  it("F83: ends at its limit with a line that says so, also where the file is one of before", async () => {
    const { file, lines } = logFile({ most: 1_000 });
    for (let n = 0; n < 50; n++) file.write(JSON.stringify({ n, text: "é".repeat(20) }));
    await file.flush();
    file.write('{"n":"late"}');
    await file.flush();
    expect(file.open).toBe(false);
    expect(lines().at(-1)).toEqual({ type: "log_file_full", ts: 7, limit: 1_000 });
    expect(lines().slice(0, 2)).toMatchObject([{ n: 0 }, { n: 1 }]);
    expect(statSync(file.path).size).toBeLessThanOrEqual(1_000);

    const again = logFile({ most: 1_000 });
    again.file.write('{"n":"after a restart"}');
    await again.file.flush();
    expect(again.lines()).not.toContainEqual({ n: "after a restart" });
  });

  it("F31: a line that a killed process left half written spoils none that follow", async () => {
    const path = join(folder, "torn.jsonl");
    writeFileSync(path, '{"n":1}\n{"n":');
    const { file } = logFile({ path });
    expect(await file.lastLines()).toEqual(['{"n":1}']);
    for (const n of [3, 4]) {
      file.write(JSON.stringify({ n }));
      await file.flush();
    }
    expect(readFileSync(path, "utf8")).toBe('{"n":1}\n{"n":\n{"n":3}\n{"n":4}\n');
  });

  it("tells the whole lines at its end, however long it is; none where there is no file", async () => {
    expect(await logFile({ path: join(folder, "none.jsonl") }).file.lastLines()).toEqual([]);
    const path = join(folder, "long.jsonl");
    const line = (n: number): string => JSON.stringify({ n, text: "é".repeat(1_000) });
    writeFileSync(path, Array.from({ length: 300 }, (_, n) => `${line(n)}\n`).join(""));
    const last = await logFile({ path }).file.lastLines();
    expect(last.at(-1)).toBe(line(299));
    expect(last).toEqual(Array.from({ length: last.length }, (_, n) => line(300 - last.length + n)));
    expect(last.join("\n").length).toBeGreaterThan(100_000);
    expect(last.length).toBeLessThan(132);
  });

  it("leaves lines out, and says so, when more waits than there is room for", async () => {
    const { file, lines } = logFile({ waiting: 20 });
    file.write('{"n":1}');
    file.write('{"n":"much too long for what is left"}');
    file.write('{"n":3}');
    await file.flush();
    expect(lines()).toEqual([{ n: 1 }, { n: 3 }, { type: "log_lines_left_out", ts: 7, lines: 1 }]);
    file.write('{"n":"too long, and with nothing beside it"}');
    await file.flush();
    expect(lines().at(-1)).toEqual({ type: "log_lines_left_out", ts: 7, lines: 1 });
    expect(lines()).toHaveLength(4);
  });

  it("tells the first failure and writes no more", async () => {
    const { file } = logFile({ path: join(folder, "missing", "a.jsonl") });
    file.write('{"n":1}');
    await expect(file.flush()).rejects.toThrow("ENOENT");
    file.write('{"n":2}');
    expect(file.open).toBe(false);
    await file.flush();
  });

  it("writes nothing after it was closed", async () => {
    const { file } = logFile();
    file.write('{"n":1}');
    await file.close();
    await file.flush();
    expect(() => statSync(file.path)).toThrow("ENOENT");
  });
});
