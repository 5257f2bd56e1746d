import type { AttachTrayProps } from "../composer/attach-tray.tsx";
import type { DropZoneProps } from "../composer/drop-zone.tsx";
import type { OutboxChipsProps } from "../composer/outbox-chips.tsx";
import type { ToolsMenuProps } from "../composer/tools-menu.tsx";
import type { TurnViewProps } from "../conversation/turn-view.tsx";
import type { InspectorProps } from "../inspector/inspector.tsx";
import type { RenameSessionProps } from "../sidebar/rename-session.tsx";
import type { RowActionsProps } from "../sidebar/row-actions.tsx";
import type { ConnectModelProps } from "./connect-model.tsx";
import { deferred } from "./deferred.tsx";
import type { MenuProps } from "./menu.tsx";

/** What the first screen can do without, in chunks of its own. */

export const Inspector = deferred(
  () => import("../inspector/inspector.tsx"),
  (_: InspectorProps) => <aside className="inspector" />,
);

export const Menu = deferred(
  () => import("./menu.tsx"),
  ({ trigger }: MenuProps) => trigger,
);

export const AttachTray = deferred<AttachTrayProps>(() => import("../composer/attach-tray.tsx"), nothing);

export const DropZone = deferred<DropZoneProps>(() => import("../composer/drop-zone.tsx"), nothing);

export const ToolsMenu = deferred(
  () => import("../composer/tools-menu.tsx"),
  ({ trigger }: ToolsMenuProps) => trigger,
);

/** Toasts, the palette, notifications: all that is on no screen yet when the page opens. */
export const Around = deferred(() => import("./around.tsx"), nothing);

export const AskDock = deferred(() => import("../ask/ask-dock.tsx"), nothing);

export const ConnectModel = deferred<ConnectModelProps>(() => import("./connect-model.tsx"), nothing);

export const MessageChips = deferred<OutboxChipsProps>(() => import("../composer/message-chips.tsx"), nothing);

export const RowActions = deferred(
  () => import("../sidebar/row-actions.tsx"),
  ({ trigger }: RowActionsProps) => trigger,
);

export const RenameSession = deferred<RenameSessionProps>(() => import("../sidebar/rename-session.tsx"), nothing);

export const ReplayDock = deferred(() => import("../replay/replay-dock.tsx"), nothing);

export const ReplayDoor = deferred(() => import("../replay/replay-door.tsx"), nothing);

export const ReplayLine = deferred(
  () => import("../replay/replay-line.tsx"),
  () => <section className="truth" />,
);

export const StatusRegion = deferred(() => import("./status-region.tsx"), nothing);

export const TurnView = deferred<TurnViewProps>(() => import("../conversation/turn-view.tsx"), nothing);

function nothing() {
  return null;
}
