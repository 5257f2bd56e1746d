export const USAGE = `usage: millrace                      start the gateway of this checkout
       millrace chat [message…]      talk to a gateway; without a message, a conversation
       millrace record "prompt"      keep a provider's stream as it comes: > recording.jsonl
       millrace demo                 a model server without a model
       millrace verify               does a gateway deliver what it stores? cuts connections and compares

chat     --url URL          the gateway, http://127.0.0.1:8000 by default (or MILLRACE_URL; MILLRACE_TOKEN, where it wants one)
         --session ID       go on with this session
         --model NAME       --agent NAME
         --json             each event as a line of JSON
record   --base-url URL     --model NAME (or OPENAI_BASE_URL, MILLRACE_MODEL; the key is OPENAI_API_KEY)
         --system TEXT
demo     --port N           8100 by default
         --recording FILE   replay this recording instead of the demo; --fast: without its pauses
verify   --url URL          the gateway (MILLRACE_TOKEN, where it wants one); without it, one of its own with the demo model
         --model NAME       the one that answers
         --messages N       20 by default    --duration SECONDS  20; how long the demo talks
         --viewers N        3 by default; WebSockets that are cut, for each of at most 4 sessions
         --seed N           repeat the cuts of another time
         --json             the result as JSON
         --keep             do not delete the sessions afterwards
`;

export const CHAT_HELP = `/model [name]        which models there are, or use this one from now on
/sessions [number]   the latest sessions, or go on with one of them
/new                 begin a new session
/export [md|jsonl] [file]
/help                this
/quit                or Ctrl-D

Ctrl-C stops a run, a second one leaves.
`;
