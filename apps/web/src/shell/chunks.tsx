import type { InspectorProps } from "../inspector/inspector.tsx";
import type { MarkdownProps } from "../markdown/markdown.tsx";
import { deferred } from "./deferred.tsx";
import type { MenuProps } from "./menu.tsx";

/** What the first screen can do without, in chunks of its own. */

export const Markdown = deferred(
  () => import("../markdown/markdown.tsx"),
  ({ text }: MarkdownProps) => (
    <div className="prose">
      <p className="raw">{text}</p>
    </div>
  ),
);

export const Inspector = deferred(
  () => import("../inspector/inspector.tsx"),
  (_: InspectorProps) => <aside className="inspector" />,
);

export const Menu = deferred(
  () => import("./menu.tsx"),
  ({ trigger }: MenuProps) => trigger,
);
