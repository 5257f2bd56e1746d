import { defineTool, type Tool } from "@millrace/agent";
import { z } from "zod";

/** What time it is, in any time zone. */
export function currentTime(clock: { now(): number }): Tool {
  return defineTool({
    name: "current_time",
    description:
      "Tells the current date and time. Without a timezone, in the one of the server. Answers with JSON: iso, timezone, weekday, date, time, unix_ms.",
    parameters: z.object({
      timezone: z.string().max(100).optional().describe("IANA name, such as Europe/Berlin or UTC"),
    }),
    execute: async ({ timezone }) => ({ content: JSON.stringify(timeIn(clock.now(), timezone)) }),
  });
}

function timeIn(unix_ms: number, asked: string | undefined): Record<string, string | number> {
  const format = formatFor(asked);
  const part = Object.fromEntries(format.formatToParts(unix_ms).map(({ type, value }) => [type, value]));
  const date = `${part.year}-${part.month}-${part.day}`;
  const time = `${part.hour}:${part.minute}:${part.second}`;
  // "GMT" alone is no offset at all.
  const offset = part.timeZoneName?.replace("GMT", "") || "+00:00";
  const timezone = asked ?? format.resolvedOptions().timeZone;
  return { iso: `${date}T${time}${offset}`, timezone, weekday: part.weekday ?? "", date, time, unix_ms };
}

function formatFor(timeZone: string | undefined): Intl.DateTimeFormat {
  const parts = { year: "numeric", month: "2-digit", day: "2-digit", weekday: "long" } as const;
  const time = {
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
    timeZoneName: "longOffset",
  } as const;
  try {
    return new Intl.DateTimeFormat("en-US", { ...parts, ...time, ...(timeZone !== undefined && { timeZone }) });
  } catch {
    throw new Error(
      `There is no time zone ${JSON.stringify(timeZone)}. Use an IANA name such as Europe/Berlin or UTC.`,
    );
  }
}
