import { existsSync } from "node:fs";
import { join } from "node:path";
import express, { type Express, type RequestHandler } from "express";
import helmet from "helmet";
import type { Logger } from "pino";
import { addressOf } from "../auth/address.ts";
import type { Auth } from "../auth/auth.ts";
import type { DoorMeter } from "../metrics/meters.ts";
import type { Agents } from "../models/agents.ts";
import { modelInfo } from "../models/models.ts";
import type { StorageHealth } from "../storage/storage-health.ts";
import { storageNotice, takesWork } from "../storage/storage-notice.ts";
import type { About } from "./about.ts";
import { agentRoutes } from "./agent-run.ts";
import { type AttachmentContext, attachmentRoutes } from "./attachments.ts";
import { auditDenials, authenticated } from "./authenticated.ts";
import { diagramHeaders } from "./diagram-page.ts";
import { type EndpointContext, endpointRoutes } from "./endpoints.ts";
import { errorHandler, methodNotAllowed, notFound, sendError } from "./errors.ts";
import type { Guard } from "./guard.ts";
import { type MetricsContext, metricsRoute } from "./metrics.ts";
import { permissionRoutes } from "./permissions.ts";
import { type DoorContext, sessionRoutes } from "./sessions.ts";
import { signInRoutes } from "./sign-in.ts";

export interface AppContext extends DoorContext, Pick<AttachmentContext, "attachments" | "now">, EndpointContext {
  readonly guard: Guard;
  readonly auth: Auth;
  readonly agents: Agents;
  readonly about: () => About;
  readonly web_dir: string;
  /** False before the boot's recovery is done and while the process drains. */
  readonly ready: () => boolean;
  readonly storage: Pick<StorageHealth, "state">;
  readonly metrics: MetricsContext["metrics"] & DoorMeter;
  readonly scene: MetricsContext["scene"];
  readonly log: Logger;
}

/** The HTTP door: everything but the WebSocket. */
export function createApp(context: AppContext): Express {
  const { guard, auth, agents, ready, log } = context;
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.enable("case sensitive routing");
  app.use(headers());
  app.use(guarded(guard, auth));
  app.use(knownMethods, exactPaths);
  app.get("/healthz", (_request, response) => void response.json({ status: "ok" }));
  app.get("/readyz", (_request, response) => {
    if (!ready()) return sendError(response, 503, "not_ready", "Starting or shutting down.");
    const { state } = context.storage;
    if (takesWork(state)) return void response.json({ status: "ready" });
    const { code, message } = storageNotice(state);
    sendError(response, 503, code, message);
  });
  app.get("/metrics", authenticated(auth, context.shares), metricsRoute(context));
  app.use(signInRoutes(auth, context.limits));
  app.use("/api", authenticated(auth, context.shares), (_request, response, next) => {
    response.set("Cache-Control", "no-store");
    next();
  });
  app.get("/api/v1/models", (_request, response) => {
    response.json({ models: agents.models.list.map(modelInfo), default: agents.models.default });
  });
  app.get("/api/v1/agents", (_request, response) => void response.json(agents.list));
  app.get("/api/v1/tools", (_request, response) => {
    const tools = agents.tools.map(({ name, description }) => ({ name, description }));
    const servers = agents.servers.map(({ reason, ...server }) => ({
      ...server,
      ...(reason === undefined ? {} : { reason: context.redact(reason) }),
    }));
    response.json({ tools, servers });
  });
  app.get("/api/v1/about", (_request, response) => void response.json(context.about()));
  app.use("/api/v1/agent", agentRoutes(context));
  app.use("/api/v1/sessions", sessionRoutes(context));
  app.use("/api/v1/permissions", permissionRoutes(context));
  app.use("/api/v1/attachments", attachmentRoutes(context));
  app.use("/api/v1/endpoints", endpointRoutes(context));
  app.all(
    ["/healthz", "/readyz", "/metrics", "/api/v1/models", "/api/v1/agents", "/api/v1/tools", "/api/v1/about"],
    methodNotAllowed("GET", "HEAD"),
  );
  app.use("/api", notFound);
  app.use(webApp(context.web_dir));
  app.use(notFound);
  app.use(auditDenials(auth.audit), errorHandler(log, context.metrics));
  return app;
}

function guarded(guard: Guard, { audit }: Auth): RequestHandler {
  return (request, response, next) => {
    const refusal = guard.check(request);
    if (refusal === null) return next();
    audit.refused({ address: addressOf(request) }, refusal.code);
    sendError(response, refusal.status, refusal.code, refusal.message);
  };
}

const METHODS = ["GET", "HEAD", "POST", "PATCH", "DELETE"];

const knownMethods: RequestHandler = (request, response, next) =>
  METHODS.includes(request.method) ? next() : methodNotAllowed(...METHODS)(request, response, next);

/** One address for each thing: to a router, a slash at the end makes no other one. */
const exactPaths: RequestHandler = (request, response, next) =>
  request.path.length > 1 && request.path.endsWith("/") ? notFound(request, response, next) : next();

function headers(): RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:", "blob:"],
        "connect-src": ["'self'"],
        "style-src": ["'self'", "'unsafe-inline'"],
        "form-action": ["'none'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        "frame-src": ["'self'"],
        "object-src": ["'none'"],
        "require-trusted-types-for": ["'script'"],
        // The one that names the highlighter's worker.
        "trusted-types": ["highlight"],
      },
    },
    strictTransportSecurity: false,
    referrerPolicy: { policy: "no-referrer" },
  });
}

/** The built UI: its files, and its page for every address that the UI routes by itself. */
function webApp(folder: string): RequestHandler[] {
  const page = join(folder, "index.html");
  const forDiagrams = diagramHeaders(folder);
  const files = express.static(folder, {
    index: false,
    redirect: false,
    immutable: true,
    maxAge: "1y",
    dotfiles: "ignore",
    // Only the names in `assets` change with their content.
    setHeaders: (response, path) => {
      if (!path.startsWith(join(folder, "assets"))) response.setHeader("Cache-Control", "no-cache");
      forDiagrams(response, path);
    },
  });
  return [
    files,
    (request, response, next) => {
      if (request.method !== "GET" && request.method !== "HEAD") return next();
      if (!/^\/(?:|replay|s\/[a-z0-9_-]{1,64})$/.test(request.path)) return next();
      if (!existsSync(page))
        return sendError(response, 503, "ui_not_built", "The interface is not built: run npm start.");
      response.set("Cache-Control", "no-cache").sendFile(page);
    },
  ];
}
