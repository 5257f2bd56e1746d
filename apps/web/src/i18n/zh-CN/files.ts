import type { Words } from "../words.ts";

export const files: Words<"files"> = {
  files: {
    label: "这条消息的文件",
    uploading: "正在上传…",
    waiting: "等待恢复连接",
    too_large: "太大：图片不超过 5 MB，文本不超过 256 KB",
    kind: "不接受：只支持图片（PNG、JPEG、GIF、WebP）和文本",
    too_many: "不接受：一条消息最多 8 个文件",
    quota: "你的文件空间已满：请删除带文件的会话",
    full: "服务器空间已满",
    gone: "请重新选择",
    failed: "上传失败：请移除后重试",
    remove: "移除 {{name}}",
    as_text: "改回文字",
    no_images: "{{model}} 不接受图片，只会得知有图片被省略。",
    drop: "把文件放到这里",
    drop_note: "图片和文本文件会随消息发送",
    show: "查看 {{name}}",
    missing: "已不在服务器上",
    tools_all: "全部工具",
    tools_loading: "正在加载工具…",
  },
};
