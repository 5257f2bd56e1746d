import type { ProviderData, ToolCallFragment } from "./model-port.ts";

/** A tool call while it is put together. */
export interface OpenCall {
  /** The endpoint's id, "" where it gave none. */
  model_id: string;
  name: string;
  /** JSON text of the arguments so far. Grows piece by piece: reading it after each would copy it each time. */
  text: string;
  /** The end of `text` that its reader has not taken yet. */
  unread: string;
  /** The endpoint's number of the call, or the best there is instead of one. */
  readonly index: number;
  provider_data: ProviderData | undefined;
}

/** Up to this many code units of arguments are parsed to tell a repeated call from a continued one. */
const GUESS_LIMIT = 32 * 1024;

/**
 * Makes tool calls out of fragments. Endpoints number their calls badly: without an index, all with index 0, with an
 * id on every fragment or on none, with the name split or repeated; calls come whole or in pieces.
 */
export class ToolCallAssembly {
  readonly calls: OpenCall[] = [];
  #last: OpenCall | undefined;

  /** The call that the fragment belongs to, with the fragment in it. */
  add(fragment: ToolCallFragment): OpenCall {
    const call = this.#find(fragment) ?? this.#open(fragment);
    if (fragment.id) call.model_id ||= fragment.id;
    if (fragment.name) call.name = joinName(call, fragment.name);
    if (fragment.arguments) {
      call.text += fragment.arguments;
      call.unread += fragment.arguments;
    }
    if (fragment.provider_data) call.provider_data = fragment.provider_data;
    this.#last = call;
    return call;
  }

  #open({ index, position }: ToolCallFragment): OpenCall {
    const call: OpenCall = {
      model_id: "",
      name: "",
      text: "",
      unread: "",
      index: index ?? position ?? this.calls.length,
      provider_data: undefined,
    };
    this.calls.push(call);
    return call;
  }

  #find(fragment: ToolCallFragment): OpenCall | undefined {
    const { index, position, id } = fragment;
    if (index === undefined && id) {
      const known = this.calls.findLast((call) => call.model_id === id);
      if (known !== undefined && continues(known, fragment)) return known;
    }
    const slot = index ?? position;
    const held = slot === undefined ? this.#last : this.calls.findLast((call) => call.index === slot);
    return held !== undefined && continues(held, fragment) ? held : undefined;
  }
}

/** A new id begins a new call, unless no name comes with it: then the endpoint makes up an id for each fragment. */
function continues(held: OpenCall, { id, name }: ToolCallFragment): boolean {
  if (!name) return true;
  if (id && held.model_id && id !== held.model_id) return false;
  // Some endpoints give the same id to every call: another name behind a whole call is the next one.
  if (id && id === held.model_id) return name === held.name || !isWhole(held.text);
  if (held.text === "") return true;
  if (name !== held.name) return false;
  return !isWhole(held.text);
}

function isWhole(text: string): boolean {
  if (text.length > GUESS_LIMIT || !text.endsWith("}")) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Pieces are joined; a name that is repeated, or grows from fragment to fragment, is taken as it is. */
function joinName(call: OpenCall, piece: string): string {
  if (piece.startsWith(call.name)) return piece;
  return call.text === "" ? call.name + piece : call.name;
}
