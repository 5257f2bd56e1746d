import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import express from "express";
import pino from "pino";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Rejection } from "../rejection.ts";
import { errorHandler, HttpError } from "./errors.ts";

const lines: string[] = [];
const server = createServer();
let url: string;

beforeAll(async () => {
  const app = express();
  app.get("/throws", () => {
    throw new Error("canary-cause");
  });
  app.get("/rejects", async () => Promise.reject(new TypeError("canary-cause")));
  app.get("/throws-text", () => {
    throw "canary-cause";
  });
  app.get("/busy", () => {
    throw new Rejection("storage_unavailable", "Not stored.", { retry_after_ms: 4_200 });
  });
  app.get("/refused", () => {
    throw new HttpError(418, "teapot", "Short and stout.");
  });
  app.use(
    errorHandler(
      pino({ serializers: { error: pino.stdSerializers.err } }, { write: (line: string) => void lines.push(line) }),
    ),
  );
  server.on("request", app);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

it.each(["/throws", "/rejects", "/throws-text"])(
  "B88 F34: a handler that %s is a 500 that keeps its cause to the log",
  async (path) => {
    const answer = await fetch(url + path);
    const text = await answer.text();
    expect(answer.status).toBe(500);
    expect(JSON.parse(text)).toEqual({ error: { code: "internal", message: "The request failed." } });
    expect(lines.some((line) => line.includes("canary-cause") && line.includes("a request failed"))).toBe(true);
  },
);

it("R5: a refusal that passes says when to come back, in whole seconds", async () => {
  const answer = await fetch(`${url}/busy`);
  expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "5"]);
  expect(await answer.json()).toEqual({ error: { code: "storage_unavailable", message: "Not stored." } });
});

it("HTTP-1: a refusal has the status it names", async () => {
  expect((await fetch(`${url}/refused`)).status).toBe(418);
});
