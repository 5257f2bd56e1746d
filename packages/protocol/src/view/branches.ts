import type { Branch, Turn, View } from "./view.ts";

/** Every run of a session, of all branches, oldest first: what is counted, or has a name, counts here. */
export function allTurns({ turns, aside }: View): readonly Turn[] {
  return aside.length === 0 ? turns : [...turns, ...aside].sort((a, b) => a.seq - b.seq);
}

/** The message that a run began with. */
export function firstMessage(turn: Turn): string | null {
  const item = turn.items.find(({ kind }) => kind === "message");
  return item?.kind === "message" ? item.message.message_id : null;
}

/** How many branches are not shown: each ends with a run that no other follows. */
export function branchesAside({ aside }: View): number {
  const followed = new Set(aside.map(({ parent }) => parent));
  return aside.filter(({ run_id }) => !followed.has(run_id)).length;
}

const holds = (turn: Turn, message_id: string): boolean =>
  turn.items.some((item) => item.kind === "message" && item.message.message_id === message_id);

/** The view with a run at its end, begun by a message of that id: it follows what is shown, or takes another's place. */
export function addTurn(view: View, begun: Turn, message_id: string | undefined, replaces: string | null): View {
  if (replaces === null || message_id === undefined)
    return { ...view, turns: [...view.turns, { ...begun, parent: view.turns.at(-1)?.run_id ?? null }] };
  const all = allTurns(view);
  const old =
    all.find((turn) => holds(turn, replaces)) ?? all.find(({ branch }) => branch?.siblings.includes(replaces) === true);
  const place = old === undefined ? [replaces] : (old.branch?.siblings ?? [firstMessage(old) ?? replaces]);
  const siblings = [...place, message_id];
  const turn = { ...begun, parent: old?.parent ?? null, branch: branchAt(siblings, siblings.length - 1) };
  const places = new Map(siblings.map((sibling, index): [string, number] => [sibling, index]).reverse());
  const others = all.map((other) => {
    const index = places.get(firstMessage(other) ?? "");
    return index === undefined ? other : { ...other, branch: branchAt(siblings, index) };
  });
  return showing(view, [...others, turn], turn);
}

const branchAt = (siblings: readonly string[], index: number): Branch => ({ index, count: siblings.length, siblings });

/** The view on the branch of a message: up to it, and on to where that branch was last. Nothing where it is not held. */
export function selectBranch(view: View, message_id: string, seq: number): View {
  const all = allTurns(view);
  const index = all.findIndex((turn) => holds(turn, message_id));
  const found = all[index];
  if (found === undefined) return { ...view, turns: [], aside: all };
  const turn = { ...found, chosen_seq: seq };
  return showing(view, all.with(index, turn), turn);
}

function showing(view: View, all: readonly Turn[], through: Turn): View {
  const shown = new Set([...above(all, through), through, ...below(all, through)]);
  return { ...view, turns: all.filter((turn) => shown.has(turn)), aside: all.filter((turn) => !shown.has(turn)) };
}

function above(all: readonly Turn[], from: Turn): Turn[] {
  const known = new Map(all.map((turn) => [turn.run_id, turn]));
  const found: Turn[] = [];
  for (let turn = known.get(from.parent ?? ""); turn !== undefined; turn = known.get(turn.parent ?? ""))
    found.push(turn);
  return found;
}

/** Of what follows a run, always that which was last begun or chosen, in itself or in what follows it. */
function below(all: readonly Turn[], from: Turn): Turn[] {
  const last = new Map<string, { turn: Turn; seq: number }>();
  for (const turn of all.toReversed()) {
    const seq = Math.max(turn.chosen_seq, last.get(turn.run_id)?.seq ?? 0);
    if (turn.parent !== null && seq > (last.get(turn.parent)?.seq ?? 0)) last.set(turn.parent, { turn, seq });
  }
  const found: Turn[] = [];
  for (let next = last.get(from.run_id); next !== undefined; next = last.get(next.turn.run_id)) found.push(next.turn);
  return found;
}
