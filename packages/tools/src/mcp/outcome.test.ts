import { ToolOutcomeUnknown } from "@millrace/agent";
import { ProtocolError, SdkError, SdkErrorCode, SdkHttpError } from "@modelcontextprotocol/client";
import { describe, expect, it } from "vitest";
import { ANSWER_LOST } from "./http-transport.ts";
import { callError, startProblem } from "./outcome.ts";

const http = (status: number): SdkHttpError => new SdkHttpError(SdkErrorCode.ClientHttpNotImplemented, "x", { status });
const sdk = (code: SdkErrorCode): SdkError => new SdkError(code, "x");
const network = (code: string): Error =>
  new TypeError("fetch failed", { cause: Object.assign(new Error("x"), { code }) });

/** What each error means for a local program and for a server over HTTP: u(nknown) or f(ailed). */
const MEANING: readonly [string, Error, string][] = [
  ["the server's own error", new ProtocolError(-32000, "x"), "ff"],
  ["the answer is lost", new ProtocolError(-32000, "x", ANSWER_LOST), "uu"],
  ["a forged loss", new ProtocolError(-32000, "x", {}), "ff"],
  ["HTTP 404", http(404), "ff"],
  ["HTTP 502", http(502), "uu"],
  ["no answer in time", sdk(SdkErrorCode.RequestTimeout), "uu"],
  ["the connection closed", sdk(SdkErrorCode.ConnectionClosed), "fu"],
  ["never sent", sdk(SdkErrorCode.NotConnected), "ff"],
  ["an unreadable answer", sdk(SdkErrorCode.InvalidResult), "ff"],
  ["refused", network("ECONNREFUSED"), "ff"],
  ["broken", network("ECONNRESET"), "fu"],
  ["anything else", new Error("x"), "fu"],
];

describe("callError", () => {
  it.each(MEANING)("F85 F86: %s", (_, error, meaning) => {
    const outcomes = (["command", "url"] as const).map((kind) => {
      const told = callError(error, { name: "The MCP server s", kind, reason: null });
      return told instanceof ToolOutcomeUnknown ? "u" : "f";
    });
    expect(outcomes.join("")).toBe(meaning);
  });

  it("T26: cleans and cuts what the server says", () => {
    const told = callError(new ProtocolError(-32000, `\u202e${"x".repeat(100_000)}`), {
      name: "s",
      kind: "url",
      reason: null,
    });
    expect(told.message).toBe("x".repeat(4_000));
  });
});

describe("startProblem", () => {
  it("says it in words that follow the server's name", () => {
    const errors = [
      network("ENOTFOUND"),
      http(401),
      sdk(SdkErrorCode.RequestTimeout),
      sdk(SdkErrorCode.ConnectionClosed),
    ];
    expect(errors.map(startProblem)).toEqual([
      "cannot be reached (ENOTFOUND)",
      "answered with HTTP 401",
      "did not answer in time",
      "ended before it was ready",
    ]);
    expect(startProblem(new Error("odd"))).toBe("does not speak MCP as expected (odd)");
  });
});
