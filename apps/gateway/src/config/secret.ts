import { z } from "zod";

/** Variables by name, where `{env: "NAME"}` finds its text. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A text that is not for everybody's eyes: as it is, or the name of the variable that holds it. */
export function secretSchema(environment: Environment): z.ZodType<string, string | { env: string }> {
  return z
    .union([z.string().min(1), z.strictObject({ env: z.string().min(1) })], {
      error: 'must be a text or { env: "NAME" }',
    })
    .transform((secret, context) => {
      if (typeof secret === "string") return secret;
      const text = environment[secret.env]?.trim();
      if (text) return text;
      context.addIssue({ code: "custom", message: `the environment variable ${secret.env} is not set` });
      return z.NEVER;
    });
}
