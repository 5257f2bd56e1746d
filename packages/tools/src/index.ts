export { type WorkspaceToolsOptions, workspaceTools } from "./workspace-tools.ts";
