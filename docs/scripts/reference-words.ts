/** What the sources say of frames, fields, codes and limits, in Chinese. A test fails where one is missing or left over. */
export const REMARKS: Readonly<Record<string, string>> = {
  "What a person said. It waits in the queue until a `session_start` or `step` takes it.":
    "人说的话。它在队列里等待,直到 `session_start` 或 `step` 取走它。",
  "The message that began a run and whose place this one takes: what followed that one becomes another branch.":
    "开始了一次运行、由这条消息取代的那条消息:它后面的内容成为另一个分支。",
  "A queued message was taken back before any run took it.": "排队的消息在被任何运行取走之前撤回了。",
  "The branch of this message is shown from here on: up to it, and on to where that branch was last.":
    "从这里起显示这条消息所在的分支:直到它,再到该分支上次所在之处。",
  "The intent to stop is durable: from here on no model or tool begins in this run.":
    "停止的意图已持久化:从这里起,这次运行中不再开始任何模型或工具。",
  "First event of a run; takes these messages out of the queue.": "一次运行的第一个事件;从队列里取出这些消息。",
  "Of the OpenTelemetry trace that the run belongs to, 32 hex digits.":
    "运行所属的 OpenTelemetry trace 的 id,32 位十六进制数字。",
  "Before each model call. `tokens`: size of the context; `message_ids`: steering messages that join here.":
    "每次模型调用之前。`tokens`:上下文的大小;`message_ids`:在这里加入的引导消息。",
  "A model call is complete: what the step's deltas add up to.": "一次模型调用完成:这一步的所有增量合起来的内容。",
  "UTF-16 code units of the step's `text_delta`s.": "这一步所有 `text_delta` 的 UTF-16 码元数。",
  "Of the whole answer: goes back to the provider that gave it, and to nobody else.":
    "属于整个回答:只送回给出它的提供方,不给别人。",
  "Everything of the run with `seq >= discard_from` is void. `discard_from` never points inside a block.":
    "这次运行中 `seq >= discard_from` 的一切作废。`discard_from` 从不指向块的内部。",
  "The summary.": "概括。",
  "Of the model call that wrote the summary.": "写出概括的那次模型调用的。",
  "What a flow puts into the stream that is not text.": "流程放进流里的非文本内容。",
  "Ends a run with an answer.": "以回答结束一次运行。",
  "Ends a run that was stopped; `content` is what was said until then.":
    "结束一次被停止的运行;`content` 是到那时为止说出的内容。",
  "Ends a run that failed. `retryable`: the same message may work later.":
    "结束一次失败的运行。`retryable`:同一条消息以后也许能成功。",
  "The arguments' JSON text as it streams.": "流式到达的参数 JSON 文本。",
  "The arguments are complete.": "参数已完整。",
  "Of the call: goes back to the provider that gave it, and to nobody else.":
    "属于这次调用:只送回给出它的提供方,不给别人。",
  "The call has its slot and begins now: stored before the tool does anything.":
    "调用得到了位置,现在开始:在工具做任何事之前就已存储。",
  "Seconds.": "秒。",
  "Of the model calls that the tool made: a sub-agent's. They count as the run's.":
    "工具所做的模型调用的,即子智能体的。它们算在这次运行里。",
  "Steps of a sub-agent.": "子智能体的步数。",
  "Of that `usage`, where it is not reckoned by the price of the run's own model.":
    "该 `usage` 的费用,当它不按运行自己的模型的价格计算时。",
  "The run waits for a person. `args_digest` binds the answer to the arguments that are shown.":
    "运行在等待人。`args_digest` 把答复绑定到所显示的参数。",
  'What "allow_session" and "allow_always" would allow, beside this call.':
    "除这次调用外,“allow_session” 和 “allow_always” 还会允许什么。",
  "Of the tool as it was when this was asked: what is allowed for longer holds for no other tool of its name.":
    "提问时那个工具的摘要:长期的许可不适用于同名的其他工具。",
  'Unix time in milliseconds; afterwards the answer is "denied".': "Unix 时间,毫秒;过后答复即为 “denied”。",
  "Of a flow that asks: what the gateway needs to go on with the answer after a restart. At most 32 KiB of JSON.":
    "属于提问的流程:网关重启后凭答复继续所需的内容。最多 32 KiB 的 JSON。",
  '`by`: the user, or "expiry" where nobody answered in time.': "`by`:用户;无人及时答复时为 “expiry”。",
  "Start at the n-th last message instead of `after`.": "从倒数第 n 条消息开始,代替 `after`。",
  "The message that began a run and whose place this one takes.": "开始了一次运行、由这条消息取代的那条消息。",
  "Shows the branch of a message that a run has taken.": "显示已被某次运行取走的消息所在的分支。",
  "Only where the upgrade carried no credentials and the gateway wants some.":
    "仅用于升级请求没有带凭证而网关要求凭证时。",
  "The command `id` was carried out; what it changed is in the log.": "命令 `id` 已执行;它改变的内容在日志里。",
  "The same message was accepted before and is not run again.": "同一条消息以前已被接受,不会再次运行。",
  "The command was refused. `id` is null where it had none that could be read.":
    "命令被拒绝。命令没有可读的 id 时,`id` 为 null。",
  "Events follow from `after + 1`. `reset`: drop what you have of this session first.":
    "事件从 `after + 1` 开始。`reset`:先丢弃已有的该会话内容。",
  "Names the history that cursors count in; another epoch is another history.":
    "游标计数所在的历史的名字;epoch 不同,历史就不同。",
  "The history up to `seq` has been sent: what follows happens now.":
    "直到 `seq` 的历史已发送完:之后的都是正在发生的。",
  "Heads of the watched sessions; a cursor that stays below its head has missed something.":
    "所关注会话的头部;一直低于头部的游标漏掉了内容。",
  "One of the caller's sessions began, ended, waits or was renamed.": "调用者的某个会话开始、结束、等待或被重命名了。",
  "First position that a merged delta covers; absent on every other event.":
    "合并后的增量所覆盖的第一个位置;其他事件没有。",
  "Unix time in milliseconds.": "Unix 时间,毫秒。",
  "A field is missing, of the wrong type or out of range: correct the command.":
    "某个字段缺失、类型不对或超出范围:请改正命令。",
  "No such command in this version: do not send it again.": "这个版本没有这种命令:不要再发送。",
  "Nothing of that name, or it is someone else's: forget the id.": "没有这个名字的东西,或者它属于别人:忘掉这个 id。",
  "Known, but not allowed to this user.": "存在,但不允许该用户使用。",
  "The id was used before with other content: make a new id.": "这个 id 以前用于别的内容:请生成新的 id。",
  "Somebody answered first: show their answer.": "有人先答复了:显示那个答复。",
  "The arguments are not those that were shown: ask the person again.": "参数不是所显示的那些:请再次询问人。",
  "`after` is not a non-negative safe integer: subscribe from 0.": "`after` 不是非负安全整数:从 0 开始订阅。",
  "Larger than a limit of `welcome.limits`: send less.": "超过 `welcome.limits` 的某项限额:少发一些。",
  "Nested deeper than the limit: flatten it.": "嵌套深度超过限额:请展平。",
  "An upload that is neither an image nor text, or whose type is not said: send another file.":
    "上传的既不是图片也不是文本,或者没有说明类型:换一个文件。",
  "The user's files have as many bytes as they may: remove sessions that have some.":
    "该用户的文件已达字节上限:删除一些带文件的会话。",
  "The model is not configured: choose from `GET /api/v1/models`.": "没有配置这个模型:从 `GET /api/v1/models` 里选择。",
  "Too many commands: wait `retry_after_ms`.": "命令太多:等待 `retry_after_ms`。",
  "Too many sessions watched by this connection: unsubscribe one.": "这个连接关注的会话太多:退订一个。",
  "Too many open runs, or messages that wait for one: wait for one to end.":
    "进行中的运行太多,或等待运行的消息太多:等其中一个结束。",
  "The event could not be stored and was not: send it again later with the same id.":
    "事件无法存储,也没有存储:以后用同一个 id 再次发送。",
  "There is no room left on the server: send it again when it says that there is.":
    "服务器没有空间了:等它说有空间时再发送。",
  "A binary frame.": "二进制帧。",
  "The server drains: come back in a moment.": "服务器正在排空:过一会儿再来。",
  "Two heartbeats without any sign of the client.": "两次心跳都没有客户端的任何迹象。",
  "The client reads too slowly: come back, nothing is lost.": "客户端读得太慢:请重新连接,什么都不会丢。",
  "Not JSON, not an object, or without `type`.": "不是 JSON,不是对象,或没有 `type`。",
  "A frame or HTTP body from a client.": "来自客户端的帧或 HTTP 请求体。",
  "Nesting of arrays and objects in a command or body.": "命令或请求体中数组和对象的嵌套深度。",
  "Commands a connection may send per minute, and at once.": "一个连接每分钟、以及一次可以发送的命令数。",
  "Sessions one connection may watch.": "一个连接可以关注的会话数。",
  "An event as JSON.": "一个事件的 JSON。",
  "UTF-16 code units of text in one settled piece of a block: below `event_bytes` even where each takes 6 bytes of JSON.":
    "块的一个已合并片段中文本的 UTF-16 码元数:即使每个码元占 6 字节 JSON,也低于 `event_bytes`。",
  "UTF-16 code units of one tool's result; the rest is cut and `truncated` says so.":
    "一个工具结果的 UTF-16 码元数;其余截掉,并由 `truncated` 说明。",
  "One `provider_data` as JSON; a larger one is left out.": "一个 `provider_data` 的 JSON;更大的会被省略。",
  "Bytes that may wait for one viewer, and for how long, before it is closed with 4004.":
    "可以为一个查看者积压的字节数及时长,超过后以 4004 关闭。",
  "Rejected commands per minute before the connection is closed with 4105.":
    "每分钟被拒绝的命令数,超过后连接以 4105 关闭。",
  "Files that one message brings, and how large one may be.": "一条消息所带的文件数,以及单个文件的大小上限。",
};
