import { ask } from "./ask.ts";
import { conversation } from "./conversation.ts";
import { inspector } from "./inspector.ts";
import { settings } from "./settings.ts";

export const later = { ...ask, ...conversation, ...inspector, ...settings };
