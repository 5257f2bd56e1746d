import { DisconnectedError, MillraceClient, type Models } from "@millrace/client";
import type { ChatArguments } from "../arguments.ts";
import { CommandFailure } from "../failure.ts";

type Reached = Pick<ChatArguments, "url" | "token">;

/** A client of a gateway that answers. @throws CommandFailure where none does, or does not let us in */
export async function connect({ url, token }: Reached): Promise<{ client: MillraceClient; models: Models }> {
  if (globalThis.WebSocket === undefined) throw new CommandFailure("`millrace chat` needs Node 22 or newer");
  const client = new MillraceClient({ url, ...(token !== undefined && { token }) });
  try {
    return { client, models: await client.models() };
  } catch (cause) {
    throw new CommandFailure(whyNot(url, cause), { cause });
  }
}

function whyNot(url: string, error: unknown): string {
  if (!(error instanceof DisconnectedError)) return error instanceof Error ? error.message : String(error);
  const { status } = (error.cause ?? {}) as { status?: unknown };
  if (status === 401 || status === 403) return `the gateway at ${url} wants another token: set MILLRACE_TOKEN`;
  if (typeof status === "number") return `what answers at ${url} is no gateway (status ${status})`;
  return `no gateway answers at ${url}: start one with \`millrace\`, or name another with --url`;
}
