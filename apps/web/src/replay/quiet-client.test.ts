import type { MillraceClient } from "@millrace/client";
import { describe, expect, it, vi } from "vitest";
import { quietClient } from "./quiet-client.ts";

describe("the quiet client", () => {
  const sent = vi.fn(() => Promise.resolve());
  const loud = {
    connection: { get: () => "online" },
    models: () => Promise.resolve("models"),
    send: sent,
    stop: sent,
    respond: sent,
    selectSomethingNew: sent,
  } as unknown as MillraceClient;
  const quiet = quietClient(loud);

  it("tells what is", async () => {
    expect(quiet.connection).toBe(loud.connection);
    expect(await quiet.models()).toBe("models");
  });

  it("refuses whatever would be sent, also what it has never heard of", async () => {
    await expect(quiet.send({ content: "x" }).accepted).rejects.toThrow("A replay sends nothing.");
    await expect(quiet.stop("s", "r")).rejects.toThrow();
    await expect(quiet.respond("s", "q", "allow")).rejects.toThrow();
    await expect((quiet as unknown as { selectSomethingNew(): Promise<void> }).selectSomethingNew()).rejects.toThrow();
    expect(sent).not.toHaveBeenCalled();
  });
});
