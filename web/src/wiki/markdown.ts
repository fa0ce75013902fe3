// Markdown in the page: previews of what is being written, and files. Saved wiki pages are rendered by
// the server, which knows all of the dialect.
import DOMPurify from "dompurify";
import MarkdownIt from "markdown-it";

const renderer = new MarkdownIt({ html: true, linkify: true, breaks: true });

// Widgets are text here: ${toc}, ${image?fileName=a.png}.
renderer.inline.ruler.before("escape", "widget", (state, silent) => {
  const found = /^\$\{[a-zA-Z0-9]+(\?[^}\n]*)?\}/.exec(state.src.slice(state.pos, state.pos + 4000));
  if (!found) return false;
  if (!silent) {
    const token = state.push("code_inline", "code", 0);
    token.content = found[0];
    token.markup = "`";
  }
  state.pos += found[0].length;
  return true;
});
renderer.core.ruler.push("entities", (state) => {
  for (const block of state.tokens) {
    if (block.type !== "inline" || !block.children) continue;
    let inLink = 0;
    block.children = block.children.flatMap((token) => {
      if (token.type === "link_open") inLink += 1;
      if (token.type === "link_close") inLink -= 1;
      if (token.type !== "text" || inLink || !/\bsyn\d{3,}/i.test(token.content)) return [token];
      return token.content.split(/(\bsyn\d{3,18}(?:\.\d+)?\b)/i).flatMap((part, index) => {
        const text = new state.Token("text", "", 0);
        text.content = part;
        if (index % 2 === 0) return part ? [text] : [];
        const open = new state.Token("link_open", "a", 1);
        open.attrs = [["href", `/Synapse:${part.toLowerCase()}`]];
        return [open, text, new state.Token("link_close", "a", -1)];
      });
    });
  }
});

const purifier = DOMPurify(window);
purifier.addHook("afterSanitizeAttributes", (node) => {
  if (node.tagName === "A" && /^(https?:)?\/\//i.test(node.getAttribute("href") ?? "")) {
    node.setAttribute("target", "_blank");
    node.setAttribute("rel", "noopener noreferrer");
  }
});

/** HTML that runs nothing and is no form. */
export function clean(html: string): string {
  return purifier.sanitize(html, {
    USE_PROFILES: { html: true },
    FORBID_TAGS: ["style", "form", "input", "button", "textarea", "select", "option", "iframe", "video", "audio", "source", "dialog", "picture"],
    FORBID_ATTR: ["style", "id", "name", "srcset", "background", "autofocus", "tabindex"],
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
  });
}

/** The same of a page of the server's, whose headings and footnotes have their places. */
export function cleanPage(html: string): string {
  return purifier.sanitize(html, {
    USE_PROFILES: { html: true },
    FORBID_TAGS: ["style", "form", "input", "button", "textarea", "select", "option", "iframe", "video", "audio", "source", "dialog", "picture"],
    FORBID_ATTR: ["style", "name", "srcset", "background", "autofocus", "tabindex"],
    SANITIZE_NAMED_PROPS: true,
    ALLOW_DATA_ATTR: false,
    ADD_ATTR: ["data-widget"],
  });
}

export async function render(text: string): Promise<string> {
  return clean(renderer.render(text));
}
