export const ESSAY_EN = `# Why a log makes streaming reliable

A model's answer does not arrive, it *grows*. For twenty seconds there is a half-written text, and everything that can go wrong with a network has twenty seconds to do so. This essay is about the one structure that turns those seconds from a risk into a routine: an append-only log.

## The problem with pipes

The first version of every chat is a pipe. The server reads tokens from the model and writes them into the socket of whoever asked. It works on the first try, and it keeps working until somebody walks into a lift with a phone in their hand.

Then the questions begin. Where was the reader when the line went dead? Which words had been sent, which had been received, and which had been painted on the screen? A pipe knows none of this. It has no memory, so it can only start over or give up, and both look like a fault to the person waiting.

> A stream that exists only while someone is watching it is a performance. A stream that is written down first is a record, and a record can be read again.

## Write first, then show

The change is small. Before an event is shown to anyone it is appended to the log of its session, where it gets the next number: 1, 2, 3, and so on without holes. Only then is it sent. The order matters more than it seems:

1. If the process dies *before* the write, nobody has seen the event, so nothing is missing.
2. If it dies *after* the write, the event is safe, and every reader gets it on the next visit.
3. There is no third case.

A viewer becomes a very modest thing: a single number, the last event it has applied. Reconnecting, opening a second tab, waking a sleeping laptop and recovering from a crash are all the same request, namely "everything after 1,204, please".

| What happens | With a pipe | With a log |
| --- | --- | --- |
| The phone loses its signal | the rest of the answer is gone | continue after the last number |
| A second tab opens | it sees nothing, or a copy | it reads the same log |
| The server restarts | the conversation ends | the tail is read back |
| The reader is slow | memory grows on the server | it is simply further behind |

## The reader's rule

What does a reader have to do in order to be right? Surprisingly little. Every frame says which numbers it covers, and three lines decide:

\`\`\`ts
if (frame.seq <= cursor) return;               // seen before
if (frame.from > cursor + 1) return resync();  // a hole
cursor = apply(frame);                         // exactly the next piece
\`\`\`

Nothing here depends on time, on luck, or on the network being in a good mood. A frame that arrives twice is ignored. A frame that arrives too early causes one question and no damage. Because neighbouring pieces of text can be merged into one bigger piece, a reader that fell behind does not pay for its delay with a thousand tiny messages.

## Stopping is an event too

A long answer invites a change of mind, and this is where many systems become vague. The button is pressed, the text stops moving, and far away a model keeps writing for nobody while a meter keeps running.

In a log the wish to stop is written down like everything else. Once it is written it is a fact: every tab shows it, a restart does not forget it, and the work that was under way has to end with a last event of its own. You can try that now, by the way. This text is long for a reason.

A stop deserves the name when all of these hold:

- [x] the intention is stored before it is confirmed
- [x] the request to the model is closed, not just ignored
- [x] every tool that was running comes to a recorded end
- [x] the next message works as if nothing had happened
- [ ] somebody had to reload the page

## What it costs

Durability sounds expensive, and for single events it would be. But writes can be collected for a few hundredths of a second and stored together, and the eye does not notice:

- the first piece of an answer is written at once, because people do notice that one
- the following pieces share a transaction, many sessions at a time
- when a block of text is complete, its pieces are settled into one row

What remains is a fraction of a millisecond for each event, which is very little next to the time a model takes to think of the next word.

## The quiet benefit

The best argument for the log has nothing to do with failure. Once everything that happened is a sequence of facts, the other parts of the system become *readings* of it. The conversation on the screen is a fold over the log. So is the history that is sent to the model, the queue of waiting messages, and the list of questions that still need an answer. Each of them can be thrown away and computed again, and a test can compare two of them and expect equality rather than resemblance.

That is a calm way to build things. Networks will go on failing, people will go on closing laptops in the middle of a sentence, and processes will go on dying at the worst moment. None of it has to be an exception. It can be a cursor that is a little behind, catching up.
`;
