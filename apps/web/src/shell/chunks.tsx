import type { AttachTrayProps } from "../composer/attach-tray.tsx";
import type { DropZoneProps } from "../composer/drop-zone.tsx";
import type { ToolsMenuProps } from "../composer/tools-menu.tsx";
import type { TurnViewProps } from "../conversation/turn-view.tsx";
import type { InspectorProps } from "../inspector/inspector.tsx";
import type { SettingsProps } from "../settings/settings.tsx";
import type { DeleteSessionProps } from "../sidebar/delete-session.tsx";
import type { RenameSessionProps } from "../sidebar/rename-session.tsx";
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

export const AskDock = deferred(() => import("../ask/ask-dock.tsx"), nothing);

export const ConnectModel = deferred<ConnectModelProps>(() => import("./connect-model.tsx"), nothing);

export const DeleteSession = deferred<DeleteSessionProps>(() => import("../sidebar/delete-session.tsx"), nothing);

export const RenameSession = deferred<RenameSessionProps>(() => import("../sidebar/rename-session.tsx"), nothing);

export const ReplayDock = deferred(() => import("../replay/replay-dock.tsx"), nothing);

export const ReplayDoor = deferred(() => import("../replay/replay-door.tsx"), nothing);

export const ReplayLine = deferred(
  () => import("../replay/replay-line.tsx"),
  () => <section className="truth" />,
);

export const Settings = deferred<SettingsProps>(() => import("../settings/settings.tsx"), nothing);

export const TurnView = deferred<TurnViewProps>(() => import("../conversation/turn-view.tsx"), nothing);

function nothing() {
  return null;
}
