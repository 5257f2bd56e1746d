import { createI18n } from "@millrace/web/i18n";
import Markdown from "@millrace/web/markdown";
import { type ComponentType, useSyncExternalStore } from "react";
import { createRoot } from "react-dom/client";
import { I18nextProvider } from "react-i18next";
import ReactMarkdown from "react-markdown";
import remarkGfm from "remark-gfm";

/** Gets the text so far, once per frame, and what of it is new. */
export type Show = (text: string, added: string, live: boolean) => void;

interface Shown {
  readonly text: string;
  readonly live: boolean;
}

/** What draws a growing answer into an element. */
export const CONTENDERS: Readonly<Record<string, (element: HTMLElement) => Show>> = {
  floor(element) {
    const node = element.appendChild(document.createElement("div")).appendChild(document.createTextNode(""));
    (node.parentElement as HTMLElement).className = "plain";
    return (_, added) => node.appendData(added);
  },
  paragraphs(element) {
    const begun = () => {
      const block = element.appendChild(document.createElement("div"));
      block.className = "plain";
      return block.appendChild(document.createTextNode(""));
    };
    let node = begun();
    return (_, added) => {
      for (const [index, piece] of added.split("\n\n").entries()) {
        if (index > 0) node = begun();
        node.appendData(piece);
      }
    };
  },
  millrace: (element) =>
    reacting(element, ({ text, live }) => (
      <I18nextProvider i18n={i18n}>
        <Markdown text={text} live={live} />
      </I18nextProvider>
    )),
  "react-markdown": (element) =>
    reacting(element, ({ text }) => (
      <div className="prose">
        <ReactMarkdown remarkPlugins={[remarkGfm]}>{text}</ReactMarkdown>
      </div>
    )),
};

const i18n = createI18n();

function reacting(element: HTMLElement, View: ComponentType<Shown>): Show {
  let shown: Shown = { text: "", live: true };
  let changed = (): void => undefined;
  const subscribe = (listener: () => void) => {
    changed = listener;
    return () => undefined;
  };
  const Root = () => <View {...useSyncExternalStore(subscribe, () => shown)} />;
  createRoot(element).render(<Root />);
  return (text, _, live) => {
    shown = { text, live };
    changed();
  };
}
