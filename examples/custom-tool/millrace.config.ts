import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import { defineConfig, defineTool, z } from "@millrace/gateway";

/** The model reads name, description and parameters; what `execute` gives back is all it gets to see. */
const countWords = defineTool({
  name: "count_words",
  description: "Counts the words of a text.",
  parameters: z.object({ text: z.string().describe("The text, word for word") }),
  execute: async ({ text }, { output }) => {
    const words = text.match(/[\p{L}\p{N}][\p{L}\p{N}'’-]*/gu) ?? [];
    // People see this while the tool runs; the model does not.
    output(`${text.length} characters\n`);
    return { content: `${words.length} words` };
  },
});

/** A tool that changes something asks first. */
const takeNote = defineTool({
  name: "take_note",
  description: "Appends one line to notes.txt. Use it only when the user asks for a note.",
  parameters: z.object({ line: z.string().max(500) }),
  permission: { default: "ask", subjects: ({ line }) => [line] },
  execute: async ({ line }) => {
    await appendFile(join(import.meta.dirname, "notes.txt"), `${line.replaceAll("\n", " ")}\n`);
    return { content: "Noted." };
  },
});

export default defineConfig({
  tools: [countWords, takeNote],
});
