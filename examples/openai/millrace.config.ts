import { defineConfig } from "@millrace/gateway";

export default defineConfig({
  providers: {
    openai: { base_url: "https://api.openai.com/v1", api_key: { env: "OPENAI_API_KEY" } },
  },
  models: [
    { id: "gpt-5-mini", provider: "openai", context: 272_000 },
    { id: "gpt-5", provider: "openai", context: 272_000, thinking: { enabled: true } },
  ],
});
