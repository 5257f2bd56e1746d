import { expect, it } from "vitest";
import type { Agents } from "../models/agents.ts";
import type { Settings } from "../settings.ts";
import { aboutGateway } from "./about.ts";

const models = {
  list: [
    { id: "large", provider: "env" },
    { id: "small", provider: "hosted" },
    { id: "tiny", provider: "hosted" },
  ],
};
const settings = {
  auth: null,
  config_file: "/etc/millrace.config.json",
  config: { providers: { hosted: { base_url: "https://models.example/v1", api_key: "sk-hidden" } } },
  model: { base_url: "http://127.0.0.1:9/v1", api_key: "sk-hidden", models: ["large"] },
} as unknown as Settings;

it("tells the owner of the machine where the models are, and never a key", () => {
  const about = aboutGateway(settings, { models } as unknown as Agents)();
  expect(about).toEqual({
    local: true,
    config_file: "/etc/millrace.config.json",
    providers: [
      { name: "env", host: "127.0.0.1:9", models: ["large"] },
      { name: "hosted", host: "models.example", models: ["small", "tiny"] },
    ],
  });
  expect(JSON.stringify(about)).not.toContain("sk-hidden");
});

it("tells people who sign in neither address nor path", () => {
  const about = aboutGateway({ ...settings, auth: {} as Settings["auth"] & object }, { models } as unknown as Agents)();
  expect(about).toMatchObject({ local: false, config_file: null, providers: [{ name: "env" }, { name: "hosted" }] });
  expect(JSON.stringify(about)).not.toMatch(/example|127\.0\.0\.1|etc/);
});
