import { redactedStream, redactor, type Tool } from "@millrace/agent";

/**
 * The same tools, which tell nobody the gateway's own secrets: whatever they show, answer or fail with is without them
 * before it is stored, shown or sent to a model. Everything else stays word for word.
 */
export function discreetTools(secrets: readonly string[]): (tool: Tool) => Tool {
  const redact = redactor(secrets, "nothing");
  const wrapped = new WeakMap<Tool, Tool>();
  const wrap = (tool: Tool): Tool => {
    const execute: Tool["execute"] = async (args, context) => {
      const shown = redactedStream(secrets);
      const show = (text: string): void => {
        if (text !== "") context.output(text);
      };
      try {
        const output = await tool.execute(args, { ...context, output: (text) => show(shown.push(text)) });
        return { ...output, content: redact(output.content) };
      } catch (error) {
        if (error instanceof Error) error.message = redact(error.message);
        throw error;
      } finally {
        show(shown.end());
      }
    };
    // Not a copy: the tool may be an object of a class of its own.
    return Object.create(tool, {
      description: { value: redact(tool.description), enumerable: true },
      execute: { value: execute, enumerable: true },
    }) as Tool;
  };
  return (tool) => {
    const known = wrapped.get(tool);
    if (known !== undefined) return known;
    const discreet = wrap(tool);
    wrapped.set(tool, discreet);
    return discreet;
  };
}
