import { Cpu, Search } from "lucide-react";
import { type KeyboardEvent, type ReactNode, useEffect, useId, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { currentModel } from "../composer/choices.ts";
import { useModelLabel } from "../composer/use-model-label.ts";
import { languageOf } from "../i18n/language.ts";
import { loadAbout } from "../settings/gateway-settings.ts";
import { useLoaded } from "../settings/use-loaded.ts";
import { ago } from "../time/ago.ts";
import { useApp, useScreen, useSession, useSessions } from "./app-context.ts";
import { findInChat } from "./find-in-chat.ts";
import { fuzzy } from "./fuzzy.ts";
import { paletteCommands } from "./palette-commands.ts";
import { useSearch } from "./use-search.ts";
import { useTitle } from "./use-title.ts";

/** A row of the palette. `words`: what stands there, with the places that match. */
interface Entry {
  readonly id: string;
  readonly group: "commands" | "models" | "conversations";
  readonly icon: ReactNode;
  readonly words: string;
  readonly at: readonly number[];
  readonly detail?: string;
  readonly keys?: string;
  run(): void;
}

/** Commands that are offered before anything is typed. */
const FIRST = 5;
const MOST = 8;

/** Search and commands: what can be done, the models, and the conversations by title and text. */
export function Palette({ closed }: { closed(): void }) {
  const { t } = useTranslation();
  const [query, setQuery] = useState("");
  const entries = useEntries(query.trim());
  const [chosen, setChosen] = useState(0);
  const dialog = useRef<HTMLDialogElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const id = useId();
  const active = Math.min(chosen, entries.found.length - 1);
  useEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    return () => shown?.close();
  }, []);
  useEffect(() => {
    list.current?.querySelector(`[data-index="${active}"]`)?.scrollIntoView({ block: "nearest" });
  }, [active]);
  const run = (entry: Entry | undefined) => {
    if (entry === undefined) return;
    dialog.current?.close();
    closed();
    entry.run();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing || event.keyCode === 229) return;
    const count = entries.found.length;
    const to = { ArrowDown: active + 1, ArrowUp: active - 1, PageDown: active + 5, PageUp: active - 5 }[event.key];
    if (to !== undefined && count > 0) {
      event.preventDefault();
      const around = event.key.startsWith("Arrow") ? (to + count) % count : Math.max(0, Math.min(count - 1, to));
      setChosen(around);
    } else if (event.key === "Enter") {
      event.preventDefault();
      run(entries.found[active]);
    }
  };
  return (
    <dialog
      ref={dialog}
      className="palette"
      aria-label={t("palette.label")}
      data-testid="palette"
      onClose={closed}
      onClick={(event) => event.target === dialog.current && dialog.current?.close()}
      onKeyDown={onKeyDown}
    >
      <div className="pal-in">
        <Search className="i" aria-hidden />
        <input
          type="text"
          role="combobox"
          aria-expanded="true"
          aria-controls={`${id}-list`}
          aria-activedescendant={active >= 0 ? `${id}-${active}` : undefined}
          aria-label={t("palette.label")}
          placeholder={t("palette.placeholder")}
          autoComplete="off"
          spellCheck={false}
          value={query}
          onChange={(event) => {
            setQuery(event.target.value);
            setChosen(0);
          }}
        />
      </div>
      <div className="pal-list" role="listbox" id={`${id}-list`} aria-label={t("palette.label")} ref={list}>
        {(["commands", "models", "conversations"] as const).map((group) => {
          const own = entries.found
            .map((entry, index) => ({ entry, index }))
            .filter(({ entry }) => entry.group === group);
          if (own.length === 0) return null;
          return (
            // biome-ignore lint/a11y/useSemanticElements: options stand in groups of a listbox
            <div key={group} role="group" aria-labelledby={`${id}-${group}`}>
              <div className="pal-group" id={`${id}-${group}`}>
                {t(`palette.${group}`)}
              </div>
              {own.map(({ entry, index }) => (
                // biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the box, which names the active one
                // biome-ignore lint/a11y/useKeyWithClickEvents: the box takes the keys
                <div
                  key={entry.id}
                  role="option"
                  id={`${id}-${index}`}
                  data-index={index}
                  data-testid="palette-row"
                  aria-selected={index === active}
                  className="pal"
                  onPointerMove={() => setChosen(index)}
                  onClick={() => run(entry)}
                >
                  {entry.icon}
                  <span className="grow ell" dir="auto" lang={languageOf(entry.words)}>
                    <Marked text={entry.words} at={entry.at} />
                  </span>
                  {entry.detail !== undefined && <span className="meta">{entry.detail}</span>}
                  {entry.keys !== undefined && <kbd>{entry.keys}</kbd>}
                </div>
              ))}
            </div>
          );
        })}
      </div>
      {entries.found.length === 0 && <p className="pal-none">{t("palette.none", { q: query.trim() })}</p>}
      {entries.failed && (
        <p className="pal-none" role="alert">
          {t("palette.failed")}
        </p>
      )}
      <div className="pal-foot not-small" aria-hidden>
        <span>
          <kbd>↑</kbd>
          <kbd>↓</kbd>
          {t("palette.move")}
        </span>
        <span>
          <kbd>⏎</kbd>
          {t("palette.run")}
        </span>
        <span>
          <kbd>Esc</kbd>
          {t("palette.close")}
        </span>
      </div>
      <div className="sr" role="status">
        {query.trim() === "" ? "" : t("palette.found", { count: entries.found.length })}
      </div>
    </dialog>
  );
}

