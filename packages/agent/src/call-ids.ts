import { allTurns, type View } from "@millrace/protocol";

/** Longer ids of a model are not kept. */
const ID_LENGTH = 128;

/** Gives tool calls their ids, which are unique in the session: the model's where they can be kept. */
export class CallIds {
  readonly #used: Set<string>;
  /** A retry in this history made ids void that the fold no longer holds: none of the model's can be kept. */
  readonly #retried: boolean;
  readonly #ids: () => string;

  constructor(view: View, ids: () => string) {
    const items = allTurns(view).flatMap((turn) => turn.items);
    this.#used = new Set(items.flatMap((item) => (item.kind === "tool" ? [item.tool_call_id] : [])));
    this.#retried = items.some(({ kind }) => kind === "retry");
    this.#ids = ids;
  }

  /** The id of a call that the model calls `model_id`, which may be "" or used before. */
  readonly claim = (model_id: string): string => {
    const usable = !this.#retried && model_id !== "" && model_id.length <= ID_LENGTH && !this.#used.has(model_id);
    const id = usable ? model_id : this.#ids();
    this.#used.add(id);
    return id;
  };
}
