import { inLanguage, type Topic, type Turn } from "./turn.ts";

const MENU = {
  en: `Things to try:

- **How many Python files are here?** – a tool call, then an answer made from its result
- **Compare the README with the time: do two things at once** – two tool calls side by side
- **What weekday is it?** – a small tool call
- **Write a long essay about streaming** – long enough to stop it half way, or to reload the page while it runs
- **My name is Ada** and then **What is my name?** – I know only the messages I am sent
- **Ask me something** – a question that waits for you
- **Fail once**, **Fail midway** or **Fail** – what a broken model looks like`,
  zh: `可以试试这些:

- **有多少个 Python 文件?** – 先调用一个工具,再根据结果回答
- **比较 README 和当前时间,同时做两件事** – 一次发出两个工具调用
- **今天星期几?** – 一个很小的工具调用
- **写一篇关于流式输出的长文** – 足够长,可以中途停止,也可以边生成边刷新页面
- 先说 **我叫张三**,再问 **我叫什么名字?** – 我只知道收到的消息
- **问我一个问题** – 一个会等你回答的问题
- **失败一次**、**中途失败** 或 **失败** – 看看模型出错时的样子`,
};

const CONNECT = {
  en: `To talk to a real model, set these in the environment or in \`.env\` and start again:

\`\`\`sh
OPENAI_BASE_URL=https://your-provider.example/v1
OPENAI_API_KEY=your-key
MILLRACE_MODEL=the-model-name
\`\`\`

Or just run [Ollama](https://ollama.com) on this machine: it is found without any setting.`,
  zh: `想接入真正的模型,请在环境变量或 \`.env\` 里设置下面三项,然后重新启动:

\`\`\`sh
OPENAI_BASE_URL=https://your-provider.example/v1
OPENAI_API_KEY=your-key
MILLRACE_MODEL=the-model-name
\`\`\`

也可以直接在本机运行 [Ollama](https://ollama.com):不用任何设置就能找到它。`,
};

const WHO = {
  en: `Hello! I am **the built-in demo, not a language model**. I am a small program that answers a few prompts by rule and streams its answers the way a model does: reasoning first, then text and tool calls. Everything around me – the log, the tools, Stop, reconnecting – is the real thing.`,
  zh: `你好!我是**内置的演示程序,不是语言模型**。我只是按规则回答几种问题,并像模型那样流式输出:先思考,再给出文字和工具调用。我之外的一切,包括日志、工具、停止和断线重连,都是真的。`,
};

const ASKS_WHO =
  /^\W*(hi|hello|hey|good (morning|evening|afternoon))\b|\b(who|what) are you\b|introduce yourself|\bwhat can you (do|show)\b|\b(help|menu)\b|\bare you (a|an) |\b(connect|configure|set ?up|use|switch)\b.*\bmodel\b/iu;
const ASKS_WHO_ZH =
  /你好|您好|介绍一下(你)?自己|自我介绍|你是谁|你是什么|你能(做|干)什么|你会什么|帮助|帮帮我|怎么(接入|连接|配置|使用|换)/u;

export const introduction: Topic = (turn) => {
  if (!ASKS_WHO.test(turn.text) && !ASKS_WHO_ZH.test(turn.text)) {
    return undefined;
  }
  return {
    think: inLanguage(turn, {
      en: "Someone wants to know who is talking. I should be plain about what I am, show what can be tried, and say how to connect a real model.",
      zh: "对方想知道在和谁说话。我应当直说自己是什么,给出可以尝试的内容,再说明怎样接入真正的模型。",
    }),
    say: [inLanguage(turn, WHO), inLanguage(turn, MENU), inLanguage(turn, CONNECT)].join("\n\n"),
  };
};

/** For what no topic is about. */
export function menu(turn: Turn): { readonly think: string; readonly say: string } {
  return {
    think: inLanguage(turn, {
      en: "None of my rules fits this message. I will not pretend to understand it; the honest answer is a short list of what I can show.",
      zh: "这条消息不符合我的任何规则。我不该假装听懂,老实的做法是给出一份简短的清单。",
    }),
    say: [
      inLanguage(turn, {
        en: "I am the built-in demo, not a language model, so I cannot answer that.",
        zh: "我是内置的演示程序,不是语言模型,所以回答不了这个问题。",
      }),
      inLanguage(turn, MENU),
      inLanguage(turn, CONNECT),
    ].join("\n\n"),
  };
}
