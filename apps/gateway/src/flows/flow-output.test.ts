import type { EmittedEvent } from "@millrace/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FlowOutput, VALUE_BYTES } from "./flow-output.ts";

function output(said = ""): { events: EmittedEvent[]; output: FlowOutput } {
  const events: EmittedEvent[] = [];
  let ids = 0;
  return {
    events,
    output: new FlowOutput({ emit: (event) => void events.push(event), ids: () => `b${++ids}` }, "f", said),
  };
}

const texts = (events: readonly EmittedEvent[]) => events.filter((event) => event.type === "text_delta");

describe("FlowOutput", () => {
  it("DELTA-1 DELTA-2: whatever strings come, offsets leave no gap, no pair is split, nothing is lost", async () => {
    const string = fc.string({ unit: fc.constantFrom("a", "😀", "\ud83d", "\ude00", "é"), maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(fc.array(string), async (strings) => {
        const { events, output: out } = output();
        for (const text of strings) await out.write(text);
        await out.endBlock();
        let held = "";
        for (const { offset, content, block_id } of texts(events)) {
          expect([offset, block_id]).toEqual([held.length, "b1"]);
          expect(/[\ud800-\udbff]$/.test(held) && /^[\udc00-\udfff]/.test(content)).toBe(false);
          held += content;
        }
        expect(held).toBe(strings.join(""));
        expect(out.said).toBe(held);
      }),
    );
  });

  it("a value ends the block, and is shown as it was", async () => {
    const { events, output: out } = output("before ");
    const value = { list: [1] };
    await out.write("a");
    await out.write(value);
    value.list.push(2);
    await out.write("b");
    expect(events).toEqual([
      { type: "text_delta", block_id: "b1", offset: 0, content: "a" },
      { type: "data", name: "f", value: { list: [1] } },
      { type: "text_delta", block_id: "b2", offset: 0, content: "b" },
    ]);
    expect(out.said).toBe("before ab");
  });

  it.each([[undefined], [Number.NaN], [new Date(0)], [() => 1], [{ deep: [new Set()] }], [1n], [Symbol("s")]])(
    "refuses what is not JSON, without saying what it holds: %s",
    async (value) => {
      const { events, output: out } = output();
      await expect(out.write(value)).rejects.toMatchObject({ name: "BadItem", code: "not_json" });
      expect(events).toEqual([]);
    },
  );

  it("refuses more than an event holds, in bytes", async () => {
    const { output: out } = output();
    await out.write({ text: "é".repeat(VALUE_BYTES / 2 - 10) });
    await expect(out.write({ text: "é".repeat(VALUE_BYTES / 2) })).rejects.toMatchObject({ code: "too_large" });
  });
});
