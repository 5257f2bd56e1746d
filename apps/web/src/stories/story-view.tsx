import { useEffect, useRef, useState } from "react";
import { Composer } from "../composer/composer.tsx";
import { TurnsContext } from "../conversation/turns-context.ts";
import { type App, AppContext, useSession } from "../shell/app-context.ts";
import { AskDock, Inspector, TurnView } from "../shell/chunks.tsx";
import { EmptyScreen } from "../shell/empty-screen.tsx";
import { Sidebar } from "../sidebar/sidebar.tsx";
import { TruthLine } from "../truth/truth-line.tsx";
import type { Part, Story } from "./story.ts";
import { goOn, open, storyApp } from "./story-app.ts";

const nothing = () => undefined;
const TURNS = { blocked: null, live: true, sent: nothing, stay: nothing };

const PARTS: Record<Part, () => React.ReactNode> = {
  turns: Turns,
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
  const [app] = useState(() => {
    const made = storyApp(story, preferences);
    open(made, story);
    return made;
  });
  useEffect(() => {
    goOn(app, story);
    if (frame.current !== null) pressAll(frame.current, story.press ?? []).catch(nothing);
  }, [app, story]);
  const Part = PARTS[story.part];
  return (
    <section
      ref={frame}
      className="story"
      data-testid="story"
      data-story={story.name}
      data-part={story.part}
      aria-label={story.name}
    >
      <h2 className="story-name">{story.name}</h2>
      <AppContext value={app}>
        <TurnsContext value={TURNS}>
          <div className="story-part">
            <Part />
          </div>
        </TurnsContext>
      </AppContext>
    </section>
  );
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

async function pressAll(frame: HTMLElement, selectors: readonly string[]): Promise<void> {
  for (const selector of selectors) {
    for (let waited = 0; waited < PATIENCE; waited += 50) {
      const control = frame.querySelector<HTMLElement>(selector);
      if (control !== null && control.ariaDisabled !== "true" && !control.hasAttribute("disabled")) {
        control.click();
        break;
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  frame.dataset.pressed = "true";
}
