import type { AttachTrayProps } from "../composer/attach-tray.tsx";
import type { ChooseProps } from "../composer/choose.tsx";
import type { DropZoneProps } from "../composer/drop-zone.tsx";
import type { OutboxChipsProps } from "../composer/outbox-chips.tsx";
import type { OlderLateProps } from "../conversation/older-late.tsx";
import type { TurnGroupsProps } from "../conversation/turn-groups.tsx";
import type { TurnViewProps } from "../conversation/turn-view.tsx";
import type { InspectorProps } from "../inspector/inspector.tsx";
import type { RenameSessionProps } from "../sidebar/rename-session.tsx";
import type { RowActionsProps } from "../sidebar/row-actions.tsx";
import type { StoppedByProps } from "../truth/stopped-by.tsx";
import type { TruthActsProps } from "../truth/truth-acts.tsx";
import type { ConnectModelProps } from "./connect-model.tsx";
import { deferred } from "./deferred.tsx";
import type { HeaderActsProps } from "./header-acts.tsx";

/** What the first screen can do without, in chunks of its own. */

export const Inspector = deferred(
  () => import("../inspector/inspector.tsx"),
  (_: InspectorProps) => <aside className="inspector" />,
);

export const AttachTray = deferred<AttachTrayProps>(() => import("../composer/attach-tray.tsx"), nothing);

export const Choose = deferred<ChooseProps>(() => import("../composer/choose.tsx"), nothing);

export const DropZone = deferred<DropZoneProps>(() => import("../composer/drop-zone.tsx"), nothing);

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

/** What is done with the conversation as a whole. */
export const HeaderActs = deferred<HeaderActsProps>(() => import("./header-acts.tsx"), nothing);

export const OlderLate = deferred<OlderLateProps>(() => import("../conversation/older-late.tsx"), nothing);

export const ReplayDock = deferred(() => import("../replay/replay-dock.tsx"), nothing);

export const ReplayDoor = deferred(() => import("../replay/replay-door.tsx"), nothing);

export const ReplayLine = deferred(
  () => import("../replay/replay-line.tsx"),
  () => <section className="truth" />,
);

export const StatusRegion = deferred(() => import("./status-region.tsx"), nothing);

export const StoppedBy = deferred<StoppedByProps>(() => import("../truth/stopped-by.tsx"), nothing);

export const TruthActs = deferred<TruthActsProps>(() => import("../truth/truth-acts.tsx"), nothing);

export const TurnGroups = deferred<TurnGroupsProps>(() => import("../conversation/turn-groups.tsx"), nothing);

export const TurnView = deferred<TurnViewProps>(() => import("../conversation/turn-view.tsx"), nothing);

function nothing() {
  return null;
}
