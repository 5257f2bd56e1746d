import { redactedStream, redactor, type Tool } from "@millrace/agent";

/**
 * The same tools, which tell nobody the gateway's own secrets: whatever they show, answer or fail with is without them
 * before it is stored, shown or sent to a model. Everything else stays word for word.
 */
export function discreetTools(secrets: { readonly values: readonly string[] }): (tool: Tool) => Tool {
  let { values } = secrets;
  let known = redactor(values, "nothing");
  const redact = (text: string): string => {
    if (values !== secrets.values) {
      ({ values } = secrets);
      known = redactor(values, "nothing");
    }
    return known(text);
  };
  const wrapped = new WeakMap<Tool, Tool>();
  const wrap = (tool: Tool): Tool => {
    const execute: Tool["execute"] = async (args, context) => {
      const shown = redactedStream(secrets.values);
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
    const before = wrapped.get(tool);
    if (before !== undefined) return before;
    const discreet = wrap(tool);
    wrapped.set(tool, discreet);
    return discreet;
  };
}
