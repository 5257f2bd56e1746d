import { defineConfig } from "@millrace/gateway";

/** Models on this machine. Without any configuration a running Ollama is found too; this names models and says more. */
export default defineConfig({
  providers: {
    ollama: { base_url: "http://127.0.0.1:11434/v1", first_byte_ms: 300_000 },
  },
  models: [
    // As much context as Ollama was told to give the model: OLLAMA_CONTEXT_LENGTH, or num_ctx.
    { id: "qwen3:8b", provider: "ollama", context: 32_768 },
    { id: "gemma3:4b", provider: "ollama", context: 32_768, tool_mode: "react" },
  ],
});
