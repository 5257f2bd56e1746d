import { around } from "./around.ts";
import { ask } from "./ask.ts";
import { conversation } from "./conversation.ts";
import { files } from "./files.ts";
import { inspector } from "./inspector.ts";
import { prose } from "./prose.ts";
import { replay } from "./replay.ts";
import { settings } from "./settings.ts";

/** What is said only once something has happened, or by what is opened. */
export const later = { ...around, ...ask, ...conversation, ...files, ...prose, ...inspector, ...settings, ...replay };
