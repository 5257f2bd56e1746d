import type { MillraceClient } from "@millrace/client";

/** What tells something and changes nothing. */
const TELLING: ReadonlySet<PropertyKey> = new Set(["clock", "connection", "outbox", "models", "tools"]);

/** The client of a page that shows what was: whatever would be sent is refused here, also what is added to it later. */
export function quietClient(client: MillraceClient): MillraceClient {
  return new Proxy(client, {
    get(target, name) {
      if (!TELLING.has(name)) return refuse;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** A rejection also in the place where `send` has one. */
function refuse(): Promise<never> & { message_id: string; accepted: Promise<never> } {
  const refused = Promise.reject(new Error("A replay sends nothing."));
  refused.catch(() => undefined);
  return Object.assign(refused, { message_id: "", accepted: refused });
}
