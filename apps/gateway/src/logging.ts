import type { Redact } from "@millrace/agent";
import pino, { type DestinationStream, type Logger } from "pino";

/** Log lines go to the error stream: the output stream holds the one line that says where the gateway listens. */
export function logger(level: string, redact: Redact, destination: DestinationStream = pino.destination(2)): Logger {
  const options = {
    level,
    base: null,
    serializers: { error: pino.stdSerializers.err },
    hooks: { streamWrite: redact },
  };
  return pino(options, destination);
}
