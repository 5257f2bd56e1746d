import { z } from "zod";

/** What a message may ask of the run that answers it. */
export const RunOptions = z.object({
  model: z.string().min(1).max(200).optional(),
  agent: z.string().min(1).max(100).optional(),
  max_steps: z.number().int().min(1).max(1000).optional(),
  thinking: z.object({ enabled: z.boolean(), budget: z.number().int().positive().optional() }).optional(),
  include_tools: z.array(z.string().max(200)).max(200).optional(),
  exclude_tools: z.array(z.string().max(200)).max(200).optional(),
  /** False: nobody will answer, so that what would ask is refused. True by default, but for the routes of `/agent/run`. */
  interactive: z.boolean().optional(),
  /** The run is broken off, or goes on when a person agrees, before the model call that would find one of them passed. */
  limits: z
    .object({
      /** Tokens of all model calls of the run. */
      token_limit: z.number().int().positive().optional(),
      /** In the currency of the models' prices. */
      cost_limit: z.number().positive().optional(),
      /** Seconds. */
      time_limit: z.number().positive().optional(),
    })
    .optional(),
});
export type RunOptions = z.infer<typeof RunOptions>;

export const DEFAULT_MAX_STEPS = 50;
