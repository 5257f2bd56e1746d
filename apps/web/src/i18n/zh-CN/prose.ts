import type { Words } from "../words.ts";

export const prose: Words<"prose"> = {
  prose: {
    show_all_lines: "显示全部 {{count}} 行",
    draw: "绘制图表",
    show_code: "显示代码",
    diagram: "图表",
    drawing: "正在绘制…",
    not_drawn: "未绘制：代码有误，或这里不支持这类图表。",
    not_drawn_line: "未绘制：第 {{line}} 行附近有误。",
    not_drawn_slow: "未绘制：用时超过 {{seconds}} 秒。",
    not_drawn_too_long: "未绘制：内容过长。",
    not_drawn_not_loaded: "未绘制：绘图程序未能加载。",
    formula: "公式",
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
