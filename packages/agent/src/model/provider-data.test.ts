import { LIMITS } from "@millrace/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ChatStream } from "./chat-stream.ts";
import { givenBack, providerData, ReasoningDetails } from "./provider-data.ts";

function merged(...deltas: unknown[]): unknown {
  const details = new ReasoningDetails();
  for (const delta of deltas) details.add(delta);
  return details.whole;
}

const piece = (type: string, index: number | undefined, fields: object): object => ({
  type: `reasoning.${type}`,
  ...(index !== undefined && { index }),
  ...fields,
});

describe("the details of reasoning", () => {
  it("are joined by type and index, in the order in which they began", () => {
    const deltas = [
      [piece("summary", 0, { summary: "I ", format: "f" })],
      [piece("text", 1, { text: "a", signature: null }), piece("summary", 0, { summary: "see" })],
      [piece("encrypted", 0, { data: "AB", id: "rs_1", format: "f" })],
      [piece("encrypted", 0, { data: "CD" }), piece("text", 1, { text: "b" })],
      [piece("text", 1, { text: "", signature: "sig" })],
    ];
    expect(merged(...deltas)).toEqual([
      piece("summary", 0, { summary: "I see", format: "f" }),
      piece("text", 1, { text: "ab", signature: "sig" }),
      piece("encrypted", 0, { data: "ABCD", id: "rs_1", format: "f" }),
    ]);
  });

  it("of another id are another entry; without an index what is encrypted is whole", () => {
    const deltas = [
      piece("encrypted", 0, { data: "A", id: "call_1" }),
      piece("encrypted", 0, { data: "B", id: "call_2" }),
      piece("encrypted", undefined, { data: "C" }),
      piece("encrypted", undefined, { data: "D" }),
      piece("text", undefined, { text: "e" }),
      piece("text", undefined, { text: "f" }),
    ];
    const [a, b, c, d] = deltas;
    const whole = [a, b, c, d, piece("text", undefined, { text: "ef" })];
    expect(merged(...deltas.map((each) => [each]))).toEqual(whole);
    expect(merged(deltas)).toEqual(whole);
  });

  it("that are none, or not in their form, are none", () => {
    expect(merged()).toBeNull();
    expect(merged(undefined, null, "x", 1, {}, [], [null, "x", 1])).toBeNull();
  });

  it("are the same however the text is cut", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.nat(), (text, cut) => {
        const at = cut % text.length;
        const pieces = [text.slice(0, at), text.slice(at)].map((held) => [piece("text", 0, { text: held })]);
        expect(merged(...pieces)).toEqual([piece("text", 0, { text })]);
      }),
    );
  });

  it("beyond what can be kept are left out", () => {
    const half = "x".repeat(LIMITS.provider_data_bytes / 2 + 1);
    const delta = [piece("text", 0, { text: half })];
    expect(merged(delta)).not.toBeNull();
    expect(merged(delta, delta)).toBeNull();
    expect(merged(delta, delta, [piece("encrypted", 1, { data: "A" })])).toBeNull();
  });
});

describe("what a provider gave", () => {
  it("is given back to it alone", () => {
    const data = providerData("google/gemini", { extra_content: { google: {} } });
    expect(givenBack(data, "google/gemini", "extra_content")).toEqual({ google: {} });
    expect(givenBack(data, "google/gemini", "reasoning_details")).toBeUndefined();
    expect(givenBack(data, "google/other", "extra_content")).toBeUndefined();
    expect(givenBack(undefined, "google/gemini", "extra_content")).toBeUndefined();
  });

  it("is kept up to its limit in bytes, and no further", () => {
    const room = LIMITS.provider_data_bytes - JSON.stringify({ from: "p/m", extra_content: { s: "" } }).length;
    const sized = (s: string): unknown => providerData("p/m", { extra_content: { s } });
    expect(sized("x".repeat(room))).toBeDefined();
    expect(sized("x".repeat(room + 1))).toBeUndefined();
    expect(sized("é".repeat(room / 2 + 1))).toBeUndefined();
  });

  it("comes with its call and, of the answer, once at the end", () => {
    const extra = { google: { thought_signature: "S" } };
    const call = { id: "c", index: 0, function: { name: "add", arguments: "{}" } };
    const deltas = [
      { reasoning_details: [piece("encrypted", 0, { data: "A" })] },
      { tool_calls: [{ ...call, extra_content: extra }] },
      { tool_calls: [{ ...call, id: "d", index: 1, extra_content: { s: "x".repeat(LIMITS.provider_data_bytes) } }] },
      { reasoning_details: [piece("encrypted", 0, { data: "B" })] },
    ];
    const stream = new ChatStream([], [], "p/m");
    const body = deltas.map((delta) => `data: ${JSON.stringify({ choices: [{ delta }] })}\n\n`).join("");
    const chunks = [...stream.push(`${body}data: {"choices":[{"finish_reason":"tool_calls"}]}\n\n`), ...stream.end()];
    expect(chunks.filter(({ type }) => type !== "finish")).toMatchObject([
      { type: "tool_call", id: "c", provider_data: { from: "p/m", extra_content: extra } },
      { type: "tool_call", id: "d", provider_data: undefined },
      {
        type: "provider_data",
        provider_data: { from: "p/m", reasoning_details: [piece("encrypted", 0, { data: "AB" })] },
      },
    ]);
    expect(stream.failure).toBeNull();
  });
});
