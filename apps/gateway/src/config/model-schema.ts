import { z } from "zod";
import { type Environment, secretSchema } from "./secret.ts";

export const Url = z
  .url({ protocol: /^https?$/, error: "must be an http(s) address" })
  .refine((text) => URL.parse(text)?.username === "" && URL.parse(text)?.password === "", {
    error: "must hold no user name or password",
    when: ({ issues }) => issues.length === 0,
  });
export const Milliseconds = z.number().int().positive();
export const Name = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/, "must be a name of letters, digits, '_', '.' and '-', at most 64");

const ThinkingStyle = z.enum([
  "reasoning_effort",
  "enable_thinking",
  "chat_template_kwargs",
  "thinking",
  "think",
  "none",
]);

/** An endpoint. @param environment where its key may be named */
export function providerSchema(environment: Environment) {
  return z.strictObject({
    base_url: Url.describe(
      "Address of an OpenAI-compatible endpoint, up to and with `/v1`. The key goes nowhere else.",
    ),
    api_key: secretSchema(environment)
      .optional()
      .describe('The key, or `{ env: "NAME" }` for the variable that holds it. Without it no `Authorization` is sent.'),
    headers: z
      .record(z.string(), secretSchema(environment))
      .optional()
      .describe("Sent with every request to this endpoint, and to no other."),
    thinking_style: ThinkingStyle.optional().describe(
      "How this endpoint is told whether to think. Guessed from the address where it is not set.",
    ),
    send_reasoning: z
      .boolean()
      .optional()
      .describe(
        "Whether what a model thought before it called tools goes back to this endpoint, as `reasoning_content`. DeepSeek and Kimi refuse a conversation without it. Guessed from the address where it is not set.",
      ),
    first_byte_ms: Milliseconds.optional().describe("Longest wait for the first data of an answer: 60 s by default."),
    idle_ms: Milliseconds.optional().describe("Longest wait for more of it: 90 s by default."),
  });
}

const Thinking = z.strictObject({
  enabled: z.boolean(),
  budget: z.number().int().positive().optional().describe("Tokens."),
});

const Price = z.strictObject({
  input: z.number().nonnegative().describe("Per million tokens of requests."),
  output: z.number().nonnegative().describe("Per million tokens of answers, reasoning included."),
  cached: z
    .number()
    .nonnegative()
    .optional()
    .describe("Per million tokens of requests that the endpoint had cached: `input` by default."),
});

/** A model of one of the endpoints. */
export const Model = z.strictObject({
  id: z.string().min(1).max(200).describe("The name by which it is chosen here. Unique."),
  provider: z.string().describe("One of `providers`."),
  model: z.string().min(1).optional().describe("The endpoint's name of it: `id` by default."),
  context: z.number().int().min(1_000).default(128_000).describe("How many tokens it takes, its answer included."),
  price: Price.optional().describe("In a currency of your choice. Without it no cost is counted."),
  tool_mode: z
    .enum(["auto", "native", "react"])
    .default("auto")
    .describe(
      "How it calls tools: `native` function calling, `react` text, or native as long as the endpoint takes it.",
    ),
  thinking: Thinking.optional().describe("Whether it thinks before it answers, unless a message says otherwise."),
  images: z
    .boolean()
    .optional()
    .describe(
      "Whether it takes images that messages bring. Where it is not set, the names of some well-known models say so; of others it is `false`.",
    ),
});
