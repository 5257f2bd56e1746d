import { deferred } from "../shell/deferred.tsx";
import type { ToolsMenuProps } from "./tools-menu.tsx";

/** The tools of a message, loaded with the first look at them; their button is there before. */
export const ToolsMenu = deferred(
  () => import("./tools-menu.tsx"),
  ({ trigger }: ToolsMenuProps) => trigger,
);
