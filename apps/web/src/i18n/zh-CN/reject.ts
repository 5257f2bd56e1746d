import type { Words } from "../words.ts";

export const reject: Words<"reject"> = {
  reject: {
    bad_request: "服务器无法按此内容处理",
    unknown_type: "服务器尚不支持此操作：请刷新页面",
    not_found: "会话不存在",
    forbidden: "你无权执行此操作",
    idempotency_conflict: "同一编号已用于另一条消息：请重新发送",
    already_answered: "已有人先回答",
    args_changed: "该调用在显示之后已改变：请重新查看",
    bad_cursor: "页面位置已失效：请刷新",
    too_large: "内容过长",
    too_deep: "内容嵌套过深",
    unsupported_media_type: "不支持这种文件",
    quota_exceeded: "你的文件空间已满",
    unknown_model: "模型不可用",
    rate_limited: "消息过多，请稍候",
    subscription_limit: "此处打开的会话过多",
    run_limit: "请等当前运行结束",
    storage_unavailable: "服务器暂时无法存储",
    storage_full: "服务器存储空间已满",
  },
};
