import { describe, expect, it } from "vitest";
import { readSettings } from "../settings.ts";
import { configSchema } from "./schema.ts";
import { secretsOf } from "./secrets.ts";

const environment = {
  OPENAI_BASE_URL: "http://127.0.0.1:1/v1?api-version=2026-01-01&api-key=canary-in-address",
  OPENAI_API_KEY: "canary-model",
  MILLRACE_MODEL: "m",
  MILLRACE_TOKEN: "canary-token",
  MILLRACE_READ_TOKEN: "canary-read-token",
  AWS_SECRET_ACCESS_KEY: "canary-of-another-program",
  SOME_KEY: "o",
  HOME: "canary-home",
};
const config = configSchema({}).parse({
  providers: {
    p: { base_url: "http://127.0.0.1:2/v1", api_key: "canary-provider", headers: { "X-Key": "Basic canary-header" } },
    local: { base_url: "http://127.0.0.1:3/v1", api_key: "ollama" },
  },
  mcp: {
    program: { command: "x", env: { TOKEN: "canary-mcp-env" } },
    address: {
      url: "http://127.0.0.1:4/mcp?token=canary-mcp-address",
      headers: { Authorization: "Bearer canary-mcp" },
    },
  },
  telemetry: { headers: { a: "canary-telemetry" } },
});

describe("secretsOf", () => {
  it("T24: finds every secret of the settings and the environment, and nothing that is none", () => {
    const settings = readSettings(environment, "/", { config, file: null });
    const found = new Set(secretsOf(settings, environment));
    for (const secret of [
      "canary-in-address",
      "canary-model",
      "canary-token",
      "canary-read-token",
      "canary-of-another-program",
      "canary-provider",
      "canary-header",
      "Basic canary-header",
      "canary-mcp-env",
      "canary-mcp-address",
      "canary-mcp",
      "canary-telemetry",
    ])
      expect([...found]).toContain(secret);
    for (const harmless of ["ollama", "2026-01-01", "canary-home", "o"]) expect([...found]).not.toContain(harmless);
  });

  it("T24: an address that holds a password stops the start, which does not repeat it", () => {
    for (const name of ["OPENAI_BASE_URL", "OTEL_EXPORTER_OTLP_ENDPOINT"]) {
      const wrong = { ...environment, [name]: "http://me:canary-password@127.0.0.1:1/v1" };
      expect(() => readSettings(wrong, "/")).toThrow(`${name} must hold no user name or password`);
      expect(() => readSettings(wrong, "/")).not.toThrow("canary-password");
    }
  });
});
