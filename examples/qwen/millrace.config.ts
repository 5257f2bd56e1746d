import { defineConfig } from "@millrace/gateway";

/** Qwen on DashScope. Outside of China: https://dashscope-intl.aliyuncs.com/compatible-mode/v1 */
export default defineConfig({
  providers: {
    dashscope: {
      base_url: "https://dashscope.aliyuncs.com/compatible-mode/v1",
      api_key: { env: "DASHSCOPE_API_KEY" },
      thinking_style: "enable_thinking",
    },
  },
  models: [
    { id: "qwen-plus", provider: "dashscope", context: 131_072, thinking: { enabled: false } },
    {
      id: "qwen-plus-thinking",
      provider: "dashscope",
      model: "qwen-plus",
      context: 131_072,
      thinking: { enabled: true, budget: 8_000 },
    },
  ],
});
