/** The gateway's parts without sockets, files and a clock of their own: for whoever puts one together to test it. */
export { z } from "zod";
export { Audit } from "./auth/audit.ts";
export { Principal } from "./auth/principal.ts";
export { Commands } from "./commands.ts";
export { NO_CONFIG } from "./config/schema.ts";
export { Connection, type ConnectionContext, type Socket } from "./connection/connection.ts";
export type { Later } from "./later.ts";
export { DEFAULT_LIMITS, type Limits } from "./limits.ts";
export { Agents } from "./models/agents.ts";
export type { Models, OfferedModel } from "./models/models.ts";
export type { RunObserver } from "./models/run-observer.ts";
export { Cursor } from "./session/cursor.ts";
export { Sessions } from "./session/sessions.ts";
export { Settler } from "./session/settler.ts";
