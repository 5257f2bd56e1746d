import type { Words } from "../words.ts";

export const aloud: Words<"aloud" | "say"> = {
  say: {
    started: "运行开始",
    step: "第 {{n}} 步",
    done: "已完成",
    stopped: "已停止",
    failed: "运行失败。{{reason}}",
    waiting: "等你决定：{{question}}",
    interrupted: "已中断。{{reason}}",
    offline: "离线",
    live: "已恢复实时",
    not_sent: "有一条消息未被接受：{{reason}}",
    branch: "显示第 {{n}} 个版本，共 {{m}} 个",
  },
  aloud: {
    code_one: "代码块，{{language}}，{{count}} 行",
    code_other: "代码块，{{language}}，{{count}} 行",
    code_plain_one: "代码块，{{count}} 行",
    code_plain_other: "代码块，{{count}} 行",
    table_one: "表格，{{columns}} 列，{{count}} 行",
    table_other: "表格，{{columns}} 列，{{count}} 行",
    gap: "此处略过了一部分回答，对话中有全文。",
    started: "{{tool}} 开始运行",
    completed: "{{tool}} 已完成",
    failed: "{{tool}} 失败",
    denied: "{{tool}} 被拒绝",
    cancelled: "{{tool}} 已取消",
    unknown: "{{tool}} 结果未知",
  },
};
