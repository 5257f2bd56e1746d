import type { RunOptions } from "@millrace/protocol";
import type { OutgoingMessage } from "./types.ts";

/** What a message may ask of its run; absent where the gateway decides. */
export interface MessageOptions {
  /** A UUID; made where absent. The same id sent again is the same message. */
  messageId?: string | undefined;
  /** The message that began a run and whose place this one takes, while no run is open: the rest becomes a branch. */
  replaces?: string | undefined;
  /** While a run is open: `queue` (the default) waits for its end, `steer` joins it at its next step. */
  mode?: "queue" | "steer" | undefined;
  /** Ids of files that were uploaded, see `upload`. The content may then be empty. */
  attachments?: readonly string[] | undefined;
  model?: string | undefined;
  agent?: string | undefined;
  maxSteps?: number | undefined;
  thinking?: RunOptions["thinking"];
  /** The only tools that the run may use. */
  includeTools?: string[] | undefined;
  excludeTools?: string[] | undefined;
  /** False: nobody answers questions, so what would ask is refused. */
  interactive?: boolean | undefined;
  limits?: RunOptions["limits"];
}

export interface StreamOptions extends MessageOptions {
  /** The conversation that the message goes on; a new one where absent. */
  sessionId?: string | undefined;
  /** Stops the run, or takes the message back where no run has it yet; the chunks go on until `cancelled`. */
  signal?: AbortSignal | undefined;
  /** Leaving the loop stops the run, and waits until the server knows; by default the run goes on. */
  stopOnLeave?: boolean | undefined;
}

/** The message as it goes onto the wire. */
export function outgoing(content: string, sessionId: string | undefined, options: MessageOptions): OutgoingMessage {
  const { messageId, mode, replaces, attachments } = options;
  const wanted = runOptions(options);
  return {
    content,
    ...(sessionId !== undefined && { session_id: sessionId }),
    ...(messageId !== undefined && { message_id: messageId }),
    ...(mode !== undefined && { mode }),
    ...(replaces !== undefined && { replaces }),
    ...(attachments !== undefined && { attachments }),
    ...(Object.keys(wanted).length > 0 && { options: wanted }),
  };
}

function runOptions(options: MessageOptions): RunOptions {
  const { model, agent, maxSteps, thinking, includeTools, excludeTools, interactive, limits } = options;
  return {
    ...(model !== undefined && { model }),
    ...(agent !== undefined && { agent }),
    ...(maxSteps !== undefined && { max_steps: maxSteps }),
    ...(thinking !== undefined && { thinking }),
    ...(includeTools !== undefined && { include_tools: includeTools }),
    ...(excludeTools !== undefined && { exclude_tools: excludeTools }),
    ...(interactive !== undefined && { interactive }),
    ...(limits !== undefined && { limits }),
  };
}
