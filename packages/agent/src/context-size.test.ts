import { describe, expect, it, vi } from "vitest";
import { ContextSize } from "./context-size.ts";
import type { ModelMessage, PlacedMessage } from "./messages.ts";

const said = (content: string, counted: number | null = null): PlacedMessage => ({
  message: counted === null ? { role: "user", content } : { role: "assistant", content, tool_calls: [] },
  seq: 1,
  counted,
  summary: false,
});
const load = async () => (text: string) => text.length;
const never = (): Promise<never> => Promise.reject(new Error("no tokenizer"));

describe("the size of a request", () => {
  it("is what the endpoint counted last, and an estimate of what came since", () => {
    const size = new ContextSize("x".repeat(400), never);
    expect(size.total([])).toBe(100);
    expect(size.total([said("y".repeat(40))])).toBe(100 + 14);
    expect(size.total([said("y".repeat(40)), said("z", 1000), said("y".repeat(40))])).toBe(1014);
  });

  it("is estimated where no tokenizer can be loaded", async () => {
    const size = new ContextSize("", never);
    const messages = [said("y".repeat(40))];
    await size.refine(messages);
    expect(size.total(messages)).toBe(14);
  });

  it("is counted exactly after it was refined, the latest messages first, as far as the budget goes", async () => {
    const size = new ContextSize("", load);
    const messages = Array.from({ length: 10 }, (_, at) => said(`${at}`.repeat(2_000)));
    const rough = 504;
    const exact = 2_004;
    expect(size.total(messages)).toBe(10 * rough);
    await size.refine(messages);
    expect(messages.map(({ message }) => size.of(message)).slice(-4)).toEqual([rough, exact, exact, exact]);
    await size.refine(messages);
    await size.refine(messages);
    await size.refine(messages);
    expect(size.total(messages)).toBe(10 * exact);
  });

  it("is counted once for each message", async () => {
    const count = vi.fn((text: string) => text.length);
    const size = new ContextSize("", async () => count);
    const messages = [said("a"), said("b", 10), said("c")];
    await size.refine(messages);
    await size.refine(messages);
    expect(count.mock.calls).toEqual([["c"]]);
  });

  it("of each message is corrected by what the endpoint counted of all", () => {
    const size = new ContextSize("", never);
    const messages = [said("y".repeat(384)), said("z".repeat(384), 400), said("y".repeat(384))];
    expect(size.sized(messages).map(({ tokens }) => tokens)).toEqual([200, 200, 200]);
  });
});

it("the calls of an answer count", () => {
  const message: ModelMessage = {
    role: "assistant",
    content: "",
    tool_calls: [{ id: "c", name: "echo", arguments: "x".repeat(396) }],
  };
  expect(new ContextSize("", never).of(message)).toBe(104);
});
