import { describe, expect, it } from "vitest";
import { DEFAULT_LIMITS } from "./limits.ts";
import { readSettings, SettingsError } from "./settings.ts";

const read = (env: Record<string, string> = {}) => readSettings(env, "/root");

describe("readSettings", () => {
  it("an empty environment is local mode on port 8000, without a model of its own", () => {
    expect(read()).toMatchObject({
      host: "127.0.0.1",
      port: 8000,
      data_dir: "/root/.millrace",
      model: null,
      log_level: "warn",
      limits: DEFAULT_LIMITS,
    });
    expect(read({ PORT: "", HOST: "  " })).toEqual(read());
  });

  it("folders count from the root unless they are absolute", () => {
    expect(read({ MILLRACE_DATA_DIR: "x/y" }).data_dir).toBe("/root/x/y");
    expect(read({ MILLRACE_DATA_DIR: "/x/y" }).data_dir).toBe("/x/y");
  });

  it("models: a comma-separated list, the first is the default; a key alone means OpenAI", () => {
    expect(read({ OPENAI_BASE_URL: "http://m:1/v1", MILLRACE_MODEL: " a , ,b" }).model).toEqual({
      base_url: "http://m:1/v1",
      api_key: null,
      models: ["a", "b"],
    });
    expect(read({ OPENAI_API_KEY: "k", MILLRACE_MODEL: "a" }).model?.base_url).toBe("https://api.openai.com/v1");
  });

  it("limits: a JSON object replaces some defaults", () => {
    expect(read({ MILLRACE_LIMITS: '{"heartbeat_ms":50}' }).limits).toEqual({ ...DEFAULT_LIMITS, heartbeat_ms: 50 });
  });

  it.each([
    { HOST: "0.0.0.0" },
    { HOST: "192.168.1.2" },
    { HOST: "example.com" },
    { PORT: "-1" },
    { PORT: "65536" },
    { PORT: "80.5" },
    { PORT: "x" },
    { LOG_LEVEL: "loud" },
    { OPENAI_BASE_URL: "localhost:8000", MILLRACE_MODEL: "a" },
    { OPENAI_BASE_URL: "http://x" },
    { MILLRACE_MODEL: "a" },
    { OPENAI_API_KEY: "k", MILLRACE_MODEL: " , " },
    { MILLRACE_LIMITS: "{" },
    { MILLRACE_LIMITS: "[]" },
    { MILLRACE_LIMITS: '{"heartbeat_ms":"1"}' },
    { MILLRACE_LIMITS: '{"heartbeat_ms":0}' },
    { MILLRACE_LIMITS: '{"nothing":1}' },
    { MILLRACE_HOSTS: "https://x" },
  ] as Record<string, string>[])("B89: %o is refused in one line", (env) => {
    expect(() => read(env)).toThrow(SettingsError);
    expect(() => read(env)).toThrow(/^[^\n]+$/);
  });
});
