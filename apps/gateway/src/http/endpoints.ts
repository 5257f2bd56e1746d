import { type RequestHandler, type Response, Router } from "express";
import { z } from "zod";
import type { Limits } from "../limits.ts";
import { EndpointKey, EndpointModels, EndpointName, EndpointUrl } from "../models/endpoint-file.ts";
import { EndpointError, type EndpointProblem, type Endpoints } from "../models/endpoints.ts";
import { principalOf } from "./authenticated.ts";
import { jsonBody, parameter, parse } from "./body.ts";
import { HttpError, methodNotAllowed } from "./errors.ts";

export interface EndpointContext {
  readonly endpoints: Endpoints;
  readonly limits: Limits;
}

/** Without `api_key` the kept one stays; null takes it away. */
const api_key = EndpointKey.nullable().optional();
const NewEndpoint = z.strictObject({ name: EndpointName, base_url: EndpointUrl, api_key, models: EndpointModels });
const EndpointChange = z
  .strictObject({ base_url: EndpointUrl.optional(), api_key, models: EndpointModels.optional() })
  .refine((change) => Object.keys(change).length > 0, "There is nothing to change.");
const EndpointTest = z.strictObject({ name: EndpointName.optional(), base_url: EndpointUrl, api_key });

const STATUSES: Readonly<Record<EndpointProblem, number>> = {
  missing: 404,
  name_taken: 409,
  model_taken: 409,
  in_use: 409,
  key_again: 409,
  too_many: 409,
  unwritten: 503,
};
/** Where a problem has a name on the wire already. */
const CODES: Readonly<Partial<Record<EndpointProblem, string>>> = {
  missing: "not_found",
  unwritten: "storage_unavailable",
};

/** `/api/v1/endpoints`: where models come from, for the person whose machine this is. No answer holds a key. */
export function endpointRoutes(context: EndpointContext): Router {
  const router = Router({ caseSensitive: true });
  const body = jsonBody(context.limits);
  router.use(localOnly);
  router.get("/", (_request, response) => void response.json({ endpoints: context.endpoints.list() }));
  router.post("/", ...body, async (request, response) => {
    const { api_key = null, ...endpoint } = parse(NewEndpoint, request.body);
    await answered(response.status(201), context.endpoints.add({ ...endpoint, api_key }));
  });
  router.post("/test", ...body, async (request, response) => {
    const asked = parse(EndpointTest, request.body);
    await answered(
      response,
      Promise.resolve().then(() => context.endpoints.test(asked)),
    );
  });
  router.patch("/:name", ...body, async (request, response) => {
    const change = parse(EndpointChange, request.body);
    await answered(response, context.endpoints.change(parameter(request, "name"), change));
  });
  router.delete("/:name", async (request, response) => {
    await refusable(context.endpoints.remove(parameter(request, "name")));
    response.status(204).end();
  });
  router.all("/", methodNotAllowed("GET", "HEAD", "POST"));
  router.all("/test", methodNotAllowed("POST"));
  router.all("/:name", methodNotAllowed("PATCH", "DELETE"));
  return router;
}

/** Where people sign in, what their server talks to is its operator's, and so is where from it can be reached. */
const localOnly: RequestHandler = (_request, response, next) => {
  if (principalOf(response).via === "local") return next();
  throw new HttpError(403, "local_only", "Endpoints are looked after here only where nobody signs in.");
};

async function answered(response: Response, work: Promise<object>): Promise<void> {
  response.json(await refusable(work));
}

async function refusable<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof EndpointError)) throw error;
    throw new HttpError(STATUSES[error.code], CODES[error.code] ?? error.code, error.message);
  }
}
