import { describe, expect, it } from "vitest";
import { readArguments, UsageError } from "./arguments.ts";

const read = (line: string, env: Record<string, string> = {}) => readArguments(line === "" ? [] : line.split(" "), env);

describe("the command line", () => {
  it("starts the gateway where nothing is asked", () => {
    expect(read("")).toEqual({ command: "gateway" });
  });

  it("reads a chat, with the environment's gateway and with one's own", () => {
    expect(read("chat")).toEqual({ command: "chat", url: "http://127.0.0.1:8000", json: false, message: null });
    expect(read("chat how are you", { MILLRACE_URL: "https://a.test/", MILLRACE_TOKEN: "t" })).toMatchObject({
      url: "https://a.test",
      token: "t",
      message: "how are you",
    });
    expect(read("chat --url http://b.test:9 --session s --model m --agent a --json hi", { MILLRACE_URL: "x" })).toEqual(
      {
        ...{ command: "chat", url: "http://b.test:9", session: "s", model: "m", agent: "a", json: true, message: "hi" },
      },
    );
  });

  it("reads a recording, whose key only comes from the environment", () => {
    const env = { OPENAI_API_KEY: "k", OPENAI_BASE_URL: "http://p.test/v1", MILLRACE_MODEL: "one, two" };
    expect(read("record say hi", env)).toEqual({
      ...{ command: "record", base_url: "http://p.test/v1", model: "one", prompt: "say hi", api_key: "k" },
    });
    expect(read("record --base-url http://q.test --model m --system s hi")).toEqual({
      ...{ command: "record", base_url: "http://q.test", model: "m", system: "s", prompt: "hi" },
    });
  });

  it("reads a demo", () => {
    expect(read("demo")).toEqual({ command: "demo", port: 8100, fast: false });
    expect(read("demo --port 0 --recording f.jsonl --fast")).toEqual({
      ...{ command: "demo", port: 0, recording: "f.jsonl", fast: true },
    });
  });

  it("reads a verification, whose token only comes from the environment", () => {
    expect(read("verify", { MILLRACE_URL: "http://not-this.test" })).toEqual({
      ...{ command: "verify", messages: 20, duration_s: 20, viewers: 3, json: false, keep: false },
    });
    const options = "--url https://b.test/ --model m --messages 5 --duration 9 --viewers 0 --seed 4 --json --keep";
    expect(read(`verify ${options}`, { MILLRACE_TOKEN: "t" })).toEqual({
      ...{ command: "verify", url: "https://b.test", token: "t", model: "m", messages: 5, duration_s: 9, viewers: 0 },
      ...{ seed: 4, json: true, keep: true },
    });
  });

  it.each([
    "verify now",
    "verify --messages 0",
    "verify --messages 1e3",
    "verify --viewers 21",
    "verify --url b.test",
    "verify --token t",
    "chatt",
    "chat --sesion s",
    "chat --url ftp://x",
    "chat --url 127.0.0.1:8000",
    "record --model m",
    "record hi",
    "demo --port 65536",
    "demo --port -1",
    "demo --fast",
    "demo now",
  ])("refuses `%s` and says why", (line) => {
    expect(() => read(line)).toThrow(UsageError);
  });

  it("helps", () => {
    for (const line of ["help", "--help", "chat --help", "record --help", "demo --help", "verify --help"]) {
      expect(read(line)).toEqual({ command: "help" });
    }
    expect(read("--version")).toEqual({ command: "version" });
  });
});
