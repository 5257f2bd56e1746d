interface FoldedCall {
  id: string;
  type: "function";
  function: { name: string; arguments: string };
}

type Fields = Readonly<Record<string, unknown>>;

/** Adds chunks up to the one `chat.completion` a request without `stream` gets. */
export class CompletionFold {
  #frame: Fields = {};
  #content = "";
  #hasContent = false;
  readonly #reasoning = new Map<string, string>();
  readonly #calls: FoldedCall[] = [];
  #refusal: string | null = null;
  #finish: string | null = null;
  #usage: unknown;
  #error: unknown;

  /** `text` that is no JSON object adds nothing. */
  add(text: string): void {
    const chunk = parse(text);
    if (chunk === undefined) {
      return;
    }
    if (chunk.error || chunk.object === "error") {
      this.#error ??= chunk.error ?? chunk;
    }
    if (chunk.id) {
      this.#frame = { id: chunk.id, created: chunk.created, model: chunk.model };
    }
    this.#usage = chunk.usage ?? this.#usage;
    const choice = first(chunk.choices);
    if (choice !== undefined) {
      this.#finish = stringOr(choice.finish_reason, this.#finish);
      this.#delta(choice.delta);
    }
  }

  /** The status and the body: the completion, or the error that was among the chunks. */
  result(): { readonly status: number; readonly body: object } {
    if (this.#error !== undefined) {
      return { status: 500, body: { error: this.#error } };
    }
    const message = {
      role: "assistant",
      content: this.#hasContent ? this.#content : null,
      refusal: this.#refusal,
      ...Object.fromEntries(this.#reasoning),
      ...(this.#calls.length > 0 ? { tool_calls: this.#calls } : {}),
    };
    return {
      status: 200,
      body: {
        ...this.#frame,
        object: "chat.completion",
        choices: [{ index: 0, message, logprobs: null, finish_reason: this.#finish }],
        ...(this.#usage === undefined ? {} : { usage: this.#usage }),
      },
    };
  }

  #delta(delta: unknown): void {
    if (!isFields(delta)) {
      return;
    }
    const { content, refusal, tool_calls } = delta;
    if (typeof content === "string" && content !== "") {
      this.#hasContent = true;
      this.#content += content;
    }
    if (typeof refusal === "string") {
      this.#refusal = (this.#refusal ?? "") + refusal;
    }
    for (const field of ["reasoning_content", "reasoning"]) {
      const piece = delta[field];
      if (typeof piece === "string" && piece !== "") {
        this.#reasoning.set(field, (this.#reasoning.get(field) ?? "") + piece);
      }
    }
    for (const call of Array.isArray(tool_calls) ? tool_calls.filter(isFields) : []) {
      this.#call(call);
    }
  }

  /** A new id, or an index not seen, begins a call; the rest continues the one at its index, else the last. */
  #call(call: Fields): void {
    const part = isFields(call.function) ? call.function : {};
    const at = typeof call.index === "number" ? call.index : this.#calls.length - 1;
    const known = this.#calls[at];
    const id = stringOr(call.id, "") ?? "";
    const name = stringOr(part.name, "") ?? "";
    const text = stringOr(part.arguments, "") ?? "";
    if (known === undefined || (id !== "" && id !== known.id)) {
      this.#calls.push({ id, type: "function", function: { name, arguments: text } });
    } else {
      known.function.arguments += text;
    }
  }
}

function parse(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isFields(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function first(value: unknown): Fields | undefined {
  const item: unknown = Array.isArray(value) ? value[0] : undefined;
  return isFields(item) ? item : undefined;
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function stringOr(value: unknown, otherwise: string | null): string | null {
  return typeof value === "string" ? value : otherwise;
}
