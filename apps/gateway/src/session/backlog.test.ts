import type { Entry } from "@millrace/store";
import { describe, expect, it } from "vitest";
import { Backlog } from "./backlog.ts";

const delta = (content: string): Entry => ({
  event: { type: "text_delta", run_id: "r", block_id: "b", offset: 0, content, ts: 0 },
});

async function isOpen(promise: Promise<void> | undefined): Promise<boolean> {
  return (await Promise.race([promise, Promise.resolve("waits")])) !== "waits";
}

describe("Backlog", () => {
  it("R5: lets so much pass, then asks to wait until something has arrived", async () => {
    const backlog = new Backlog(4);
    expect(backlog.add("ab", false)).toBeUndefined();
    expect(backlog.add("cd", false)).toBeUndefined();
    const full = backlog.add("e", false);
    expect(await isOpen(full)).toBe(false);
    backlog.remove([delta("abcd")]);
    expect(await isOpen(full)).toBe(true);
    expect(backlog.add("fgh", false)).toBeUndefined();
    expect(backlog.add("i", false)).toBeInstanceOf(Promise);
  });

  it("R5: asks to wait however little it is where what came before takes long", async () => {
    const backlog = new Backlog(4);
    const waits = backlog.add("a", true);
    expect(await isOpen(waits)).toBe(false);
    backlog.release();
    expect(await isOpen(waits)).toBe(true);
    expect(backlog.empty).toBe(false);
    backlog.remove([delta("a")]);
    expect(backlog.empty).toBe(true);
  });
});
