import type { Redact } from "@millrace/agent";
import {
  AttachmentIds,
  MessageContent,
  MessageId,
  MessageMode,
  REACHES_FOR_PROTOTYPE,
  Respond,
  RunOptions,
  reachesForPrototype,
  SAYS_NOTHING,
  saysSomething,
  Title,
} from "@millrace/protocol";
import { isPageCursor, type LogStore } from "@millrace/store";
import { Router } from "express";
import { z } from "zod";
import type { Shares } from "../auth/shares.ts";
import type { Commands } from "../commands.ts";
import type { Limits } from "../limits.ts";
import { Rejection } from "../rejection.ts";
import type { PermissionStore } from "../session/permission-store.ts";
import type { Sessions } from "../session/sessions.ts";
import { principalOf } from "./authenticated.ts";
import { jsonBody, parameter, parse } from "./body.ts";
import { methodNotAllowed } from "./errors.ts";
import { eventsRoute } from "./events.ts";
import { exportRoute } from "./export.ts";
import { importRoute } from "./import.ts";

export interface DoorContext {
  readonly commands: Commands;
  readonly sessions: Sessions;
  readonly permissions: PermissionStore;
  readonly store: LogStore;
  readonly limits: Limits;
  readonly shares: Shares;
  readonly redact: Redact;
  /** Makes ids of runs. */
  readonly ids: () => string;
}

const ListQuery = z.strictObject({
  q: z.string().min(1).max(200).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(64).refine(isPageCursor, "must be the next_cursor of a page").optional(),
});
const NewSession = z.object({ title: Title.optional() });
const SessionChange = z.object({ title: Title.optional(), model: z.string().min(1).max(200).optional() });
const NewMessage = z
  .object({
    message_id: MessageId,
    content: MessageContent,
    mode: MessageMode.default("queue"),
    options: RunOptions.optional(),
    replaces: MessageId.optional(),
    attachments: AttachmentIds.optional(),
  })
  .refine(saysSomething, SAYS_NOTHING);
const StopBody = z.object({ run_id: z.string() });
const BranchBody = z.object({ message_id: MessageId });
/** `comment` may stand beside the answer, or in it. */
const AnswerBody = Respond.pick({ answer: true, args_digest: true, remember: true }).extend({
  comment: z.string().optional(),
});

/** `/api/v1/sessions`: the commands and the log over HTTP. */
export function sessionRoutes(context: DoorContext): Router {
  const { commands, sessions, limits } = context;
  const router = Router({ caseSensitive: true });
  const body = jsonBody(limits);

  router.get("/", async (request, response) => {
    const { q, limit, cursor } = parse(ListQuery, request.query);
    const query = { limit, ...(q === undefined ? {} : { q }), ...(cursor === undefined ? {} : { cursor }) };
    response.json(await sessions.list(principalOf(response).user_id, query));
  });
  router.post("/", ...body, async (request, response) => {
    const { title } = parse(NewSession, request.body);
    const session = await commands.create(principalOf(response), title);
    response.status(201).json(session.summary);
  });
  router.post("/import", importRoute(context));
  router.get("/:id", async (request, response) => {
    const session = await sessions.get(principalOf(response), "read", parameter(request, "id"));
    response.json({ ...session.summary, epoch: session.epoch });
  });
  router.patch("/:id", ...body, async (request, response) => {
    const { title, model } = parse(SessionChange, request.body);
    const change = { ...(title === undefined ? {} : { title }), ...(model === undefined ? {} : { model }) };
    await commands.update(principalOf(response), parameter(request, "id"), change);
    response.json((await sessions.get(principalOf(response), "read", parameter(request, "id"))).summary);
  });
  router.delete("/:id", async (request, response) => {
    await commands.remove(principalOf(response), parameter(request, "id"));
    response.status(204).end();
  });
  router.get("/:id/events", eventsRoute(context));
  router.get("/:id/export", exportRoute(context));
  router.post("/:id/messages", ...body, async (request, response) => {
    const message_id = request.body?.message_id ?? request.get("Idempotency-Key");
    const message = parse(NewMessage, { ...request.body, message_id });
    const session_id = parameter(request, "id");
    const { accepted } = await commands.send(principalOf(response), { session_id, ...message });
    response.status(accepted.duplicate ? 200 : 202).json(accepted);
  });
  router.delete("/:id/messages/:message_id", async (request, response) => {
    const id = parse(MessageId, parameter(request, "message_id"));
    response.json(await commands.unsend(principalOf(response), parameter(request, "id"), id));
  });
  router.post("/:id/branch", ...body, async (request, response) => {
    const { message_id } = parse(BranchBody, request.body);
    response.json(await commands.selectBranch(principalOf(response), parameter(request, "id"), message_id));
  });
  router.post("/:id/stop", ...body, async (request, response) => {
    const { run_id } = parse(StopBody, request.body);
    response.json(await commands.stop(principalOf(response), parameter(request, "id"), run_id));
  });
  router.post("/:id/interactions/:request_id", ...body, async (request, response) => {
    if (reachesForPrototype(request.body?.answer)) throw new Rejection("bad_request", REACHES_FOR_PROTOTYPE);
    const { answer, comment, ...bound } = parse(AnswerBody, request.body);
    const commented = typeof answer === "string" && comment !== undefined ? { answer, comment } : answer;
    const ids = [parameter(request, "id"), parameter(request, "request_id")] as const;
    response.json(await commands.respond(principalOf(response), ...ids, { answer: commented, ...bound }));
  });
  router.all("/", methodNotAllowed("GET", "HEAD", "POST"));
  router.all("/:id", methodNotAllowed("GET", "HEAD", "PATCH", "DELETE"));
  router.all(["/:id/events", "/:id/export"], methodNotAllowed("GET", "HEAD"));
  router.all(["/:id/messages", "/:id/branch", "/:id/stop"], methodNotAllowed("POST"));
  router.all("/:id/messages/:message_id", methodNotAllowed("DELETE"));
  router.all("/:id/interactions/:request_id", methodNotAllowed("POST"));
  return router;
}
