import { z } from "zod";

/** What a message may ask of the run that answers it. */
export const RunOptions = z.object({
  model: z.string().min(1).max(200).optional(),
  agent: z.string().min(1).max(100).optional(),
  max_steps: z.number().int().min(1).max(1000).optional(),
  thinking: z.object({ enabled: z.boolean(), budget: z.number().int().positive().optional() }).optional(),
  include_tools: z.array(z.string().max(200)).max(200).optional(),
  exclude_tools: z.array(z.string().max(200)).max(200).optional(),
  limits: z
    .object({
      token_limit: z.number().int().positive().optional(),
      cost_limit: z.number().positive().optional(),
      /** Seconds. */
      time_limit: z.number().positive().optional(),
    })
    .optional(),
});
export type RunOptions = z.infer<typeof RunOptions>;

export const DEFAULT_MAX_STEPS = 50;
