/** What the settings' page says, in Chinese. What is missing here stays English. */
export const SENTENCES: Readonly<Record<string, string>> = {
  "Endpoints that speak OpenAI's chat-completions API, by name. `env` is the one of the environment.":
    "支持 OpenAI chat-completions API 的端点，按名字。`env` 是环境变量里的那一个。",
  "The models to offer.": "提供哪些模型。",
  "Id of the model that answers where nobody chose one: the first. `MILLRACE_MODEL` comes before it.":
    "没有人选择时作答的模型的 id：默认是第一个。`MILLRACE_MODEL` 优先。",
  "Agents, by the name that `options.agent` of a message chooses.": "智能体，按名字；消息的 `options.agent` 选择它。",
  "The agent that answers where nobody chose one. `default` exists by itself and may be redefined.":
    "没有人选择时作答的智能体。`default` 本来就有，可以重新定义。",
  "Your own tools, made by `defineTool`, beside the built-in ones.":
    "自己的工具，用 `defineTool` 做成，与内置工具并列。",
  "What happens to calls: `deny` beats `ask` beats `allow`. What no rule speaks of is the tool's to say.":
    "怎样对待调用：`deny` 胜过 `ask`，`ask` 胜过 `allow`。没有规则提到的，由工具自己决定。",
  "Where `bash` runs its commands.": "`bash` 在哪里运行命令。",
  "What the tool of that name may reach. It asks a person besides.": "同名工具可以访问哪里。此外它还会询问人。",
  "MCP servers, by name: programs or addresses. Their tools are called `name__tool`.":
    "MCP 服务器，按名字：程序或地址。它们的工具名为 `name__tool`。",
  "Images and text files that people send with messages.": "人们随消息发送的图片和文本文件。",
  "Where a run is broken off, or a person is asked whether it goes on.": "运行到哪里中断，或询问人是否继续。",
  "When and how far a long conversation is summarised.": "长对话何时概括、概括多少。",
  "Your own code in a run's stream.": "运行的流里你自己的代码。",
  "Whether each run writes a file of what it did to `runs/` in the data folder. `MILLRACE_LOG_FILES` comes before it.":
    "每次运行是否把所做的事写成数据文件夹里 `runs/` 下的文件。`MILLRACE_LOG_FILES` 优先。",
  "Days for which these files are kept.": "这些文件保留多少天。",
  "MiB of them that are kept: the oldest go first.": "这些文件最多保留多少 MiB：最旧的先删。",
  "OpenTelemetry spans of runs, model calls and tool calls. Without an endpoint nothing is sent, or even loaded.":
    "运行、模型调用和工具调用的 OpenTelemetry span。没有端点就什么也不发送，甚至不加载。",
  "The folder that the tools see, relative to this file. `MILLRACE_WORKSPACE` comes before it.":
    "工具看得到的文件夹，相对于本文件。`MILLRACE_WORKSPACE` 优先。",
  "Seconds for which a question waits until it counts as denied: for ever by default.":
    "问题等待多少秒后算作拒绝：默认一直等。",
  "Address of an OpenAI-compatible endpoint, up to and with `/v1`. The key goes nowhere else.":
    "兼容 OpenAI 的端点的地址，写到 `/v1` 为止。密钥不会发往别处。",
  'The key, or `{ env: "NAME" }` for the variable that holds it. Without it no `Authorization` is sent.':
    '密钥，或 `{ env: "NAME" }`，表示存放它的变量。没有它就不发送 `Authorization`。',
  "Sent with every request to this endpoint, and to no other.": "随每个发往此端点的请求发送，不发往别处。",
  "How this endpoint is told whether to think. Guessed from the address where it is not set.":
    "怎样告诉此端点是否思考。没有设置时由地址推测。",
  "Whether what a model thought before it called tools goes back to this endpoint, as `reasoning_content`. DeepSeek and Kimi refuse a conversation without it. Guessed from the address where it is not set.":
    "模型调用工具之前的思考是否以 `reasoning_content` 送回此端点。DeepSeek 和 Kimi 没有它就拒绝对话。没有设置时由地址推测。",
  "Longest wait for the first data of an answer: 60 s by default.": "等待回答第一份数据的最长时间：默认 60 秒。",
  "Longest wait for more of it: 90 s by default.": "等待后续数据的最长时间：默认 90 秒。",
  "The name by which it is chosen here. Unique.": "在这里用来选择它的名字，不可重复。",
  "One of `providers`.": "`providers` 之一。",
  "The endpoint's name of it: `id` by default.": "端点对它的称呼：默认是 `id`。",
  "How many tokens it takes, its answer included.": "它能容纳多少令牌，包括它的回答。",
  "In a currency of your choice. Without it no cost is counted.": "货币由你定。没有它就不计费用。",
  "Per million tokens of requests.": "每百万请求令牌。",
  "Per million tokens of answers, reasoning included.": "每百万回答令牌，包括思考。",
  "Per million tokens of requests that the endpoint had cached: `input` by default.":
    "端点已缓存的请求令牌，每百万：默认同 `input`。",
  "How it calls tools: `native` function calling, `react` text, or native as long as the endpoint takes it.":
    "怎样调用工具：`native` 函数调用、`react` 文本，或只要端点接受就用 native。",
  "Whether it thinks before it answers, unless a message says otherwise.": "作答前是否思考，除非消息另有说明。",
  "Tokens.": "令牌数。",
  "Whether it takes images that messages bring. Where it is not set, the names of some well-known models say so; of others it is `false`.":
    "是否接受消息带来的图片。没有设置时，一些知名模型由名字得知；其余为 `false`。",
  "What it is good for: for people who choose, and for an agent that hands over a task.":
    "它擅长什么：给选择的人看，也给移交任务的智能体看。",
  "Its system prompt: the built-in one by default.": "它的系统提示：默认是内置的。",
  "Id of its model: the default model by default.": "它的模型的 id：默认是默认模型。",
  "The only tools it has, where `*` stands for any characters: all of them by default.":
    "它仅有的工具，`*` 代表任意字符：默认是全部。",
  "Most model calls in a run: 50 by default.": "一次运行最多的模型调用次数：默认 50。",
  "Instead of those of `limits`, one by one.": "逐项代替 `limits` 里的。",
  "Tokens of all model calls of a run: 2,000,000 by default.": "一次运行所有模型调用的令牌数：默认 2,000,000。",
  "In the currency of the models' prices: none by default.": "以模型价格的货币计：默认没有。",
  "Seconds of work, waiting for people not counted: 1800 by default.": "工作的秒数，等人的时间不算：默认 1800。",
  "The same call with the same result, so often in a row: 3 by default.":
    "同样的调用、同样的结果，连续多少次：默认 3。",
  "Failing tool calls in a row: 5 by default.": "连续失败的工具调用次数：默认 5。",
  "Tool calls of a run: 200 by default.": "一次运行的工具调用次数：默认 200。",
  "A flow that answers instead of a model: it is started with the message's text. `system`, `model`, `tools` and `max_steps` are then those of the agents that it calls without naming one.":
    "代替模型作答的流程：以消息的文本启动。这时 `system`、`model`、`tools` 和 `max_steps` 属于它不指名调用的智能体。",
  "A tool's name, where `*` stands for any characters.": "工具名，`*` 代表任意字符。",
  "What the call is about: a path, a host, a command. Any by default.": "调用涉及的东西：路径、主机、命令。默认任意。",
  "Whether commands may reach the network.": "命令是否可以访问网络。",
  "Whether the built-in tools that touch the gateway's machine (files and `bash`) are offered. `auto`: yes in local mode; with `MILLRACE_TOKEN` or `OIDC_ISSUER` only where the sandbox works. `on` is for a gateway that is in a container of its own.":
    "是否提供会触及网关所在机器的内置工具（文件和 `bash`）。`auto`：本机模式下提供；有 `MILLRACE_TOKEN` 或 `OIDC_ISSUER` 时，只在沙箱可用时提供。`on` 用于独占一个容器的网关。",
  'The only hosts that it fetches, where `*` stands for any characters: `["docs.example.com", "*.example.org"]`. By default every public one in local mode, and none with `MILLRACE_TOKEN` or `OIDC_ISSUER`; `["*"]` allows every public one there too.':
    '它仅能获取的主机，`*` 代表任意字符：`["docs.example.com", "*.example.org"]`。默认在本机模式下为所有公网主机，有 `MILLRACE_TOKEN` 或 `OIDC_ISSUER` 时一个也没有；`["*"]` 在那里也允许所有公网主机。',
  "A program that speaks MCP over its standard input and output.": "通过标准输入输出使用 MCP 的程序。",
  "Its arguments.": "它的参数。",
  "Its variables, beside PATH and the like. It sees none of the gateway's own.":
    "它的环境变量，另有 PATH 之类。看不到网关自己的任何变量。",
  "The folder it starts in.": "它在哪个文件夹里启动。",
  "The only tools of it that are offered: all by default.": "只提供它的这些工具：默认全部。",
  "Longest duration of a call: 60 s by default.": "一次调用的最长时间：默认 60 秒。",
  "A server that speaks MCP over streamable HTTP.": "通过 streamable HTTP 使用 MCP 的服务器。",
  "Sent to this server only.": "只发往这个服务器。",
  "MiB that the files of one user may have together.": "一个用户的文件合计最多多少 MiB。",
  "Part of the model's context from which on old tool outputs are left out and turns summarised: 0.8 by default.":
    "用到模型上下文的多大部分时，开始省略旧的工具输出并概括旧的轮次：默认 0.8。",
  "Part of the context whose latest messages stay word for word: 0.3 by default.":
    "上下文里多大部分的最新消息逐字保留：默认 0.3。",
  "Sees each piece of text, reasoning and tool output as it is produced, and may put `data` events into the stream.":
    "看得到产生的每一段文本、思考和工具输出，并可把 `data` 事件放进流里。",
  "Where traces go over OTLP/HTTP, without `/v1/traces`. `OTEL_EXPORTER_OTLP_ENDPOINT` comes before it.":
    "trace 通过 OTLP/HTTP 发往哪里，不写 `/v1/traces`。`OTEL_EXPORTER_OTLP_ENDPOINT` 优先。",
  "Sent with them.": "随它们发送。",
  "`OTEL_SERVICE_NAME` comes before it.": "`OTEL_SERVICE_NAME` 优先。",
};

