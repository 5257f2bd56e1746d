import { ask } from "./ask.ts";
import { conversation } from "./conversation.ts";
import { inspector } from "./inspector.ts";
import { settings } from "./settings.ts";

/** What is said only once something has happened, or by what is opened. */
export const later = { ...ask, ...conversation, ...inspector, ...settings };
