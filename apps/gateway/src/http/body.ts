import { describe, isDeeperThan } from "@millrace/protocol";
import express, { type Request, type RequestHandler } from "express";
import type { z } from "zod";
import type { Limits } from "../limits.ts";
import { Rejection } from "../rejection.ts";
import { HttpError } from "./errors.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** Reads a JSON body: nothing else is accepted, and invalid UTF-8 is refused instead of mended. */
export function jsonBody(limits: Limits): RequestHandler[] {
  const parse = express.json({
    limit: limits.frame_bytes,
    strict: true,
    verify: (_request, _response, bytes) => {
      try {
        utf8.decode(bytes);
      } catch {
        throw new HttpError(400, "bad_request", "The body is not valid UTF-8.");
      }
    },
  });
  return [
    (request, _response, next) => {
      if (request.is("application/json") === false || request.headers["content-type"] === undefined) {
        throw new HttpError(415, "unsupported_media_type", "Send JSON with Content-Type: application/json.");
      }
      next();
    },
    parse,
    (request, _response, next) => {
      if (isDeeperThan(request.body, limits.json_depth)) {
        throw new Rejection("too_deep", `Nested deeper than ${limits.json_depth}.`);
      }
      next();
    },
  ];
}

/** A body, query or header value in its schema's form. @throws Rejection that names the field, never its value */
export function parse<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const { code, message } = describe(parsed.error);
  throw new Rejection(code, message);
}

/** One path parameter. */
export function parameter(request: Request, name: string): string {
  const value = request.params[name];
  return typeof value === "string" ? value : "";
}