/** Types as the settings' page writes them; the longer ones first. */
export const TYPES: readonly (readonly [RegExp, string])[] = [
  [/object, by name/gu, "对象，按名字"],
  [/, by name/gu, "，按名字"],
  [/list of /gu, "列表："],
  [/whole number/gu, "整数"],
  [/\bnumber\b/gu, "数"],
  [/\btext\b/gu, "文本"],
  [/\bobject\b/gu, "对象"],
  [/ or /gu, " 或 "],
];

export const HEAD = {
  before: `# 配置

<!-- 由 \`npm run reference -w @millrace/docs\` 从英文页生成，英文页由 schema 生成。 -->

什么都不必配置。要配置的写在仓库根目录的 \`millrace.config.ts\` 里（\`.mts\`、\`.mjs\`、\`.js\` 或 \`.json\` 也行），或写在 \`MILLRACE_CONFIG\` 指名的文件里：`,
  after: `网关在启动时读一次；有错就以一行指出设置名的话停下。这个文件是代码，以网关的权限运行。环境变量里的总是优先：\`OPENAI_BASE_URL\`、\`OPENAI_API_KEY\` 和
\`MILLRACE_MODEL\` 加入服务商 \`env\`，它的模型排在前面；单独的 \`MILLRACE_MODEL\` 在文件的模型里选默认的那个。密钥只发往它的服务商的地址：不进日志，也不进浏览器。

Ollama、通义千问、DeepSeek、OpenAI、自己的工具、MCP 服务器和钩子的例子在 [\`examples\`](../../examples) 里。`,
};
