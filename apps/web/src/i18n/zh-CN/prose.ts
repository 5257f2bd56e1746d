import type { Words } from "../words.ts";

export const prose: Words<"prose"> = {
  prose: {
    show_all_lines: "显示全部 {{count}} 行",
    note: "脚注 {{label}}",
    back: "回到正文",
    leave: "打开这个地址？",
    leave_mail: "写信给这个地址？",
    leave_image: "打开这张图片？",
    leave_body: "它是模型写的。会在新标签页中打开，对方会知道你来过。",
    open: "打开",
    cancel: "取消",
    copy_address: "复制地址",
  },
};
