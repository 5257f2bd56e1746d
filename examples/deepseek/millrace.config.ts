import { defineConfig } from "@millrace/gateway";

export default defineConfig({
  providers: {
    deepseek: { base_url: "https://api.deepseek.com/v1", api_key: { env: "DEEPSEEK_API_KEY" } },
  },
  models: [
    { id: "deepseek-chat", provider: "deepseek", context: 128_000 },
    { id: "deepseek-reasoner", provider: "deepseek", context: 128_000, thinking: { enabled: true } },
  ],
});
