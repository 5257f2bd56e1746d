import {
  CircleHelp,
  Clock,
  FilePen,
  Files,
  FileText,
  Globe,
  Layers,
  type LucideIcon,
  Plug,
  Search,
  Terminal,
} from "lucide-react";
import { nameParts } from "./call-state.ts";

const ICONS: readonly [RegExp, LucideIcon][] = [
  [/bash|shell|command|exec|python/, Terminal],
  [/write|edit|patch/, FilePen],
  [/list_|glob|find_files|tree/, Files],
  [/read|file|cat/, FileText],
  [/fetch|url|http|web|browse/, Globe],
  [/search|grep/, Search],
  [/time|clock|date/, Clock],
  [/ask_user|question/, CircleHelp],
  [/agent|research|task/, Layers],
];

/** The icon of a tool, by what its name says it does; a plug for everything of an MCP server. */
export function ToolIcon({ name, small = false }: { name: string; small?: boolean }) {
  const { server, tool } = nameParts(name);
  const Icon = server === null ? (ICONS.find(([pattern]) => pattern.test(tool))?.[1] ?? Terminal) : Plug;
  return <Icon className={small ? "i s14" : "i"} aria-hidden />;
}

export function ToolName({ name }: { name: string }) {
  const { server, tool } = nameParts(name);
  return (
    <span className="call-name">
      {server !== null && <span className="ns">{server} · </span>}
      {tool}
    </span>
  );
}
