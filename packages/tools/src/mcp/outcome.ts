import { ToolOutcomeUnknown } from "@millrace/agent";
import { ProtocolError, SdkError, SdkErrorCode, SdkHttpError } from "@modelcontextprotocol/client";
import { cleanText } from "./clean-text.ts";
import { ANSWER_LOST } from "./http-transport.ts";

/** UTF-16 code units of a server's error. */
const ERROR_LENGTH = 4_000;

/** Codes of failures before anything was sent. */
const UNSENT: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
]);

const MAYBE = "It may have done all, part or none of its work: verify the current state before you repeat the call.";

/**
 * What a failed call is told as. The outcome is unknown where the call reached a server that did not answer it, but a
 * local program that ends has failed: it is known to be gone.
 *
 * @param reason why the connection ended, where it did
 */
export function callError(
  error: unknown,
  server: { readonly name: string; readonly kind: "command" | "url"; readonly reason: string | null },
): Error {
  const { name, kind, reason } = server;
  if (error instanceof ProtocolError) {
    if (error.data === ANSWER_LOST) return unknown(lost(name, reason), error);
    return failed(cleanText(error.message, ERROR_LENGTH) || `${name} refused the call.`, error);
  }
  if (error instanceof SdkHttpError) {
    const words = `${name} answered with HTTP ${error.status}.`;
    return (error.status ?? 0) >= 500 ? unknown(words, error) : failed(words, error);
  }
  if (error instanceof SdkError) {
    switch (error.code) {
      case SdkErrorCode.RequestTimeout:
        return unknown(`${name} did not answer in time.`, error);
      case SdkErrorCode.ConnectionClosed:
        if (kind === "url") return unknown(lost(name, reason), error);
        return failed(`${name} ${reason ?? "ended"} while it ran the call. ${MAYBE}`, error);
      case SdkErrorCode.NotConnected:
      case SdkErrorCode.SendFailed:
        return failed(`${name} is not running: nothing was done.`, error);
      default:
        return failed(`${name} gave an answer that cannot be read. ${MAYBE}`, error);
    }
  }
  const code = systemCode(error);
  if (code !== null && UNSENT.has(code)) return failed(`${name} cannot be reached (${code}): nothing was done.`, error);
  if (kind === "url") return unknown(lost(name, reason), error);
  return failed(`The call to ${name} failed (${code ?? "error"}). ${MAYBE}`, error);
}

/** Why a server could not be started or asked for its tools, in words that follow its name. */
export function startProblem(error: unknown): string {
  const code = systemCode(error);
  if (code !== null) return `cannot be reached (${code})`;
  if (error instanceof SdkHttpError) return `answered with HTTP ${error.status}`;
  if (error instanceof ProtocolError) return `answered: ${cleanText(error.message, 300)}`;
  if (error instanceof SdkError) {
    if (error.code === SdkErrorCode.RequestTimeout) return "did not answer in time";
    if (error.code === SdkErrorCode.ConnectionClosed) return "ended before it was ready";
  }
  return `does not speak MCP as expected (${cleanText(error instanceof Error ? error.message : String(error), 300)})`;
}

const lost = (name: string, reason: string | null): string =>
  reason === null ? `The connection to ${name} broke before it answered.` : `${name} ${reason}.`;

const failed = (message: string, cause: unknown): Error => new Error(message, { cause });

const unknown = (message: string, cause: unknown): Error => new ToolOutcomeUnknown(`${message} ${MAYBE}`, { cause });

/** The code of the system or of the HTTP client somewhere in the causes of an error. */
function systemCode(error: unknown): string | null {
  let held = error;
  for (let depth = 0; depth < 8 && held instanceof Error; depth += 1) {
    const { code } = held as NodeJS.ErrnoException;
    if (typeof code === "string" && /^(?:E[A-Z]+|EAI_[A-Z]+|UND_ERR_[A-Z_]+)$/.test(code)) return code;
    held = held.cause;
  }
  return null;
}
