import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { runCommand } from "./run-command.ts";
import type { Exit, Spawned } from "./sandbox.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A command whose end and output are in the test's hands. */
function fakeCommand() {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const exited = Promise.withResolvers<Exit>();
  const signals: string[] = [];
  const command: Spawned = {
    stdout,
    stderr,
    exited: exited.promise,
    kill: (signal) => {
      signals.push(signal);
    },
  };
  const exit = (code: number): void => exited.resolve({ code, notes: [] });
  return { command, stdout, stderr, signals, exit };
}

function run(command: Spawned, more: { signal?: AbortSignal; shown_text?: number; output_bytes?: number } = {}) {
  const shown: string[] = [];
  const { shown_text = 1_000, output_bytes = 10_000, signal = new AbortController().signal } = more;
  const limits = { shown_text, output_bytes };
  const end = runCommand(command, { signal, timeout_ms: 5_000, limits, output: (text) => void shown.push(text) });
  return { end, shown };
}

const flush = () => vi.advanceTimersByTimeAsync(0);

describe("runCommand", () => {
  it("shows both streams as they come and ends with the command", async () => {
    const fake = fakeCommand();
    const { end, shown } = run(fake.command);
    fake.stdout.write("one ");
    await flush();
    fake.stderr.write("two ");
    await flush();
    fake.stdout.end("three");
    fake.stderr.end();
    fake.exit(3);
    await flush();
    expect(await end).toEqual({
      exit: { code: 3, notes: [] },
      stopped: null,
      output: { text: "one two three", truncated: false },
    });
    expect(shown.join("")).toBe("one two three");
  });

  it("decodes each stream by itself, and shows what is no text as replacement characters (F83)", async () => {
    const fake = fakeCommand();
    const { end } = run(fake.command);
    const smile = Buffer.from("😀");
    fake.stdout.write(smile.subarray(0, 2));
    await flush();
    fake.stderr.write(smile.subarray(0, 1));
    await flush();
    fake.stdout.write(smile.subarray(2));
    await flush();
    fake.stderr.end(smile.subarray(1));
    fake.stdout.end(Buffer.from([0x61, 0xff, 0xc3]));
    fake.exit(0);
    await flush();
    const { text } = (await end).output;
    expect([...text].sort()).toEqual([..."😀😀a��"].sort());
  });

  it("gives the result a second after the exit where something holds the pipe (F84)", async () => {
    const fake = fakeCommand();
    const { end } = run(fake.command);
    const done = vi.fn();
    void end.then(done);
    fake.stdout.write("x");
    fake.exit(0);
    await vi.advanceTimersByTimeAsync(990);
    expect(done).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(20);
    expect(done).toHaveBeenCalledOnce();
    expect(fake.signals).toEqual(["SIGKILL"]);
    expect(fake.stdout.destroyed).toBe(true);
  });

  it("waits for the exit, not for the end of the output (F83)", async () => {
    const fake = fakeCommand();
    const { end } = run(fake.command);
    fake.stdout.end();
    fake.stderr.end();
    await vi.advanceTimersByTimeAsync(4_990);
    expect(fake.signals).toEqual([]);
    await vi.advanceTimersByTimeAsync(20);
    expect(fake.signals).toEqual(["SIGTERM"]);
    fake.exit(143);
    expect(await end).toMatchObject({ stopped: "timeout", exit: { code: 143 } });
  });

  it("kills two seconds after it asked, and gives up two seconds later (F83)", async () => {
    const fake = fakeCommand();
    const { end } = run(fake.command);
    await vi.advanceTimersByTimeAsync(5_000);
    await vi.advanceTimersByTimeAsync(1_990);
    expect(fake.signals).toEqual(["SIGTERM"]);
    await vi.advanceTimersByTimeAsync(20);
    expect(fake.signals).toEqual(["SIGTERM", "SIGKILL"]);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(await end).toMatchObject({ stopped: "timeout", exit: null });
  });

  it("stops with the run (F32)", async () => {
    const fake = fakeCommand();
    const stop = new AbortController();
    const { end } = run(fake.command, { signal: stop.signal });
    await flush();
    stop.abort();
    expect(fake.signals).toEqual(["SIGTERM"]);
    fake.exit(143);
    fake.stdout.end();
    fake.stderr.end();
    expect(await end).toMatchObject({ stopped: "signal" });
    const late = fakeCommand();
    const second = run(late.command, { signal: stop.signal });
    expect(late.signals).toEqual(["SIGTERM"]);
    late.exit(143);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await second.end).toMatchObject({ stopped: "signal" });
  });

  it("stops what writes without end, and keeps both ends of it (F83)", async () => {
    const fake = fakeCommand();
    const { end } = run(fake.command, { shown_text: 30, output_bytes: 1_000 });
    fake.stdout.write(`first${"x".repeat(900)}last`);
    await flush();
    expect(fake.signals).toEqual([]);
    fake.stdout.write("y".repeat(200));
    await flush();
    expect(fake.signals).toEqual(["SIGTERM"]);
    fake.exit(143);
    await vi.advanceTimersByTimeAsync(1_000);
    const { output, stopped } = await end;
    expect(stopped).toBe("output");
    expect(output.truncated).toBe(true);
    expect(output.text).toMatch(/^first.*left out.*last$/s);
  });
});
