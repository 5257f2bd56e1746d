import { useEffect, useRef, useState } from "react";
import { AppView } from "../app.tsx";
import { Composer } from "../composer/composer.tsx";
import { TurnsContext } from "../conversation/turns-context.ts";
import { type App, AppContext, useSession } from "../shell/app-context.ts";
import { AskDock, Inspector, TurnView } from "../shell/chunks.tsx";
import { EmptyScreen } from "../shell/empty-screen.tsx";
import { Sidebar } from "../sidebar/sidebar.tsx";
import { TruthLine } from "../truth/truth-line.tsx";
import { type Act, isPage, type PagePart, type Part, type Story } from "./story.ts";
import { goOn, open, storyApp } from "./story-app.ts";

const nothing = () => undefined;
const TURNS = { blocked: null, live: true, sent: nothing, atEnd: () => true, stay: nothing };

const PARTS: Record<Exclude<Part, PagePart>, () => React.ReactNode> = {
  turns: Turns,
  diagrams: Turns,
  truth: TruthLine,
  dock: () => (
    <div className="dock">
      <AskDock />
    </div>
  ),
  composer: () => (
    <div className="dock">
      <Composer sent={nothing} />
    </div>
  ),
  side: () => <Sidebar collapse={nothing} />,
  inspector: () => <Inspector close={nothing} />,
  empty: () => <EmptyScreen />,
};

/** One story in a frame of its own, with its name. */
export function StoryView({ story, preferences }: { story: Story; preferences: App["preferences"] }) {
  const frame = useRef<HTMLElement>(null);
  return (
    <section
      ref={frame}
      className="story"
      data-testid="story"
      data-story={story.name}
      data-part={story.part}
      aria-label={story.name}
    >
      <h2 className="story-name">
        <a href={addressOf(story)}>{story.name}</a>
      </h2>
      <div className="story-part">
        {isPage(story.part) ? (
          <iframe title={story.name} src={addressOf(story)} loading="lazy" />
        ) : (
          <Shown story={story} preferences={preferences} frame={frame} />
        )}
      </div>
    </section>
  );
}

/** The same theme and language, and this story only. */
function addressOf({ name }: Story): string {
  const asked = new URLSearchParams(location.search);
  asked.set("story", name);
  return `?${asked}`;
}

interface ShownProps {
  story: Story;
  preferences: App["preferences"];
  /** Where what is to be pressed stands, and where it is told that it was. */
  frame: React.RefObject<HTMLElement | null>;
}

function Shown({ story, preferences, frame }: ShownProps) {
  const app = useStoryApp(story, preferences, frame);
  if (isPage(story.part)) return null;
  const Part = PARTS[story.part];
  return (
    <AppContext value={app}>
      <TurnsContext value={TURNS}>
        <Part />
      </TurnsContext>
    </AppContext>
  );
}

/** The whole page of a story. */
export function StoryPage({ story, preferences }: { story: Story; preferences: App["preferences"] }) {
  const frame = useRef<HTMLElement>(document.body);
  const app = useStoryApp(story, preferences, frame);
  return (
    <AppContext value={app}>
      <AppView />
    </AppContext>
  );
}

function useStoryApp(story: Story, preferences: App["preferences"], frame: ShownProps["frame"]): App {
  const [app] = useState(() => {
    const made = storyApp(story, preferences);
    open(made, story);
    return made;
  });
  useEffect(() => {
    goOn(app, story);
    const within = frame.current;
    if (within === null) return;
    pressAll(within, story.press ?? []).then(() => {
      within.dataset.pressed = "true";
    }, nothing);
  }, [app, story, frame]);
  return app;
}

function Turns() {
  const turns = useSession((state) => state.view.turns);
  return (
    <div className="read">
      {turns.map((turn) => (
        <TurnView key={turn.run_id} turn={turn} />
      ))}
    </div>
  );
}

/** Milliseconds within which a control has to be there and to take a click: buttons of a card wait before they do. */
const PATIENCE = 3_000;

async function pressAll(frame: HTMLElement, acts: readonly Act[]): Promise<void> {
  for (const act of acts) {
    const selector = typeof act === "string" ? act : act.into;
    for (let waited = 0; waited < PATIENCE; waited += 50) {
      const control = frame.querySelector<HTMLElement>(selector);
      if (control !== null && control.ariaDisabled !== "true" && !control.hasAttribute("disabled")) {
        if (typeof act === "string") control.click();
        else typeInto(control, act.type);
        break;
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

function typeInto(control: HTMLElement, words: string): void {
  control.focus();
  document.execCommand("insertText", false, words);
}