function Marked({ text, at }: { text: string; at: readonly number[] }) {
  if (at.length === 0) return text;
  const places = new Set(at);
  const parts: { text: string; start: number; marked: boolean }[] = [];
  for (const [index, letter] of [...text].entries()) {
    const marked = places.has(index);
    const last = parts.at(-1);
    if (last?.marked === marked) last.text += letter;
    else parts.push({ text: letter, start: index, marked });
  }
  return parts.map(({ text: part, start, marked }) => (marked ? <mark key={start}>{part}</mark> : part));
}

function useEntries(query: string): { found: readonly Entry[]; failed: boolean } {
  const { t, i18n } = useTranslation();
  const app = useApp();
  const title = useTitle() ?? t("app.untitled");
  const [about] = useLoaded(loadAbout);
  const signed_in = about.state === "loaded" && !about.value.local;
  const session_id = useSession((state) => state.session_id);
  const sessions = useSessions((state) => state.list);
  const commands = useMemo(
    () => paletteCommands(app, t, title, signed_in, sessions),
    [app, t, title, signed_in, sessions],
  );
  const models = useModels();
  const removed = useStore(app.removals, (state) => state.waiting);
  const search = useSearch(query);

  const choices = [
    ...commands.map(({ icon: Icon, also, label, ...command }) => ({
      ...command,
      group: "commands" as const,
      icon: <Icon className="i" aria-hidden />,
      words: label,
      also,
    })),
    ...models,
  ];
  const chosen =
    query === ""
      ? choices.slice(0, FIRST).map((entry) => ({ ...entry, at: [], score: 0 }))
      : choices
          .flatMap((entry) => {
            const own = fuzzy(query, entry.words);
            const other = fuzzy(query, entry.also);
            if (own === null && other === null) return [];
            return [
              { ...entry, at: own?.at ?? [], score: Math.max(own?.score ?? -1_000, (other?.score ?? -1_000) - 100) },
            ];
          })
          .filter(({ score }) => score > 0)
          .sort((a, b) => b.score - a.score)
          .slice(0, MOST);

  const gone = new Set(removed.map((removal) => removal.session_id));
  const titled = sessions
    .filter((held) => held.title !== "" && !gone.has(held.session_id))
    .flatMap((held) => {
      const match = query === "" ? { score: 0, at: [] } : fuzzy(query, held.title);
      return match === null || match.score < 0 ? [] : [{ held, ...match }];
    })
    .sort((a, b) => b.score - a.score)
    .slice(0, MOST);
  const known = new Set(titled.map(({ held }) => held.session_id));
  const conversations: Entry[] = titled.map(({ held, at }) => ({
    id: held.session_id,
    group: "conversations",
    icon: <span className={`dot ${held.status}`} />,
    words: held.title,
    at,
    detail: ago(held.updated_at, Date.now(), i18n.language),
    run: () => app.go(held.session_id),
  }));
  for (const { found, ...held } of query === "" ? [] : search.sessions) {
    const titleAlone =
      found === undefined || found.text.replace(/\s+/gu, " ").startsWith(held.title.replace(/…$/u, ""));
    if (gone.has(held.session_id) || (known.has(held.session_id) && titleAlone)) continue;
    const words =
      found === undefined
        ? held.title
        : found.text
            .replace(/(?:^|\s)#{1,6}\s|\*\*|`/gu, " ")
            .replace(/\s+/gu, " ")
            .trim();
    conversations.push({
      id: `${held.session_id} text`,
      group: "conversations",
      icon: <span className={`dot ${held.status}`} />,
      words,
      at: fuzzy(search.q, words)?.at ?? [],
      detail:
        found === undefined ? ago(held.updated_at, Date.now(), i18n.language) : held.title || t("palette.in_text"),
      run: () => {
        if (held.session_id !== session_id) app.go(held.session_id);
        if (found !== undefined) findInChat(search.q, app.session);
      },
    });
  }
  const found: Entry[] = [...chosen, ...conversations].sort((a, b) => ORDER[a.group] - ORDER[b.group]);
  return { found, failed: search.failed };
}

const ORDER = { commands: 0, models: 1, conversations: 2 };

function useModels() {
  const { client, screen } = useApp();
  const label = useModelLabel();
  const offered = useScreen((state) => state.models);
  const session_id = useSession((state) => state.session_id);
  const view = useSession((state) => state.view);
  const current = useScreen((state) => currentModel(state, session_id, view));
  return (offered?.models ?? [])
    .filter(({ id }) => id !== current)
    .map(({ id }) => ({
      id: `model ${id}`,
      group: "models" as const,
      icon: <Cpu className="i" aria-hidden />,
      words: label(id),
      also: `model ${id} 模型`,
      run: () => {
        if (session_id === null) screen.setState({ new_chat_model: id });
        else client.updateSession(session_id, { model: id }).catch(() => undefined);
      },
    }));
}
