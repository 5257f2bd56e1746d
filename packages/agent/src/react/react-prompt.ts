import type { ModelTool } from "../model-port.ts";

/** The system prompt for a model that calls its tools in text; the given one where there are no tools. */
export function reactPrompt(system: string | null, tools: readonly ModelTool[]): string | null {
  if (tools.length === 0) return system;
  const offered = tools.map(
    ({ name, description, parameters }) =>
      `### ${name}\n${description.trim()}\nInput (JSON schema): ${JSON.stringify(parameters)}`,
  );
  const format = `## Tools

You have these tools:

${offered.join("\n\n")}

## How you answer

Write plain text in the form below. Each label stands at the beginning of a line, in English and exactly as it is here.

To use a tool, write these three parts and then stop:

Thought: what you know, and what you need to find out
Action: the name of one tool, one of: ${tools.map(({ name }) => name).join(", ")}
Action Input: one JSON object that fits the tool's schema, with double quotes, for example {"text": "hello", "count": 5}; {} if the tool needs nothing

The tool's result then comes to you in a message of this form; never write it yourself:

Observation: the result

Use one tool at a time, and as many after another as you need. When you can answer without another tool, or see that the tools cannot help, write:

Thought: why you can answer now
Answer: the answer, as long as it needs to be

Always begin with a Thought. Do not put the whole into a code block. Write the thoughts and the answer in the language of the user's question.`;
  return system === null || system.trim() === "" ? format : `${system.trimEnd()}\n\n${format}`;
}
