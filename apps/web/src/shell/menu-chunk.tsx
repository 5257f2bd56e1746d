import { deferred } from "./deferred.tsx";
import type { MenuProps } from "./menu.tsx";

/** A menu, loaded with the first one that is opened; its trigger is there before. */
export const Menu = deferred(
  () => import("./menu.tsx"),
  ({ trigger }: MenuProps) => trigger,
);
