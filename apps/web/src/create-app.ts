import type { MillraceClient } from "@millrace/client";
import type { View } from "@millrace/protocol";
import { createStore } from "zustand/vanilla";
import { createAskStore } from "./ask/ask-store.ts";
import type { OfferedAgents } from "./composer/choices.ts";
import { saveDraft } from "./composer/draft.ts";
import { createDraftFiles } from "./composer/draft-files.ts";
import { loadExcluded } from "./composer/excluded-tools.ts";
import { AskRecord, CallBody, Markdown, MessageFiles } from "./conversation/turn-chunks.tsx";
import { createReplays } from "./replay/replays.ts";
import { nextFrame, nowAndThen } from "./session/next-frame.ts";
import { createSessionStore } from "./session/session-store.ts";
import { createRemovals } from "./sessions/removals.ts";
import { createSessionsStore } from "./sessions/sessions-store.ts";
import type { App, Screen, StorageTrouble } from "./shell/app-context.ts";
import { Around, AskDock, AttachTray, Inspector, OlderLate, TurnGroups } from "./shell/chunks.tsx";
import { requestJson } from "./shell/gateway-http.ts";
import { createPreferences } from "./shell/preferences.ts";
import { addressOf, sessionOf } from "./shell/route.ts";
import { goToSignIn, isSignedOut, isUnauthorized } from "./shell/sign-in.ts";
import { COARSE } from "./shell/use-media.ts";

declare global {
  interface Window {
    /** A debugging aid: the folded log of the session on the screen, or null in a new chat. Nothing reads it here. */
    __millrace: { view(): View | null };
  }
}

const STORAGE_TROUBLES: readonly StorageTrouble[] = ["slow", "full", "unavailable"];

/** Puts the parts together and connects them to the page. Called once, for the life of the page. */
export function createApp(client: MillraceClient): App {
  const session = createSessionStore(client, nextFrame, {
    history: nowAndThen,
    readOlder: async (range) => (await import("./session/history.ts")).readOlder(range),
    signedOut: goToSignIn,
  });
  const sessions = createSessionsStore(client);
  const asks = createAskStore(client, session);
  const removals = createRemovals(client, (session_id) => {
    saveDraft(session_id, { text: "", files: [] });
    sessions.forget(session_id);
  });
  const replays = createReplays();
  const preferences = createPreferences();
  const screen = createStore<Screen>(() => ({
    selected: null,
    sheet: null,
    overlay: null,
    storage: null,
    models: null,
    agents: null,
    new_chat_model: null,
    agent: null,
    thinking: null,
    excluded_tools: null,
  }));
  const files = createDraftFiles();
  const sent = new Set<string>();
  client.outbox.subscribe(() => {
    for (const { message_id } of client.outbox.get()) sent.add(message_id);
  });

  const show = (session_id: string | null) => {
    keepSeen();
    session.open(session_id);
    replays.moved();
    const excluded_tools = loadExcluded(session_id);
    screen.setState({ selected: null, sheet: null, agent: null, thinking: null, excluded_tools });
  };
  const keepSeen = () => {
    const { session_id, view, link } = session.getState();
    if (session_id !== null && link !== "gone") sessions.saw(session_id, view.seq);
  };
  /** What is not known is not offered. */
  const loadOffers = () => {
    client.models().then(
      (models) => screen.setState({ models }),
      (error: unknown) => {
        if (isUnauthorized(error)) goToSignIn();
      },
    );
    requestJson<OfferedAgents>("GET", "/api/v1/agents").then(
      (agents) => screen.setState({ agents }),
      () => undefined,
    );
  };

  client.connection.subscribe(() => {
    const connection = client.connection.get();
    if (connection.state !== "online") screen.setState({ storage: null });
    if (connection.state === "online") loadOffers();
    else if (isSignedOut(connection)) goToSignIn();
  });
  client.onNotice(({ code }) => {
    if (code === "storage_ok") screen.setState({ storage: null });
    const trouble = STORAGE_TROUBLES.find((how) => code === `storage_${how}`);
    if (trouble !== undefined) screen.setState({ storage: trouble });
  });
  window.addEventListener("popstate", () => show(sessionOf(location.pathname)));
  window.addEventListener("pagehide", () => {
    keepSeen();
    removals.flush();
  });
  window.addEventListener("online", () => client.retryNow());
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") client.retryNow();
    else keepSeen();
  });
  window.__millrace = {
    view() {
      const { session_id, view } = (replays.getState().scene?.app.session ?? session).getState();
      return session_id === null ? null : view;
    },
  };

  loadOffers();
  sessions.connect();
  show(sessionOf(location.pathname));
  client.connect();
  TurnGroups.load();
  Markdown.load();
  Inspector.load();
  AskDock.load();
  // Offline it could not be fetched any more.
  AttachTray.load();
  Around.load();
  AskRecord.load();
  CallBody.load();
  MessageFiles.load();
  OlderLate.load();

  return {
    client,
    session,
    sessions,
    removals,
    asks,
    replays,
    preferences,
    screen,
    files,
    sent,
    go(session_id, replace) {
      const address = addressOf(session_id);
      if (address === location.pathname) screen.setState({ sheet: null });
      else if (replace === undefined) history.pushState(null, "", address);
      else history.replaceState(null, "", address);
      show(session_id);
      if (!matchMedia(COARSE).matches) document.getElementById("composer")?.focus();
    },
  };
}
