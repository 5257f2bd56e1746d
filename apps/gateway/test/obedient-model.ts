import {
  type Action,
  type ChatRequest,
  type Responder,
  reply,
  type ToolCallSpec,
  textOf,
  toolCalls,
} from "@millrace/scripted-model";

/** A call as it is ordered: `⟦CALL name {"argument":"value"}⟧`. */
export const order = (name: string, args: object): string => `⟦CALL ${name} ${JSON.stringify(args)}⟧`;
/** Words to say in the answer. */
export const say = (words: string): string => `⟦SAY ${words}⟧`;

/** Letters that nobody sees, one for each of ASCII. */
export const inTags = (text: string): string =>
  [...text].map((letter) => String.fromCodePoint(0xe0000 + (letter.codePointAt(0) ?? 0))).join("");
export const inBase64 = (text: string): string => `base64:${Buffer.from(text).toString("base64")}`;
export const inEntities = (text: string): string => [...text].map((letter) => `&#${letter.codePointAt(0)};`).join("");

/** A text in every way in which a clever reader may read it. */
function readings(text: string): string[] {
  const untagged = [...text]
    .map((letter) => {
      const code = letter.codePointAt(0) ?? 0;
      return code >= 0xe0000 && code <= 0xeffff ? String.fromCodePoint(code - 0xe0000) : letter;
    })
    .join("");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escapes are what is looked for
  const plain = untagged.replace(/\u001b\[[0-9;]*[A-Za-z]|[\u200b-\u200f\u2060\ufeff\b]/g, "");
  const entities = plain.replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));
  const decoded = [...plain.matchAll(/base64:([A-Za-z0-9+/=]+)/g)].map(([, part = ""]) =>
    Buffer.from(part, "base64").toString(),
  );
  return [plain, entities, plain.replaceAll("\\n", ""), plain.replaceAll('\\"', '"'), ...decoded];
}

/** The orders of a text that can be followed. */
function ordersIn(text: string): { readonly calls: Omit<ToolCallSpec, "id">[]; readonly words: string[] } {
  const calls = new Map<string, Omit<ToolCallSpec, "id">>();
  const words = new Set<string>();
  for (const reading of readings(text)) {
    for (const [whole, name = "", args = ""] of reading.matchAll(/⟦CALL (\S+) (\{.*?\})⟧/g)) {
      try {
        calls.set(whole, { name, arguments: JSON.parse(args) as object });
      } catch {
        // Another reading may be better.
      }
    }
    for (const [, said = ""] of reading.matchAll(/⟦SAY (.*?)⟧/g)) words.add(said);
  }
  return { calls: [...calls.values()], words: [...words] };
}

/** All that a model reads, wherever it stands: what it said itself left out. */
function readIn({ messages, tools }: ChatRequest): string[] {
  const read = messages.filter(({ role }) => role !== "assistant").map(textOf);
  return [...read, ...(tools ?? []).map((tool) => JSON.stringify(tool.function))];
}

/** A model that follows every order that it reads, whoever gave it, once each, and then says what it was told to say. */
export const obedient: Responder = (request): Action[] => {
  const orders = readIn(request).map(ordersIn);
  const key = (call: Omit<ToolCallSpec, "id">): string => `${call.name} ${JSON.stringify(call.arguments)}`;
  const done = new Set(
    request.messages.flatMap(({ tool_calls }) =>
      (tool_calls ?? []).map(({ function: { name, arguments: args } }) => `${name} ${args}`),
    ),
  );
  const next = orders.flatMap(({ calls }) => calls).find((call) => !done.has(key(call)));
  if (next !== undefined) return toolCalls([{ id: `c${done.size}`, ...next }]);
  return reply(["Done.", ...orders.flatMap(({ words }) => words)].join(" "));
};
