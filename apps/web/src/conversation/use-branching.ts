import { RejectedError } from "@millrace/client";
import type { Message, RunOptions, Turn } from "@millrace/protocol";
import { type RefObject, useLayoutEffect, useRef, useState } from "react";
import { type Choices, messageOptions } from "../composer/choices.ts";
import type { SessionState } from "../session/session-store.ts";
import { useApp } from "../shell/app-context.ts";
import type { Select } from "./branch-switch.tsx";
import { useTurns } from "./turns-context.ts";

export interface Branching {
  readonly select: Select;
  /** Why another branch could not be shown; null where it could. */
  readonly refused: RejectedError | null;
  /** Says it in the place of the message that began the run, with that one's files. */
  edit(content: string): void;
  /** Says all that the run was asked once more, in the same place. */
  regenerate(): void;
  /** Says something behind everything, asking of its run what this one was asked. */
  say(content: string): void;
  /** Says a message once more, behind everything. */
  again(message: Message): void;
}

/** What was pressed to show another branch, and where it was then. */
interface Pressed {
  readonly selector: string;
  readonly top: number;
  readonly scrolled: number;
}

/** The ways from a turn to another branch. `section`: the turn's element, which shows the other turn afterwards. */
export function useBranching(turn: Turn, section: RefObject<HTMLElement | null>): Branching {
  const { client, session, screen } = useApp();
  const { sent, stay } = useTurns();
  const [refused, setRefused] = useState<RejectedError | null>(null);
  const pressed = useRef<Pressed | null>(null);
  const { run_id } = turn;

  // biome-ignore lint/correctness/useExhaustiveDependencies: another run is shown in the same place
  useLayoutEffect(() => {
    if (pressed.current !== null) keepInPlace(section.current, pressed.current);
    pressed.current = null;
  }, [run_id]);

  const send = (content: string, before: readonly Message[], place: { replaces?: string } = {}, files = true) => {
    const { session_id, view } = session.getState();
    if (session_id === null) return;
    const options = optionsAgain(before[0]?.options ?? null, screen.getState(), { session_id, view });
    const attachments = [
      ...new Set(before.flatMap(({ attachments }) => attachments.map((file) => file.attachment_id))),
    ];
    const message = {
      content,
      session_id,
      ...(options === undefined ? {} : { options }),
      ...place,
      ...(files && attachments.length > 0 ? { attachments } : {}),
    };
    client.send(message).accepted.catch(() => undefined);
    sent();
  };
  const asked = messagesOf(turn);
  const [first] = asked;
  return {
    refused,
    select: (message_id, button) => {
      const { session_id } = session.getState();
      const scroller = button.closest(".scroll");
      if (session_id === null || scroller === null) return;
      const place = button.closest(".done") === null ? ".said" : ".done";
      const selector = `${place} [data-testid="${button.dataset.testid}"]`;
      pressed.current = { selector, top: button.getBoundingClientRect().top, scrolled: scroller.scrollTop };
      stay();
      setRefused(null);
      client.selectBranch(session_id, message_id).catch((error: unknown) => {
        pressed.current = null;
        if (error instanceof RejectedError) setRefused(error);
      });
    },
    edit: (content) => first !== undefined && send(content, [first], { replaces: first.message_id }),
    regenerate: () => {
      const words = asked.map(({ content }) => content).filter((content) => content !== "");
      if (first !== undefined) send(words.join("\n\n"), asked, { replaces: first.message_id });
    },
    say: (content) => send(content, asked, {}, false),
    again: (message) => send(message.content, [message]),
  };
}

/** What a run was asked: the message that began it, and those that joined it. */
export function messagesOf({ items }: Turn): Message[] {
  return items.flatMap((item) => (item.kind === "message" ? [item.message] : []));
}

/** What the message asked, with what is chosen for the next one now. A model that the session has by now counts more. */
export function optionsAgain(
  before: RunOptions | null,
  choices: Choices,
  { session_id, view }: Pick<SessionState, "session_id" | "view">,
): RunOptions | undefined {
  const { model, ...rest } = before ?? {};
  const kept = view.model === null && model !== undefined ? { model } : {};
  const options = { ...rest, ...kept, ...messageOptions(choices, session_id, view) };
  return Object.keys(options).length === 0 ? undefined : options;
}

/** The page moves so that what was pressed stays under the pointer, and keeps the focus. */
function keepInPlace(section: HTMLElement | null, { selector, top, scrolled }: Pressed): void {
  const scroller = section?.closest(".scroll");
  const button = section?.querySelector<HTMLElement>(selector) ?? section?.querySelector<HTMLElement>(".branch button");
  if (scroller == null || button == null) return;
  if (document.activeElement === document.body) button.focus({ preventScroll: true });
  if (scroller.scrollTop === scrolled) scroller.scrollTop += button.getBoundingClientRect().top - top;
}
