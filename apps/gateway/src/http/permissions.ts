import { Router } from "express";
import { Rejection } from "../rejection.ts";
import { principalOf } from "./authenticated.ts";
import { parameter } from "./body.ts";
import { methodNotAllowed } from "./errors.ts";
import type { DoorContext } from "./sessions.ts";

/** `/api/v1/permissions`: what the user allowed for always, and taking it back. */
export function permissionRoutes({ permissions }: DoorContext): Router {
  const router = Router({ caseSensitive: true });
  router.get("/", (_request, response) => {
    const held = permissions.list(principalOf(response).user_id);
    response.json({ permissions: held.map(({ user_id: _user, ...permission }) => permission) });
  });
  router.delete("/:id", async (request, response) => {
    const removing = permissions.remove(principalOf(response).user_id, parameter(request, "id"));
    const removed = await removing.catch((cause: unknown) => {
      const message = "It does not hold any more, but that is not stored: the storage is not available now.";
      throw new Rejection("storage_unavailable", message, { cause });
    });
    if (!removed) throw new Rejection("not_found", "No such permission.");
    response.status(204).end();
  });
  router.all("/", methodNotAllowed("GET", "HEAD"));
  router.all("/:id", methodNotAllowed("DELETE"));
  return router;
}
