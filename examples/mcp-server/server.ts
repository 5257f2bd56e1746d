import { createInterface } from "node:readline";

/**
 * An MCP server in one file: JSON-RPC, one message per line, on standard input and output. It knows one tool. A real
 * one would use an SDK; this shows that there is nothing more to it.
 */
const TOOL = {
  name: "moon_phase",
  description: "Tells the phase of the moon on a day.",
  inputSchema: {
    type: "object",
    properties: { date: { type: "string", description: "A day, such as 2026-11-20; today by default" } },
  },
};

const NEW_MOON = Date.UTC(2000, 0, 6, 18, 14);
const MONTH_MS = 29.530588853 * 24 * 60 * 60 * 1_000;
const NAMES = [
  "new",
  "waxing crescent",
  "first quarter",
  "waxing gibbous",
  "full",
  "waning gibbous",
  "last quarter",
  "waning crescent",
];

function moonPhase(date: unknown): string {
  const time = date === undefined ? Date.now() : Date.parse(`${String(date)}T12:00:00Z`);
  if (Number.isNaN(time)) throw new Error("date is not a day such as 2026-11-20.");
  const age = ((((time - NEW_MOON) % MONTH_MS) + MONTH_MS) % MONTH_MS) / MONTH_MS;
  return `${NAMES[Math.round(age * 8) % 8]}, ${Math.round((1 - Math.cos(2 * Math.PI * age)) * 50)} % lit`;
}

interface Request {
  readonly id?: string | number;
  readonly method: string;
  readonly params?: {
    readonly protocolVersion?: string;
    readonly name?: string;
    readonly arguments?: { date?: unknown };
  };
}

function answer({ method, params }: Request): unknown {
  switch (method) {
    case "initialize":
      return {
        protocolVersion: params?.protocolVersion ?? "2025-06-18",
        capabilities: { tools: {} },
        serverInfo: { name: "moon", version: "1.0.0" },
      };
    case "ping":
      return {};
    case "tools/list":
      return { tools: [TOOL] };
    case "tools/call":
      if (params?.name !== TOOL.name) throw new Error("There is no such tool.");
      try {
        return { content: [{ type: "text", text: moonPhase(params.arguments?.date) }] };
      } catch (error) {
        // For the model, not for the client.
        return { content: [{ type: "text", text: (error as Error).message }], isError: true };
      }
    default:
      throw new Error("There is no such method.");
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  if (line.trim() === "") continue;
  const request = JSON.parse(line) as Request;
  // Without an id nobody waits for an answer.
  if (request.id === undefined) continue;
  const reply = { jsonrpc: "2.0", id: request.id };
  try {
    process.stdout.write(`${JSON.stringify({ ...reply, result: answer(request) })}\n`);
  } catch (error) {
    process.stdout.write(
      `${JSON.stringify({ ...reply, error: { code: -32601, message: (error as Error).message } })}\n`,
    );
  }
}
