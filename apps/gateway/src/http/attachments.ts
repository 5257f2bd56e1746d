import { isImageType } from "@millrace/protocol";
import { type Request, type RequestHandler, Router } from "express";
import type { Attachments } from "../attachments/attachments.ts";
import { declared, fileName } from "../attachments/media.ts";
import { authorize } from "../auth/authorize.ts";
import { WindowCounter } from "../auth/window-counter.ts";
import type { Limits } from "../limits.ts";
import { Rejection } from "../rejection.ts";
import { principalOf } from "./authenticated.ts";
import { parameter } from "./body.ts";
import { HttpError, methodNotAllowed } from "./errors.ts";

export interface AttachmentContext {
  readonly attachments: Attachments;
  readonly limits: Pick<Limits, "attachment_image_bytes" | "commands_per_minute">;
  readonly now: () => number;
}

/** Uploads at a time, of everybody. */
const AT_A_TIME = 16;

/** `/api/v1/attachments`: files for messages. */
export function attachmentRoutes(context: AttachmentContext): Router {
  const { attachments } = context;
  const router = Router({ caseSensitive: true });
  router.post("/", uploadRoute(context));
  router.get("/:id", async (request, response) => {
    const principal = principalOf(response);
    const attachment_id = parameter(request, "id");
    const record = await attachments.get(attachment_id);
    if (record === null) throw new Rejection("not_found", "No such attachment.");
    authorize(principal, "read", record, "attachment");
    const { name, media_type, size } = record;
    const image = isImageType(media_type);
    response.set({
      "Content-Type": image ? media_type : "text/plain; charset=utf-8",
      "Content-Length": String(size),
      "Content-Disposition": disposition(image ? "inline" : "attachment", name),
      "Content-Security-Policy": "sandbox; default-src 'none'",
      "X-Content-Type-Options": "nosniff",
      // The bytes of an id never change, and whoever signs in next on this machine is not to find them.
      "Cache-Control": "private, max-age=3600",
      Vary: "Authorization, Cookie",
    });
    if (request.method === "HEAD") return void response.end();
    const stream = attachments.stream(record);
    stream.once("error", () => {
      if (response.headersSent) return void response.destroy();
      response.removeHeader("Content-Length");
      response.removeHeader("Content-Disposition");
      response.status(404).json({ error: { code: "not_found", message: "The file is not there any more." } });
    });
    response.once("close", () => stream.destroy());
    stream.pipe(response);
  });
  router.all("/", methodNotAllowed("POST"));
  router.all("/:id", methodNotAllowed("GET", "HEAD"));
  return router;
}

function uploadRoute({ attachments, limits, now }: AttachmentContext): RequestHandler {
  const uploads = new WindowCounter(limits.commands_per_minute, 60_000, now);
  let open = 0;
  return async (request, response) => {
    const { user_id } = principalOf(response);
    const wait = uploads.wait(user_id);
    if (wait > 0) throw new Rejection("rate_limited", "Too many uploads.", { retry_after_ms: wait });
    if (open >= AT_A_TIME)
      throw new Rejection("rate_limited", "Too many uploads at a time.", { retry_after_ms: 1_000 });
    uploads.add(user_id);
    open += 1;
    try {
      const { media_type, kind } = typeOf(request);
      const name = fileName(request.get("X-File-Name"), kind);
      if (name === null)
        throw new HttpError(400, "bad_request", "X-File-Name must be a file's name, percent-encoded as UTF-8.");
      if (Number(request.get("Content-Length") ?? 0) > limits.attachment_image_bytes)
        throw new HttpError(413, "too_large", `The file is larger than ${limits.attachment_image_bytes} bytes.`);
      // The body outlives a refusal: the answer goes out on the same connection.
      const body = request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
      response.status(201).json(await attachments.add({ user_id, name, media_type, kind, body }));
    } finally {
      open -= 1;
      // The answer is read only by who was listened to.
      request.resume();
    }
  };
}

function typeOf(request: Request): NonNullable<ReturnType<typeof declared>> {
  const type = request.get("Content-Encoding") === undefined ? declared(request.get("Content-Type")) : null;
  if (type !== null) return type;
  throw new HttpError(
    415,
    "unsupported_media_type",
    "Send a PNG, JPEG, GIF or WebP image, or text in UTF-8, as it is.",
  );
}

function disposition(how: "inline" | "attachment", name: string): string {
  const ascii = name.replace(/[^\w.() -]/g, "_");
  const encoded = encodeURIComponent(name).replace(/['()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`);
  return `${how}; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}
