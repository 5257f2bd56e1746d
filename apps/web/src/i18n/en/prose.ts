export const prose = {
  prose: {
    show_all_lines: "Show all {{count}} lines",
    note: "Note {{label}}",
    back: "Back to the text",
    leave: "Open this address?",
    leave_mail: "Write to this address?",
    leave_image: "Open this image?",
    leave_body: "It was written by the model. It opens in a new tab, and the other side learns that you came.",
    open: "Open",
    cancel: "Cancel",
    copy_address: "Copy address",
  },
} as const;
