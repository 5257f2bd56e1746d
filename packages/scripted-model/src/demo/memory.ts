import { shorten } from "./results.ts";
import { inLanguage, type Topic, type Turn } from "./turn.ts";

const ASKS_NAME =
  /\b(what('s| is)|do you (know|remember)|tell me) my name\b|\bwho am i\b|我(叫|的名字是|姓)什么|我叫啥|我是谁|我的名字(是什么|呢|叫什么)|记得我(叫|的名字)/iu;
const ASKS_HISTORY =
  /\bwhat (did|have|had) i (just )?(ask|said|say|asked|told|tell|written|wrote|write)|\b(my|the) (previous|earlier|last|first) (question|message)s?\b|我(之前|刚才|刚刚|前面|上次|先前)(都)?(问|说|讲)了?(些|过)?(什么|啥)|(之前|刚才|刚刚|前面)我?(都)?(问|说)了?过?(什么|啥)/iu;
const SUMMARY = /\bsummar(y|i[sz]e)\b|总结|概括|小结/iu;

const NAME_EN =
  /\b(?:[Mm]y name(?:'s| is|’s)|[Ii] am called|[Ii]'m called|[Cc]all me)\s+(\p{L}[\p{L}'’-]*(?:\s+\p{Lu}[\p{L}'’-]*){0,2})/u;
const NAME_ZH =
  /我(?:的)?(?:名字)?(?:叫做|叫作|名叫|叫|名字是|是叫)\s*([\p{Script=Han}·]{1,8}|[A-Za-z]+(?: [A-Z][A-Za-z]*){0,2})/u;
const NO_NAME = /^(什么|啥|谁|不|你|他|她|它)|^(what|not|who|a|an|the|when|back)$/iu;
/** Words that follow a Chinese name without a stop between. */
const AFTER_NAME = /(?<=.)(你|您|请|今年|来自|很高兴|记住|吗|呢|吧|啊|呀).*$/u;

/** The name one message gives, if any. */
function nameIn(text: string): string | undefined {
  const name = (NAME_EN.exec(text) ?? NAME_ZH.exec(text))?.[1]?.replace(AFTER_NAME, "");
  return name === undefined || name === "" || NO_NAME.test(name) ? undefined : name;
}

function knownName(turn: Turn): string | undefined {
  return [...turn.before]
    .reverse()
    .map(nameIn)
    .find((name) => name !== undefined);
}

/** Names and earlier messages, known only from the messages of this request. */
export const memory: Topic = (turn) => {
  if (ASKS_NAME.test(turn.text)) {
    return nameAnswer(turn);
  }
  if (ASKS_HISTORY.test(turn.text) || SUMMARY.test(turn.text)) {
    return historyAnswer(turn);
  }
  const name = nameIn(turn.text);
  return name === undefined
    ? undefined
    : {
        think: inLanguage(turn, {
          en: `The message gives a name: ${name}. I keep nothing myself; the session's log will hold it and send it along next time.`,
          zh: `这条消息里有一个名字:${name}。我自己什么都不保存,会话日志会记住它,下次再带给我。`,
        }),
        say: inLanguage(turn, {
          en: `Nice to meet you, **${name}**! Ask me later: *What is my name?* I will find it in the messages of this session.`,
          zh: `很高兴认识你,**${name}**!稍后可以问我:*我叫什么名字?* 我会在这个会话的消息里找到它。`,
        }),
      };
};

function nameAnswer(turn: Turn): { readonly think: string; readonly say: string } {
  const name = knownName(turn);
  const think = inLanguage(turn, {
    en: `Earlier messages in this session: ${turn.before.length}. I look through them for a name.`,
    zh: `我在这个会话之前的 ${turn.before.length} 条消息里找名字。`,
  });
  if (name === undefined) {
    return {
      think,
      say: inLanguage(turn, {
        en: "You have not told me your name in this session. Say *My name is …* and ask again.",
        zh: "你在这个会话里还没有告诉我名字。先说 *我叫……*,再问一次。",
      }),
    };
  }
  return {
    think,
    say: inLanguage(turn, {
      en: `Your name is **${name}**. You told me earlier in this session.`,
      zh: `你叫**${name}**,是你之前在这个会话里告诉我的。`,
    }),
  };
}

function historyAnswer(turn: Turn): { readonly think: string; readonly say: string } {
  const think = inLanguage(turn, {
    en: "The earlier messages are part of the request, so I can simply read them back.",
    zh: "之前的消息就在请求里,直接读出来就行。",
  });
  if (turn.before.length === 0) {
    return {
      think,
      say: inLanguage(turn, {
        en: "This is your first message in this session, so there is nothing before it.",
        zh: "这是你在这个会话里的第一条消息,之前什么都没有。",
      }),
    };
  }
  const shown = turn.before.slice(-8);
  const first = turn.before.length - shown.length + 1;
  const name = knownName(turn);
  const list = shown.map((text, at) => `${first + at}. ${shorten(text)}`).join("\n");
  const intro = inLanguage(turn, {
    en:
      turn.before.length === 1
        ? "Before this you sent one message:"
        : `Before this you sent ${turn.before.length} messages:`,
    zh: `在这之前你发了 ${turn.before.length} 条消息:`,
  });
  const named = inLanguage(turn, { en: `\n\nYour name is ${name}.`, zh: `\n\n你叫${name}。` });
  return { think, say: `${intro}\n\n${list}${name === undefined ? "" : named}` };
}
