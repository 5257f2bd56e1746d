import { aloud } from "./aloud.ts";
import { around } from "./around.ts";
import { ask } from "./ask.ts";
import { conversation } from "./conversation.ts";
import { endpoints } from "./endpoints.ts";
import { files } from "./files.ts";
import { inspector } from "./inspector.ts";
import { prose } from "./prose.ts";
import { reject } from "./reject.ts";
import { replay } from "./replay.ts";
import { settings } from "./settings.ts";

export const later = {
  ...aloud,
  ...around,
  ...ask,
  ...conversation,
  ...endpoints,
  ...files,
  ...prose,
  ...inspector,
  ...settings,
  ...reject,
  ...replay,
};
