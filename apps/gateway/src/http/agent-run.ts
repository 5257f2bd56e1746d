import {
  AttachmentIds,
  addUsage,
  type Event,
  isTerminal,
  MessageContent,
  MessageId,
  NO_USAGE,
  RunOptions,
  SAYS_NOTHING,
  saysSomething,
  type Usage,
} from "@millrace/protocol";
import { type Response, Router } from "express";
import { z } from "zod";
import { newMessageId } from "../commands.ts";
import type { Session } from "../session/session.ts";
import { principalOf } from "./authenticated.ts";
import { jsonBody, parse } from "./body.ts";
import { methodNotAllowed, sendError } from "./errors.ts";
import { holdStream } from "./open-answer.ts";
import { RunWatch } from "./run-watch.ts";
import { type SeedEvent, seedEvent } from "./seed-events.ts";
import type { DoorContext } from "./sessions.ts";
import { SseStream } from "./sse.ts";

const RunRequest = RunOptions.extend({
  message: MessageContent,
  session_id: z.string().optional(),
  replaces: MessageId.optional(),
  attachments: AttachmentIds.optional(),
}).refine(({ message, attachments }) => saysSomething({ content: message, attachments }), {
  ...SAYS_NOTHING,
  path: ["message"],
});

/** `/api/v1/agent/run` and `/run/stream`: one message in, one run out, for callers that keep no session. */
export function agentRoutes(context: DoorContext): Router {
  const { limits } = context;
  const router = Router({ caseSensitive: true });
  const body = jsonBody(limits);

  router.post("/run", ...body, async (request, response) => {
    const { session, watch } = await begin(context, response, parse(RunRequest, request.body));
    if (response.destroyed) return watch.abandon();
    const summary = new RunSummary(session);
    response.on("close", () => watch.abandon());
    watch.start({
      writable: () => true,
      event: (event) => summary.add(event),
      end: (reason) => summary.answer(response, reason),
    });
  });

  router.post("/run/stream", ...body, async (request, response) => {
    const { session, watch } = await begin(context, response, parse(RunRequest, request.body));
    if (response.destroyed) return watch.abandon();
    const sse = new SseStream(response, { comment_ms: limits.heartbeat_ms, stall_ms: limits.outgoing_ms });
    sse.onClose(() => watch.abandon());
    sse.onDrain(() => watch.wake());
    watch.start({
      writable: () => sse.writable,
      event: (event) => sse.data(JSON.stringify(seedEvent(event, session.session_id))),
      end: (reason) => {
        if (reason === "gone") sse.data(JSON.stringify(letGo(session.session_id)));
        sse.end();
      },
    });
  });
  router.all(["/run", "/run/stream"], methodNotAllowed("POST"));
  return router;
}

async function begin(
  { commands, shares }: DoorContext,
  response: Response,
  { message, session_id, replaces, attachments, ...options }: z.infer<typeof RunRequest>,
): Promise<{ session: Session; watch: RunWatch }> {
  const principal = principalOf(response);
  holdStream(response, shares);
  const message_id = newMessageId();
  // Who waits for the end of a request is rarely somebody who answers questions meanwhile.
  const asked = { ...options, interactive: options.interactive ?? false };
  const command = {
    message_id,
    content: message,
    mode: "queue",
    session_id,
    options: asked,
    replaces,
    attachments,
  } as const;
  const { session, accepted } = await commands.send(principal, command);
  return { session, watch: new RunWatch(session, message_id, accepted.seq ?? 0, session_id === undefined) };
}

/** Reasons of a run that came as far as it may: nothing failed. */
const BROKEN_OFF: ReadonlySet<string> = new Set(["max_steps_reached", "circuit_breaker"]);

const LET_GO = "The server let go of the run; read the session to see how it ends.";

/** The last word of a stream whose run will not be followed to its end. */
function letGo(session_id: string): SeedEvent {
  return { type: "error", data: { message: LET_GO, reason: "interrupted", code: "interrupted", session_id } };
}

/** What a finished run adds up to. */
class RunSummary {
  readonly #session: Session;
  #calls: { tool_call_id: string; tool: string; arguments: unknown; success?: boolean }[] = [];
  #usage: Usage = NO_USAGE;
  #steps = 0;
  #last: Event | null = null;

  constructor(session: Session) {
    this.#session = session;
  }

  add(event: Event): void {
    this.#last = event;
    if (event.type === "step") this.#steps = event.step;
    if ("usage" in event && event.usage && !isTerminal(event)) this.#usage = addUsage(this.#usage, event.usage);
    if (event.type === "tool_call") {
      const { tool_call_id, tool_name, args } = event;
      this.#calls.push({ tool_call_id, tool: tool_name, arguments: args });
    }
    if (event.type === "tool_result") {
      const call = this.#calls.find((candidate) => candidate.tool_call_id === event.tool_call_id);
      if (call !== undefined) call.success = event.success;
    }
  }

  answer(response: Parameters<typeof sendError>[0], reason: "ended" | "gone"): void {
    if (response.destroyed) return;
    const event = this.#last;
    if (reason === "gone" || event === null || !isTerminal(event)) {
      return sendError(response, 503, "interrupted", LET_GO);
    }
    const { session_id } = this.#session;
    const common = {
      session_id,
      run_id: event.run_id,
      steps: this.#steps,
      usage: this.#usage,
      tool_calls: this.#calls,
    };
    if (event.type === "error") {
      const { code, message, reason: why, retryable } = event;
      const status = BROKEN_OFF.has(why) ? 200 : why === "model_error" ? 502 : 500;
      response.status(status).json({ ...common, message: "", reason: why, error: { code, message, retryable } });
      return;
    }
    const outcome = event.type === "done" ? event.reason : "cancelled";
    response.json({ ...common, message: event.content, reason: outcome, usage: event.usage });
  }
}
