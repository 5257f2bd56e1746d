import { describe, expect, it } from "vitest";
import { configSchema, type MillraceConfig } from "./config/schema.ts";
import { DEFAULT_LIMITS } from "./limits.ts";
import { readSettings } from "./settings.ts";
import { SettingsError } from "./settings-error.ts";

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

  describe("with a configuration file", () => {
    const written: MillraceConfig = {
      providers: { p: { base_url: "http://p/v1" } },
      models: [
        { id: "a", provider: "p" },
        { id: "b", provider: "p" },
      ],
      workspace: "/file",
      interaction_timeout_s: 1.5,
      telemetry: { otlp_endpoint: "http://file:4318", service_name: "file" },
    };
    const both = (env: Record<string, string> = {}, over: MillraceConfig = {}) =>
      readSettings(env, "/root", { config: configSchema({}).parse({ ...written, ...over }), file: "/root/f.ts" });

    it("it holds where the environment says nothing", () => {
      const settings = both();
      expect(settings).toMatchObject({ workspace: "/file", model: null, config_file: "/root/f.ts" });
      expect(settings.limits.interaction_ms).toBe(1_500);
      expect(settings.config).toMatchObject({ log_files: true, telemetry: written.telemetry });
    });

    it("the environment comes before it", () => {
      const env = {
        MILLRACE_WORKSPACE: "env",
        MILLRACE_LOG_FILES: "false",
        OTEL_EXPORTER_OTLP_ENDPOINT: "http://env:4318",
        OTEL_SERVICE_NAME: "env",
        MILLRACE_LIMITS: '{"interaction_ms":7}',
      };
      expect(both(env)).toMatchObject({
        workspace: "/root/env",
        limits: { interaction_ms: 7 },
        config: { log_files: false, telemetry: { otlp_endpoint: "http://env:4318", service_name: "env" } },
      });
    });

    it("a key in the environment alone is no endpoint, MILLRACE_MODEL alone is a choice among its models", () => {
      expect(both({ OPENAI_API_KEY: "k" }).model).toBe(null);
      expect(both({ OPENAI_API_KEY: "k", MILLRACE_MODEL: "b" })).toMatchObject({
        model: null,
        config: { default_model: "b" },
      });
      expect(both({ MILLRACE_MODEL: "b" }, { default_model: "a" }).config?.default_model).toBe("b");
      expect(both({}, { default_model: "b" }).config?.default_model).toBe("b");
      expect(both({ OPENAI_API_KEY: "k", MILLRACE_MODEL: "c" })).toMatchObject({
        model: { base_url: "https://api.openai.com/v1", models: ["c"] },
        config: { default_model: "c" },
      });
      expect(both({ OPENAI_BASE_URL: "http://e/v1", MILLRACE_MODEL: "b" }).model).toMatchObject({ models: ["b"] });
      expect(() => both({ MILLRACE_MODEL: "c" })).toThrow(SettingsError);
    });
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
    { MILLRACE_LOG_FILES: "yes" },
    { OTEL_EXPORTER_OTLP_ENDPOINT: "collector:4318" },
  ] as Record<string, string>[])("B89: %o is refused in one line", (env) => {
    expect(() => read(env)).toThrow(SettingsError);
    expect(() => read(env)).toThrow(/^[^\n]+$/);
  });
});
